#!/usr/bin/env python3
"""Time cnnviz and PyTorch side by side: run.py --help. `make bench` calls it."""
import os
import sys

HERE = os.path.dirname(os.path.abspath(__file__))


def main():
    # The older spelling, an architecture and a batch, times a gradient inside the process.
    if len(sys.argv) > 1 and not sys.argv[1].startswith('-'):
        script = os.path.join(HERE, 'input_gradient.py')
        os.execv(sys.executable, [sys.executable, script] + sys.argv[1:])
    sys.path.insert(0, HERE)
    from sidebyside import bench
    return bench.main()


if __name__ == '__main__':
    sys.exit(main())

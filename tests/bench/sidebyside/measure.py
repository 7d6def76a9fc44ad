"""Run a program and see what it cost.

A child's peak memory is counted from its parent's at the start (getrusage(2)), so the parent
must stay small: no module of this package imports numpy or torch."""
import os
import subprocess
import time
from collections import namedtuple

# seconds, seconds of the CPU in user and in system mode, and KiB
Cost = namedtuple('Cost', 'wall user system memory output')


class Failed(Exception):
    pass


def environment(limited):
    """limited: one thread each. Python finds what is compiled of its packages, and writes
    nothing into the source tree."""
    clean = {key: value for key, value in os.environ.items()
             if not key.startswith(('PYTHON', 'OMP_', 'MKL_', 'OPENBLAS_', 'CNNVIZ'))}
    limits = {key: '1' for key in ('OMP_NUM_THREADS', 'OPENBLAS_NUM_THREADS',
                                   'MKL_NUM_THREADS')} if limited else {}
    return dict(clean, **limits, PYTHONDONTWRITEBYTECODE='1')


def pin(cpu):
    """The calling thread, and all children that it starts from now on"""
    os.sched_setaffinity(0, {cpu})


def run(command, folder, limited=True):
    """Cost of a command, limited to one thread or not; folder: for its output"""
    path = os.path.join(folder, f'output-{os.getpid()}-{time.monotonic_ns()}')
    with open(path, 'w+', encoding='utf-8', errors='replace') as stream:
        start = time.monotonic()
        child = subprocess.Popen(command, stdin=subprocess.DEVNULL, stdout=stream,
                                 stderr=subprocess.STDOUT, env=environment(limited))
        _, status, usage = os.wait4(child.pid, 0)
        wall = time.monotonic() - start
        child.returncode = os.waitstatus_to_exitcode(status)
        stream.seek(0)
        output = stream.read()
    os.remove(path)
    if child.returncode != 0:
        raise Failed(f'{" ".join(command)}: status {child.returncode}\n{output[-2000:]}')
    return Cost(wall, usage.ru_utime, usage.ru_stime, usage.ru_maxrss, output)

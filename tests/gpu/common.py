"""What the tests on a card share: running cnnviz, and measures of likeness."""
import json
import os
import subprocess
import sys
import time

import numpy as np

top, build = os.environ["top_srcdir"], os.environ["top_builddir"]
cnnviz = os.path.join(build, "cnnviz")
# Another device here shows on any machine whether the tests themselves are right.
device = os.environ.get("CNNVIZ_TEST_DEVICE", "cuda")
failures = 0


def check(true, fact):
    global failures
    print("ok  " if true else "FAIL", fact, flush=True)
    failures += not true


def command(*words, device):
    return [cnnviz, "run", "-q", "-s", f"run.device={device}", *words]


def run(*words, device, **more):
    """Run cnnviz; seconds that it took, or None after a message if it failed."""
    start = time.perf_counter()
    done = subprocess.run(command(*words, device=device), capture_output=True, text=True,
                          **more)
    if done.returncode:
        check(False, f"{' '.join(words)} on {device} ends with {done.returncode}: "
              + done.stderr[:2000])
        return None
    return time.perf_counter() - start


def manifest(folder):
    with open(os.path.join(folder, "manifest.json")) as file:
        return json.load(file)


def distance(one, other):
    """Relative L2 distance of an array from another"""
    one, other = np.float64(one), np.float64(other)
    if one.shape != other.shape:
        return np.inf
    size = np.linalg.norm(other)
    return np.linalg.norm(one - other) / size if size else np.linalg.norm(one)


def finish():
    sys.exit(failures > 0)

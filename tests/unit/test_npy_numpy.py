"""Arrays that numpy writes are read, and what is written numpy reads: bit by bit."""

import os
import subprocess
import sys
import tempfile

SCRIPT = r'''
import io, subprocess, sys
import numpy as np
from numpy.lib import format as npy

copy, folder = sys.argv[1:]
source, target = folder + "/in.npy", folder + "/out.npy"
random = np.random.RandomState(0)
failures = 0

def check(name, good):
    global failures
    if not good:
        failures += 1
        print("FAIL: " + name)

shapes = [(1,), (7,), (2, 3), (1, 3, 5, 7), (2, 1, 1, 1, 1, 1, 1, 3), (1000, 1000)]
for shape in shapes:
    for dtype in (np.float32, np.float64):
        for version in ((1, 0), (2, 0), (3, 0)):
            name = "%s %s version %d" % (shape, np.dtype(dtype).name, version[0])
            array = random.standard_normal(shape).astype(dtype)
            array.flat[0] = -0.0
            if array.size > 2:
                array.flat[1], array.flat[2] = np.inf, 1e-42
            with open(source, "wb") as stream:
                npy.write_array(stream, array, version=version)
            code = subprocess.call([copy, source, target])
            check(name + ": copied", code == 0)
            if code == 0:
                back = np.load(target, allow_pickle=False)
                check(name + ": float32", back.dtype == np.float32)
                check(name + ": C order", back.flags.c_contiguous)
                check(name + ": shape", back.shape == shape)
                check(name + ": bits", back.tobytes() == array.astype(np.float32).tobytes())
                with open(target, "rb") as stream:
                    check(name + ": version 1.0", npy.read_magic(stream) == (1, 0))
                    npy.read_array_header_1_0(stream)
                    check(name + ": aligned", stream.tell() % 64 == 0)

for dtype in (">f4", ">f8", "<f4", "<f8"):
    for order in "CF":
        array = random.standard_normal((2, 3, 4, 5)).astype(dtype, order=order)
        np.save(source, array)
        check("%s in order %s" % (dtype, order), subprocess.call([copy, source, target]) == 0
              and np.array_equal(np.load(target), array.astype(np.float32)))

for name, array in (("int64", np.arange(3)), ("float16", np.ones(3, np.float16)),
        ("scalar", np.float32(1)), ("empty", np.ones((0, 3), np.float32)),
        ("record", np.zeros(2, [("a", "<f4")]))):
    np.save(source, array)
    check(name + " is refused", subprocess.call([copy, source, target],
        stderr=subprocess.DEVNULL) == 1)
sys.exit(failures > 0)
'''


def main():
    python = os.environ.get("PYTHON_ORACLE") or "/usr/bin/python3"
    copy = os.path.join(os.environ["top_builddir"], "tests", "unit", "npy_copy")
    try:
        have = subprocess.call([python, "-c", "import numpy"],
                stderr=subprocess.DEVNULL) == 0
    except OSError:
        have = False
    if not have:
        print("SKIP: %s has no numpy" % python)
        return 77
    with tempfile.TemporaryDirectory() as folder:
        return subprocess.call([python, "-c", SCRIPT, copy, folder])


sys.exit(main())

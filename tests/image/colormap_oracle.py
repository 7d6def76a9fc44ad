#!/usr/bin/env python3
"""Color maps against matplotlib's; opt-in, where matplotlib can be imported."""
import os
import subprocess
import sys
import tempfile

try:
    import numpy as np
    import matplotlib
except ImportError as missing:
    oracle = os.environ.get("PYTHON_ORACLE", "")
    if oracle and os.environ.get("COLORMAP_ORACLE_RERUN") != "1":
        os.environ["COLORMAP_ORACLE_RERUN"] = "1"
        os.execvp(oracle, [oracle] + sys.argv)
    print("SKIP: numpy and matplotlib are needed:", missing)
    sys.exit(77)

TOOL = os.environ.get("IMAGE_TOOL") or os.path.join(
    os.environ.get("top_builddir", "."), "tests/image/image_tool")
# Ours, matplotlib's, and how many levels they may differ: some of jet's values end in
# exactly one half, and coolwarm is there a straight line between each two of 33 colors
# of the curve that is computed here.
PAIRS = [("hsv", "hsv", 0), ("jet", "jet", 1), ("viridis", "viridis", 0),
         ("turbo", "turbo", 0), ("inferno", "inferno", 0), ("gray", "gray", 0),
         ("diverging", "coolwarm", 4)]

failed = False
with tempfile.TemporaryDirectory() as folder:
    for ours, theirs, limit in PAIRS:
        out = os.path.join(folder, ours + ".npy")
        answer = subprocess.run([TOOL], input="colors\t%s\t%s\n" % (ours, out), text=True,
                                stdout=subprocess.PIPE, check=True).stdout.strip()
        if answer != "ok":
            print("%s: %s" % (ours, answer))
            sys.exit(99)
        want = np.rint(matplotlib.colormaps[theirs](np.arange(256))[:, :3] * 255)
        gap = np.abs(np.load(out)[0] - want).max()
        print("%s: at most %d levels from %s" % (ours, gap, theirs))
        failed = failed or gap > limit
sys.exit(1 if failed else 0)

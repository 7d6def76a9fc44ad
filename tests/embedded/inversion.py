#!/usr/bin/env python3
"""The demo's inversions show the picture: contours lie where they do in it, fewer of them
with each layer, and the first layer keeps the colors as well."""
import os
import subprocess
import sys
import tempfile

top, build = os.environ["top_srcdir"], os.environ["top_builddir"]
sys.path.insert(0, os.path.join(top, "tests", "oracle"))
import engine_tool  # noqa: E402

engine_tool.use_oracle("numpy", "PIL")

import numpy as np  # noqa: E402
from PIL import Image, ImageFilter  # noqa: E402

if not os.path.exists(os.path.join(build, "core/engine/torch.la")):
    print("SKIP built without libtorch")
    sys.exit(77)
# With the settings of a much larger network, 0.47 and 0.15 of the last two are noise.
LEAST = {"features.2": 0.9, "features.9": 0.58, "features.16": 0.2}
failures = 0


def check(true, fact):
    global failures
    print("ok  " if true else "FAIL", fact)
    failures += not true


def contours(image):
    gray = image.convert("L").filter(ImageFilter.GaussianBlur(1.5))
    return np.hypot(*np.gradient(np.asarray(gray, float)))


def likeness(a, b):
    return np.corrcoef(np.ravel(a), np.ravel(b))[0, 1]


with tempfile.TemporaryDirectory() as scratch:
    done = subprocess.run(
        [os.path.join(build, "cnnviz"), "run", os.path.join(top, "conf/demo.ini"), "-q",
         "-o", scratch, "--only", "inversion", "-s",
         "input.images=" + os.path.join(top, "conf/pictures/scenes/dog-cat.jpg"),
         "-s", "inversion.layer=" + ", ".join(LEAST)], capture_output=True, text=True)
    check(done.returncode == 0, "the pictures are made" + done.stderr)
    if done.returncode:
        sys.exit(1)
    view = Image.open(os.path.join(scratch, "input/dog-cat.png")).convert("RGB")
    found = {layer: Image.open(os.path.join(
        scratch, f"inversion/dog-cat/inversion-{layer}.png")).convert("RGB")
        for layer in LEAST}
    alike = [likeness(contours(view), contours(picture)) for picture in found.values()]
    for (layer, least), value in zip(LEAST.items(), alike):
        check(value >= least, f"{layer}: contours correlate with the picture's: {value:.2f}")
    check(alike == sorted(alike, reverse=True), "deeper layers keep less of them")
    colors = likeness(view, found["features.2"])
    check(colors >= 0.7, f"features.2: colors correlate with the picture's: {colors:.2f}")
sys.exit(failures > 0)

#!/usr/bin/env python3
"""The segmenter that ships finds the objects of the scenes that ship, where they are, and
Grad-CAM of what it finds lies on it."""
import json
import os
import subprocess
import sys
import tempfile

top, build = os.environ["top_srcdir"], os.environ["top_builddir"]
if not os.path.exists(os.path.join(build, "core/engine/torch.la")):
    print("SKIP built without libtorch")
    sys.exit(77)
oracle = os.environ.get("PYTHON_ORACLE", "")
if oracle not in ("", "none") and os.path.realpath(sys.executable) != os.path.realpath(oracle):
    os.execv(oracle, [oracle] + sys.argv)
try:
    import numpy
    from PIL import Image
except ImportError:
    print("SKIP numpy or Pillow is missing: the masks cannot be compared")
    sys.exit(77)
scenes = os.path.join(top, "conf/pictures/scenes")
failures = 0


def check(true, fact):
    global failures
    print("ok  " if true else "FAIL", fact)
    failures += not true


with open(os.path.join(top, "models/segmenter.labels")) as file:
    names = file.read().split("\n")
with open(os.path.join(scenes, "annotations.json")) as file:
    pictures = json.load(file)["pictures"]

with tempfile.TemporaryDirectory() as folder:
    done = subprocess.run([os.path.join(build, "cnnviz"), "run", "-q", "-o", folder,
                           os.path.join(top, "conf/demo_segmentation.ini")])
    check(done.returncode == 0, "the shipped INI file runs")
    found = []
    for picture in pictures:
        stem = os.path.splitext(picture["path"])[0]
        labels = numpy.load(os.path.join(folder, "deconvnet_segmentation", stem, "labels.npy"))
        for thing in picture["objects"]:
            truth = numpy.asarray(Image.open(os.path.join(scenes, thing["mask"])))
            truth = truth == thing["mask_value"]
            here = labels.reshape(truth.shape) == names.index(thing["class"])
            found.append((here & truth).sum() / (here | truth).sum())
            check(found[-1] > 0.5, f"{stem}: IoU of the {thing['class']} is {found[-1]:.2f}")
        main = next(o for o in picture["objects"] if o["main"])
        cam = numpy.load(os.path.join(folder, "grad_cam", stem, "attribution.npy"))
        cam = numpy.asarray(Image.fromarray(numpy.squeeze(cam)).resize(
            truth.shape[::-1], Image.BILINEAR))
        truth = numpy.asarray(Image.open(os.path.join(scenes, main["mask"])))
        share = cam[truth == main["mask_value"]].sum() / cam.sum()
        check(share > 0.6, f"{stem}: {share:.0%} of Grad-CAM lies on the {main['class']}")
check(len(found) == 12 and sum(found) / len(found) >= 0.7,
      f"mean IoU of {len(found)} objects is {sum(found) / len(found):.2f}")
sys.exit(failures > 0)

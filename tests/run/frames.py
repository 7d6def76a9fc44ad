"""Drawings at the picture's own size and shape: however it was fitted to the network's
input, what is drawn lies where it is in the picture.

The maps are the pictures' own redness, so that Pillow can tell where each must lie: a
map of a red square, drawn at the size of the picture, covers the square.
"""
import os
import subprocess
import sys

from scratch import Scratch, build, source

sys.path.insert(0, os.path.join(source, "tests", "oracle"))
import engine_tool  # noqa: E402

engine_tool.use_oracle("numpy", "PIL")

import numpy as np  # noqa: E402
from PIL import Image, ImageOps  # noqa: E402

INPUT = 64
NETWORK = """[network]
name = square
input_size = 64
labels = small.labels
mean = 0.5 0.5 0.5
std = 0.25 0.25 0.25
[layers]
features.0 = conv2d out=4 kernel=3 padding=1 stride=8
features.1 = relu
pool = adaptive_avg_pool2d output=1
flatten = flatten
classifier = linear out=7
"""
JOBS = """[redness]
[all_input]
technique = redness
at = input
[all_picture]
technique = redness
at = picture
[signed]
technique = vanilla_bp
[signed_picture]
technique = vanilla_bp
at = picture
[grad_cam]
layer = features.0
"""
HEAT = ("gray", "heatmap", "overlay")
SIGNED = ("color", "gray", "positive", "negative")

scratch = Scratch()
os.symlink(os.path.join(build, "tests", "compose", ".libs", "redness.so"),
           scratch.path("plugins", "redness.so"))
with open(scratch.path("square.ini"), "w") as file:
    file.write(NETWORK)


def marked(width, height):
    """Textured green with a red square off the middle"""
    y, x = np.mgrid[:height, :width]
    pixels = np.stack([20 + x % 7, 120 + (x * 5 + y * 3) % 60, 40 + y % 9], -1)
    left, top = int(0.35 * width), int(0.45 * height)
    side = int(0.3 * min(width, height))
    pixels[top:top + side, left:left + side] = 230, 30, 40
    return pixels.astype(np.uint8)


def is_marked(pixels):
    return pixels[..., 0].astype(int) > pixels[..., 1].astype(int) + 60


Image.fromarray(marked(151, 90)).save(scratch.path("wide.png"))
Image.fromarray(marked(71, 133)).save(scratch.path("high.png"))
Image.fromarray(marked(23, 31)).save(scratch.path("small.png"))
Image.fromarray(marked(151, 90)).convert("L").save(scratch.path("gray.png"))
clear = np.dstack([marked(99, 99), np.full((99, 99), 255, np.uint8)])
clear[:30, :40, 3] = 100
Image.fromarray(clear).save(scratch.path("clear.png"))
turned = Image.Exif()
turned[0x0112] = 6
Image.fromarray(marked(120, 81)).save(scratch.path("turned.jpg"), quality=95, exif=turned)
NAMES = ["wide", "high", "small", "gray", "clear", "turned"]
FILES = {name: name + (".jpg" if name == "turned" else ".png") for name in NAMES}


def as_shown(name):
    """A picture's pixels as viewers show them, on white"""
    image = ImageOps.exif_transpose(Image.open(scratch.path(FILES[name])))
    if image.mode == "RGBA":
        image = Image.alpha_composite(Image.new("RGBA", image.size, "white"), image)
    return np.asarray(image.convert("RGB"))


def drawn(output, job, picture, name):
    return np.asarray(Image.open(scratch.path(output, job, picture, name + ".png")))


def seen(fit, width, height):
    """The pixels that torchvision's Resize and CenterCrop leave in the input"""
    if fit != "crop":
        return np.ones((height, width), bool)
    short = round(INPUT * 256 / 224)
    scaled = np.array((short, int(short * height / width)) if width <= height
                      else (int(short * width / height), short))
    left, top = (int(round((side - INPUT) / 2)) for side in scaled)
    x = (np.arange(width) + 0.5) * scaled[0] / width - left
    y = (np.arange(height) + 0.5) * scaled[1] / height - top
    return np.outer((y >= 0) & (y < INPUT), (x >= 0) & (x < INPUT))


def run(output, *more):
    scratch.write_ini(JOBS, images=", ".join(FILES.values()))
    return scratch.run("-o", output, "-s", "model.architecture=square.ini",
                       "-s", "run.batch=3", *more)


def middle(mask):
    return np.argwhere(mask).mean(0)


def check_shapes(fit, name, size, view):
    """`at` decides, and without it overlays alone have the picture's size"""
    wanted = {("redness", "overlay"): size, ("grad_cam", "overlay"): size}
    wanted.update({("all_picture", kind): size for kind in HEAT})
    wanted.update({("signed_picture", kind): size for kind in SIGNED})
    for job, kinds in (("redness", HEAT), ("all_input", HEAT), ("all_picture", HEAT),
                       ("grad_cam", HEAT), ("signed", SIGNED), ("signed_picture", SIGNED)):
        for kind in kinds:
            found = drawn(fit, job, name, kind).shape[:2]
            scratch.check("%s, %s: size of %s/%s" % (fit, name, job, kind),
                          found == wanted.get((job, kind), view), found)


def check_overlay(fit, name, photo):
    """The heat map over the picture, and the picture alone where it was cropped"""
    inside = seen(fit, photo.shape[1], photo.shape[0])
    heat = drawn(fit, "all_picture", name, "heatmap")
    over = np.where(inside[..., None], np.floor(0.4 * heat + 0.6 * photo + 0.5), photo)
    scratch.check("%s, %s: the overlay is the picture with the heat map over it"
                  % (fit, name), np.array_equal(over, drawn(fit, "redness", name, "overlay")))
    scratch.check("%s, %s: what was cropped is drawn as 0" % (fit, name),
                  not drawn(fit, "all_picture", name, "gray")[~inside].any())


def check_place(fit, name, photo):
    gray = drawn(fit, "all_picture", name, "gray")
    found, true = gray >= 128, is_marked(photo)
    both = (found & true).sum() / (found | true).sum()
    scratch.check("%s, %s: the red square is found where it is" % (fit, name),
                  both > 0.8 and abs(middle(found) - middle(true)).max() < 0.75,
                  both, middle(found), middle(true))


for fit in ("stretch", "crop", "pad", "none"):
    code, said = run(fit, "-s", "input.resize=" + fit)
    scratch.check("%s: a run of pictures of any size" % fit, code == 0, said)
    for name in NAMES:
        photo = as_shown(name)
        size = photo.shape[:2]
        check_shapes(fit, name, size, size if fit == "none" else (INPUT, INPUT))
        check_overlay(fit, name, photo)
        if name != "gray":
            check_place(fit, name, photo)
    entries = {item["path"]: item["shape"] for item in scratch.manifest(fit)["artifacts"]}
    scratch.check("%s: the manifest has the size of each drawing" % fit, all(
        entries["%s/%s/overlay.png" % (job, name)] == [3, *as_shown(name).shape[:2]]
        for job in ("redness", "grad_cam") for name in NAMES))
    scratch.check("%s: arrays keep the input's size" % fit, all(
        entries["all_picture/%s/attribution.npy" % name]
        == entries["all_input/%s/attribution.npy" % name] for name in NAMES))

# A process of its own for each job draws the same.

code, said = run("isolated", "-s", "input.resize=crop", "-s", "run.isolate=yes")
ours, theirs = scratch.files("crop"), scratch.files("isolated")
scratch.check("with isolate = yes the drawings are the same", code == 0 and all(
    ours[path] == theirs[path] for path in ours if path.endswith(".png")), said)

# Photographs of a camera's size: one at a time is in memory.

PHOTOGRAPH = 4000 * 3000 * 3
os.mkdir(scratch.path("camera"))
Image.fromarray(marked(4000, 3000)).save(scratch.path("camera", "0.jpg"), quality=90)
for i in range(1, 4):
    os.link(scratch.path("camera", "0.jpg"), scratch.path("camera", "%d.jpg" % i))


def run_photographs(images):
    """Peak memory in bytes of a run in one batch"""
    scratch.write_ini("[redness]\n", images=images)
    with open(scratch.path("said"), "w+") as said:
        child = subprocess.Popen(
            scratch.command("-s", "model.architecture=square.ini", "-s", "run.batch=4"),
            cwd=scratch.folder, env=scratch.environment, stdout=said, stderr=said)
        _, status, usage = os.wait4(child.pid, 0)
        child.returncode = os.waitstatus_to_exitcode(status)
        said.seek(0)
        scratch.check("a run of photographs: %s" % images, child.returncode == 0,
                      said.read())
    return usage.ru_maxrss * 1024


one = run_photographs("camera/0.jpg")
four = run_photographs("camera/*.jpg")
scratch.check("a photograph of 4000x3000 gives an overlay of 4000x3000",
              drawn("out", "redness", "3", "overlay").shape == (3000, 4000, 3))
scratch.check("photographs are not kept until the others are drawn",
              four - one < 1.5 * PHOTOGRAPH, one, four)
scratch.finish()

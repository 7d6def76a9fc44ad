"""Optimizations through the whole program, on the reference engine."""
import json
import math
import os
import signal
import struct
import subprocess
import sys
import time

sys.path.insert(0, os.path.join(os.environ.get("top_srcdir", "."), "tests", "run"))
from scratch import Scratch, build, png_size, read_npy, require

module = os.path.join(build, "tests", "optimize", ".libs", "ascent.so")
require(module)
scratch = Scratch()
os.symlink(module, scratch.path("plugins", "ascent.so"))


def optimize(settings, more="", output="out"):
    """Run one job; exit code, what was said, and every file of it."""
    scratch.write_ini("[ascent]\n" + settings, more=more)
    code, said = scratch.run("-o", output)
    return code, said, scratch.files(output) if code == 0 else {}


# ---- The same bytes ----

BUSY = """
classes = 0, 3, 4, 6, 1
optimizer = adam
space = %s
pad = 2
jitter = 2
jitter_last = 1
scale_low = 0.9
scale_high = 1.1
rotate = 8
blur_every = 3
blur_first = 0.5
variation = 0.01
iterations = 4
freeze = 2
"""
for space in ("input", "pixel\ndecorrelate = yes", "fourier\ndecorrelate = yes"):
    runs = [optimize(BUSY % space, "batch = %d\n" % batch, "batch%d" % batch)
            for batch in (1, 2, 8, 8)]
    inputs = [files.get("ascent/input.npy") for _, _, files in runs]
    scratch.check("%s: the same seed gives the same bytes, in batches of any size"
                  % space.split()[0], inputs[0] and len(set(inputs)) == 1, runs[0][1])
    code, said, files = optimize((BUSY % space).replace("0, 3, 4, 6, 1", "0"))
    _, together = read_npy(scratch.path("batch8", "ascent", "input.npy"))
    _, alone = read_npy(scratch.path("out", "ascent", "input.npy"))
    scratch.check("%s: a picture gives the same result alone and in company" % space.split()[0],
                  alone == together[:len(alone)], said)

# ---- What is kept ----

code, said, files = optimize("classes = 0, 3\nnamed = yes\nsnapshots = 3\n"
                             "animation = yes\niterations = 7\nfreeze = 4\n")
for name in ("snapshot-a-step-0003.png", "snapshot-b-step-0003.png",
             "snapshot-b-step-0006.png", "film-a.gif", "film-b.gif", "loss-a.npy",
             "loss-b.npy", "loss-a.svg"):
    scratch.check("there is " + name, "ascent/" + name in files, said, sorted(files))
scratch.check("a frozen picture has no more snapshots",
              "ascent/snapshot-a-step-0006.png" not in files)
if code == 0:
    values = read_npy(scratch.path("out", "ascent", "values.npy"))
    losses = read_npy(scratch.path("out", "ascent", "loss-b.npy"))
    scratch.check("values have a row for each step", values[0] == (7, 2), values[0])
    scratch.check("the loss is the value negated",
                  losses[1] == tuple(-value for value in values[1][1::2]), losses)
    scratch.check("a frozen picture's curve ends there",
                  read_npy(scratch.path("out", "ascent", "loss-a.npy"))[0] == (4,))
    scratch.check("values rise", values[1][13] > values[1][1], values)
code, said, files = optimize("snapshots = 5\n")
scratch.check("a single picture needs no name", "ascent/snapshot-step-0010.png" in files
              and "ascent/loss.npy" in files, said, sorted(files))
scratch.check("snapshots have the network's size",
              png_size(scratch.path("out", "ascent", "snapshot-step-0010.png"))
              == (16, 24))

# ---- Pictures to start from, and sizes ----

STILL = "learning_rate = 1e-12\niterations = 1\nstart_picture = ramp.png\n"
code, said, files = optimize(STILL)
shape, fitted = read_npy(scratch.path("out", "ascent", "image.npy"))
scratch.check("a picture to start from is fitted as [input] says",
              shape == (1, 3, 24, 16), said, shape)
code, said, files = optimize(STILL + "layer = features.3\nobjective = norm\n"
                             "width = 40\nheight = 30\ntile = 16\n")
shape, large = read_npy(scratch.path("out", "ascent", "image.npy"))
scratch.check("or to the requested size", shape == (1, 3, 30, 40), said, shape)
scratch.check("and is that picture",
              all(abs(large[y * 40 + x] - 6 * x / 255) < 1e-5
                  for y in range(30) for x in range(40)))
code, said, files = optimize("start_picture = dots.png\nbound_linf = 0.02\n"
                             "learning_rate = 5\n")
_, near = read_npy(scratch.path("out", "ascent", "image.npy"))
code, said, files = optimize(STILL.replace("ramp", "dots"))
_, start = read_npy(scratch.path("out", "ascent", "image.npy"))
far = max(abs(a - b) for a, b in zip(near, start))
scratch.check("a bound on the change is kept", 0.015 < far < 0.02001, far)

# ---- What is refused ----

for settings, words in [
        ("start = picture", ["start_picture"]),
        ("start = uniform\nstart_picture = ramp.png", ["start_picture", "uniform"]),
        ("start_low = 20\nstart_high = 10", ["start_low", "20", "10"]),
        ("space = fourier\nbound_l2 = 3", ["fourier", "bound_l2"]),
        ("space = fourier\nquantize = yes", ["fourier", "quantize"]),
        ("decorrelate = yes", ["decorrelate", "space"]),
        ("scale_low = 1.2\nscale_high = 1.1", ["scale_low", "scale_high"]),
        ("clip_every = 2\nclip_fraction = 1", ["clip_fraction"]),
        ("blur_first = 2", ["blur_every"]),
        ("animation = yes", ["snapshots"]),
        ("optimizer = adam\nmomentum = 0.9", ["momentum", "adam"]),
        ("width = 40\nheight = 30", ["classifier"]),
        ("start_picture = ramp.png\nwidth = 40", ["width", "height"])]:
    code, said, _ = optimize(settings + "\n")
    scratch.check("refused: " + settings.replace("\n", ", "),
                  code != 0 and "[ascent]" in said and all(word in said
                                                           for word in words), said)

# ---- What goes wrong ----

code, said, _ = optimize("classes = 0, 3\nnamed = yes\nlearning_rate = 1e9\n"
                         "objective = norm\nlayer = features.3\niterations = 50\n")
scratch.check("values that are not finite are explained",
              code != 0 and "in step " in said and "\"a\"" in said
              and "learning_rate" in said, said)


def write_zeros(path, shapes):
    """Weights that let no gradient through, as safetensors"""
    header, size = {}, 0
    for name, shape in shapes.items():
        end = size + 4 * math.prod(shape)
        header[name] = {"dtype": "F32", "shape": shape, "data_offsets": [size, end]}
        size = end
    text = json.dumps(header).encode()
    with open(path, "wb") as file:
        file.write(struct.pack("<Q", len(text)) + text + bytes(size))


write_zeros(scratch.path("zero.safetensors"), {
    "features.0.weight": [6, 3, 3, 3], "features.0.bias": [6],
    "features.2.weight": [4, 6, 3, 3], "features.2.bias": [4],
    "classifier.weight": [7, 4 * 12 * 8], "classifier.bias": [7]})
scratch.write_ini("[ascent]\n")
code, said = scratch.run("-s", "model.weights=zero.safetensors")
scratch.check("a gradient of zero is explained",
              code != 0 and "in step 1 the gradient of the picture is zero everywhere"
              in said and "layer" in said, said)

scratch.write_ini("[ascent]\niterations = 100000\n")
process = subprocess.Popen(scratch.command("-o", "long", "-v"), cwd=scratch.folder,
                           env=scratch.environment, stderr=subprocess.PIPE,
                           # Shells let what they run in the background ignore it.
                           preexec_fn=lambda: signal.signal(signal.SIGINT,
                                                            signal.default_int_handler))
time.sleep(1.5)
process.send_signal(signal.SIGINT)
try:
    said = process.communicate(timeout=60)[1].decode()
except subprocess.TimeoutExpired:
    process.kill()
    said = "went on"
scratch.check("an interrupt ends it", process.returncode == 130
              and "interrupted" in said, process.returncode, said)
scratch.finish()

"""Empty maps are reported with their cause, once for each picture and class; of many
pictures the first is named, and the others are counted."""
import json
import struct

from scratch import Scratch

# Class 0 has a class map below zero everywhere, and a ReLU behind it, as SqueezeNet.
NETWORK = """
[network]
name = headless
input_size = 16 16
mean = 0.5 0.5 0.5
std = 0.25 0.25 0.25
[layers]
head = conv2d out=3 kernel=1
relu = relu
pool = adaptive_avg_pool2d output=1
flatten = flatten
"""


def write_safetensors(path, tensors):
    header, data = {}, b""
    for name, (shape, values) in tensors.items():
        packed = struct.pack("<%df" % len(values), *values)
        header[name] = {"dtype": "F32", "shape": shape,
                        "data_offsets": [len(data), len(data) + len(packed)]}
        data += packed
    text = json.dumps(header).encode()
    with open(path, "wb") as file:
        file.write(struct.pack("<Q", len(text)) + text + data)


scratch = Scratch()
with open(scratch.path("headless.ini"), "w") as file:
    file.write(NETWORK)
write_safetensors(scratch.path("head.safetensors"), {
    "head.weight": ([3, 3, 1, 1], [.1, .1, .1, .2, .3, .1, -.1, .2, .1]),
    "head.bias": ([3], [-100, 50, 60])})
NET = ["-s", "model.architecture=headless.ini", "-s", "model.weights=head.safetensors"]

scratch.write_ini("[vanilla_bp]\n[saliency]\n[noisy]\ntechnique = averaged\n"
                  "base = vanilla_bp\nnoise_level = 0.1\nsamples = 3\n",
                  images="ramp.png:0, dots.png:0, again/ramp.png:1", more="batch = 2\n")
code, said = scratch.run(*NET)
lines = [line for line in said.splitlines() if "warning:" in line]
scratch.check("empty gradients are not a failure", code == 0, said)
told = [line for line in lines if "ramp (0)" in line and "class map is negative" in line
        and "ReLU before pooling" in line and "logit 0" in line]
scratch.check("picture, class, logit and cause are reported once, not for each job",
              len(told) == 1 and told[0].startswith("cnnviz: warning: [vanilla_bp]"), said)
scratch.check("the other picture is counted", "dots (0)" not in said
              and "warning: [vanilla_bp] 1 more picture: see the manifest" in said, said)
scratch.check("there is no warning for a class with a gradient", "ramp-2" not in "".join(lines),
              lines)
warnings = scratch.manifest()["warnings"]
scratch.check("the manifest has them for each job",
              sorted((item["job"], item["picture"], item["target"]["index"])
                     for item in warnings)
              == sorted((job, name, 0) for job in ("vanilla_bp", "saliency", "noisy")
                        for name in ("ramp", "dots")), warnings)
scratch.check("and the gallery",
              scratch.files()["index.html"].count(b"ReLU before pooling") == 4)

code, said = scratch.run("-v", "-o", "verbose", *NET)
scratch.check("-v reports gradients of a single sign",
              "no value is" in said and "negative" in said, said)

# A CAM without evidence: positive activations, all weighted below zero

with open(scratch.path("against.ini"), "w") as file:
    file.write(NETWORK.replace("pool =", "pool0 = avg_pool2d kernel=2 stride=2\n"
                               "last = conv2d out=2 kernel=1\npool ="))
write_safetensors(scratch.path("against.safetensors"), {
    "head.weight": ([3, 3, 1, 1], [0] * 9), "head.bias": ([3], [1, 2, 3]),
    "last.weight": ([2, 3, 1, 1], [-1, -1, -1, 1, 1, 1]), "last.bias": ([2], [9, 9])})
scratch.write_ini("[grad_cam]\nlayer = relu\n", images="ramp.png:0, dots.png:1")
code, said = scratch.run("-s", "model.architecture=against.ini",
                         "-s", "model.weights=against.safetensors", "-o", "against")
scratch.check("a CAM without positive values is reported, others are not",
              code == 0 and said.count("warning:") == 1 and "ramp (0)" in said, said)

# 48 pictures of 64 with such a CAM, in one process or in many

scratch.write_ini("[grad_cam]\nlayer = relu\n[listing]\nmoods = wild, wild, wild\n",
                  images=", ".join(["ramp.png:0"] * 24 + ["dots.png:1"] * 16
                                   + ["dots.png:0"] * 24))
MANY = ["-s", "model.architecture=against.ini", "-s", "model.weights=against.safetensors"]
for output, more in (("many", []), ("apart", ["-s", "run.isolate=yes"])):
    code, said = scratch.run("-o", output, *MANY, *more)
    lines = [line for line in said.splitlines() if "warning: [grad_cam]" in line]
    scratch.check("%s: the first picture is named, the others are counted" % output,
                  code == 0 and len(lines) == 2 and "ramp (0): " in lines[0]
                  and "[grad_cam] 47 more pictures: see the manifest" in lines[1], said)
    told = [item["picture"] for item in scratch.manifest(output)["warnings"]
            if item["job"] == "grad_cam"]
    scratch.check("%s: so are warnings that are not about pictures" % output,
                  said.count("[listing] moods[0] = wild") == 1
                  and "moods[1] = wild" not in said
                  and '[listing] 2 more warnings: see the manifest ("moods[0] = wild")'
                  in said, said)
    scratch.check("%s: all are in the manifest" % output,
                  len(told) == len(set(told)) == 48, told)
    told = [item["text"] for item in scratch.manifest(output)["warnings"]]
    scratch.check("%s: these too" % output,
                  all("moods[%d] = wild" % i in told for i in range(3)), told)
scratch.finish()

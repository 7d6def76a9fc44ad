"""Passes of pictures of any size, as far as the layers take it, on every engine and
against PyTorch."""
import json
import os
import struct
import sys

sys.path.insert(0, os.path.join(os.environ.get("top_srcdir", "."), "tests", "oracle"))
import engine_tool  # noqa: E402

engine_tool.use_oracle("numpy", "torch")
import numpy as np  # noqa: E402
import torch  # noqa: E402
from scratch import Scratch, write_png  # noqa: E402
from torch import nn  # noqa: E402

scratch = Scratch()
torch.manual_seed(4)


def module(tail):
    layers = [nn.Conv2d(3, 6, 3, padding=1), nn.ReLU(), nn.MaxPool2d(2, 2),
              nn.Conv2d(6, 4, 3, padding=1, stride=2), nn.ReLU()]
    return nn.ModuleDict({"features": nn.Sequential(*layers), **tail})


NETWORK = """[network]
name = %s
input_size = 24 16
mean = 0.5 0.5 0.5
std = 0.25 0.25 0.25
[layers]
features.0 = conv2d out=6 kernel=3 padding=1
features.1 = relu
features.2 = max_pool2d kernel=2 stride=2
features.3 = conv2d out=4 kernel=3 padding=1 stride=2
features.4 = relu
%sflatten = flatten
classifier = linear out=7
"""
NETWORKS = {
    "direct": (module({"classifier": nn.Linear(4 * 6 * 4, 7)}), ""),
    "pooled": (module({"classifier": nn.Linear(4 * 2 * 3, 7)}),
               "pool = adaptive_avg_pool2d output=2,3\n"),
}


def write_safetensors(path, tensors):
    header, data = {}, b""
    for name, tensor in tensors.items():
        raw = tensor.detach().numpy().astype("<f4").tobytes()
        header[name] = {"dtype": "F32", "shape": list(tensor.shape),
                        "data_offsets": [len(data), len(data) + len(raw)]}
        data += raw
    text = json.dumps(header).encode()
    with open(path, "wb") as file:
        file.write(struct.pack("<Q", len(text)) + text + data)


for name, (network, pool) in NETWORKS.items():
    with open(scratch.path(name + ".ini"), "w") as file:
        file.write(NETWORK % (name, pool))
    write_safetensors(scratch.path(name + ".safetensors"), network.state_dict())
SIZES = {"large": (61, 47), "tiny": (7, 5), "usual": (16, 24)}
for name, (width, height) in SIZES.items():
    write_png(scratch.path(name + ".png"), width, height,
              lambda x, y: (x * 37 % 256, y * 59 % 256, x * y * 7 % 256))


def write_ini(network, layers, picture):
    with open(scratch.path("run.ini"), "w") as file:
        file.write("[run]\noutput = out\n[model]\narchitecture = %s.ini\nweights = "
                   "%s.safetensors\n[input]\nimages = %s.png\n[passing]\nlayers = %s\n"
                   % (network, network, picture, layers))


def oracle(network, names, picture):
    """Activations of the layers, and the gradient of the sum of half squared norms"""
    from PIL import Image
    pixels = np.asarray(Image.open(scratch.path(picture + ".png")), dtype=np.float32)
    x = torch.from_numpy(pixels.transpose(2, 0, 1)[None] / 255)
    x = ((x - 0.5) / 0.25).requires_grad_()
    values, y = {"input": x}, x
    for index, layer in enumerate(NETWORKS[network][0]["features"]):
        y = values["features.%d" % index] = layer(y)
    if network == "pooled":
        y = nn.functional.adaptive_avg_pool2d(y, (2, 3))
    if "classifier" in names:
        values["classifier"] = NETWORKS[network][0]["classifier"](y.flatten(1))
    found = [values[name] for name in names]
    (sum((value ** 2).sum() for value in found) / 2).backward()
    return [value.detach().numpy() for value in found], x.grad.numpy()


CASES = [
    ("direct", ["features.4"], "large"), ("direct", ["features.4"], "tiny"),
    ("direct", ["features.1", "features.3"], "large"),
    ("direct", ["classifier", "features.2"], "usual"),
    ("pooled", ["classifier"], "large"), ("pooled", ["classifier", "features.0"], "tiny"),
]
for engine in engine_tool.engines():
    scratch.environment["CNNVIZ_ENGINE"] = engine_tool.build_path("core", "engine",
                                                                  engine + ".la")
    for network, layers, picture in CASES:
        what = "%s: %s to %s of %s" % (engine, picture, ", ".join(layers), network)
        write_ini(network, ", ".join(layers), picture)
        code, said = scratch.run()
        scratch.check(what + " runs", code == 0, said)
        if code != 0:
            continue
        activations, gradient = oracle(network, layers, picture)
        folder = scratch.path("out", "passing", picture)
        for index, theirs in enumerate(activations):
            ours = np.load(os.path.join(folder, "activation-%d.npy" % index))
            scratch.check(what + ": activation %d" % index, ours.shape == theirs.shape
                          and engine_tool.relative_error(ours, theirs) < 1e-4,
                          ours.shape, theirs.shape)
        ours = np.load(os.path.join(folder, "gradient.npy"))
        scratch.check(what + ": gradient", ours.shape == gradient.shape
                      and engine_tool.relative_error(ours, gradient) < 1e-4,
                      ours.shape, gradient.shape)

    write_ini("direct", "classifier", "large")
    code, said = scratch.run()
    scratch.check("%s: a layer that cannot take the size is named" % engine, code == 1
                  and "layer classifier (linear) of direct: it takes 96 features, but gets "
                      "720 from an input of 47x61; this network wants one of 24x16" in said,
                  said)
scratch.finish()

"""On the ImageNet SqueezeNet beside the checkout: a class image is classified as its class,
and filters answer at least five times as much to their pictures as to noise, as PyTorch
measures on the saved files."""
import json
import os
import subprocess
import sys
import tempfile

source = os.path.abspath(os.environ.get("top_srcdir", "."))
build = os.path.abspath(os.environ.get("top_builddir", "."))
weights = os.path.join(source, "..", "shared", "models", "squeezenet1_0-imagenet.pth")
engine = os.path.join(build, "core", "engine", "torch.la")


def skip(why):
    print("SKIP " + why)
    sys.exit(77)


if "--oracle" not in sys.argv:
    oracle = os.environ.get("PYTHON_ORACLE", "")
    if not oracle:
        skip("no Python with torch and torchvision (set PYTHON_ORACLE)")
    if not os.path.exists(weights):
        skip("no " + weights)
    if not os.path.exists(engine):
        skip("built without libtorch, and the reference engine would take too long")
    os.execvp(oracle, [oracle, __file__, "--oracle"])

import numpy as np
import torch
import torchvision
from PIL import Image

FLAMINGO = 130
FILTERS = range(4)
RUN = """
[run]
output = out
seed = 1
[model]
architecture = squeezenet1_0
weights = %s
[class_image]
target = %d
iterations = 60
[filter_vis]
layer = features.5.expand3x3
filter = 0-3
width = 128
height = 128
""" % (os.path.realpath(weights), FLAMINGO)

failures = 0


def check(fact, holds, *shown):
    global failures
    failures += not holds
    print("ok  " if holds else "FAIL", fact, *shown)


def load(path):
    levels = np.asarray(Image.open(path).convert("RGB"), dtype=np.float32)
    mean = np.array([0.485, 0.456, 0.406], np.float32)
    deviation = np.array([0.229, 0.224, 0.225], np.float32)
    return torch.from_numpy(((levels / 255 - mean) / deviation).transpose(2, 0, 1)[None])


network = torchvision.models.squeezenet1_0(weights=None).eval()
network.load_state_dict(torch.load(weights))
noticed = {}
# A copy: the ReLU behind it works in place.
network.features[5].expand3x3.register_forward_hook(
    lambda module, given, result: noticed.update(activation=result.clone()))


def filter_mean(picture, channel):
    with torch.no_grad():
        network(picture)
    return noticed["activation"][0, channel].mean().item()


with tempfile.TemporaryDirectory(prefix="cnnviz-") as folder:
    with open(os.path.join(folder, "run.ini"), "w") as file:
        file.write(RUN)
    environment = dict(os.environ, CNNVIZ_ENGINE=engine)
    done = subprocess.run([os.path.join(build, "cnnviz"), "run", "-q", "run.ini"],
                          cwd=folder, env=environment, stderr=subprocess.PIPE)
    if done.returncode != 0:
        print("FAIL the run:", done.stderr.decode())
        sys.exit(1)
    out = os.path.join(folder, "out")
    with open(os.path.join(out, "manifest.json"), encoding="utf-8") as file:
        figures = {artifact["name"]: artifact["value"]
                   for artifact in json.load(file)["artifacts"]
                   if artifact["kind"] == "figure"}

    with torch.no_grad():
        probability = network(load(os.path.join(
            out, "class_image", "class-130-flamingo.png")))[0].softmax(0)[FLAMINGO].item()
    check("the class image is a flamingo, by 0.9 at least", probability >= 0.9, probability)
    ours = figures["probability-130-flamingo"]
    check("as in the manifest", abs(ours - probability) < 1e-3, ours)

    noise = Image.fromarray(np.random.RandomState(4).randint(
        150, 180, (128, 128, 3)).astype(np.uint8))
    noise.save(os.path.join(folder, "noise.png"))
    for channel in FILTERS:
        name = "features.5.expand3x3-%d" % channel
        start = filter_mean(load(os.path.join(folder, "noise.png")), channel)
        end = filter_mean(load(os.path.join(out, "filter_vis", "filter-%s.png" % name)),
                          channel)
        check("filter %d responds five times as strongly" % channel,
              end >= 5 * abs(start), start, end)
        ours = figures["activation_end-" + name]
        check("as in the manifest", abs(ours - end) <= 1e-3 * abs(end), ours)
sys.exit(failures > 0)

"""A small network with the weights that PyTorch drew, in a folder of its own, for tests
that hold optimized pictures against PyTorch."""
import os
import sys

if "--oracle" not in sys.argv:
    oracle = os.environ.get("PYTHON_ORACLE", "")
    if not oracle:
        print("SKIP: no Python with torch (set PYTHON_ORACLE)")
        sys.exit(77)
    os.execvp(oracle, [oracle, sys.argv[0], "--oracle"])

import numpy as np
import torch
from PIL import Image

sys.path.insert(0, os.path.join(os.environ.get("top_srcdir", "."), "tests", "run"))
from scratch import Scratch

HEIGHT, WIDTH = 24, 16
LABELS = ("snake", "tiger cat, tabby", "spider", "eel", "bird", "apple", "rocket")

torch.manual_seed(11)
torch.set_num_threads(1)
features = torch.nn.Sequential(
    torch.nn.Conv2d(3, 6, 3, padding=1), torch.nn.ReLU(),
    torch.nn.Conv2d(6, 4, 3, padding=1, stride=2), torch.nn.ReLU())
classifier = torch.nn.Linear(4 * 12 * 8, 7)
network = torch.nn.Sequential()
network.add_module("features", features)
network.add_module("flatten", torch.nn.Flatten())
network.add_module("classifier", classifier)
for parameter in network.parameters():
    parameter.requires_grad_(False)

scratch = Scratch()


def save_network():
    torch.save(network.state_dict(), scratch.path("small.pth"))


def save_grain(name, width, height, seed, low=60, high=200):
    """Noise in blocks of 4 pixels, so that every layer sees something"""
    blocks = np.random.RandomState(seed).randint(
        low, high, ((height + 3) // 4, (width + 3) // 4, 3))
    grain = blocks.repeat(4, 0).repeat(4, 1)[:height, :width].astype(np.uint8)
    Image.fromarray(grain).save(scratch.path(name))
    return grain


def write_ini(jobs, images=None, more=""):
    with open(scratch.path("run.ini"), "w") as file:
        file.write("[run]\noutput = out\nseed = 5\n\n[model]\narchitecture = small.ini\n"
                   "weights = small.pth\n%s\n%s\n" % (
                       "[input]\nimages = %s\n%s\n" % (images, more) if images else "",
                       jobs))


def normalized(levels):
    """What the network takes: mean and deviation as in small.ini."""
    levels = np.asarray(levels, np.float64)
    return torch.from_numpy((levels.transpose(2, 0, 1)[None] / 255.0 - 0.5) / 0.25).float()


def levels_of(input):
    """The other way, not rounded; (H,W,3)"""
    image = (input.detach()[0].numpy().astype(np.float64) * 0.25 + 0.5) * 255
    return image.clip(0, 255).transpose(1, 2, 0)


def picture(*parts):
    return np.asarray(Image.open(scratch.path(*parts)))


def figures(job, output="out"):
    return {artifact["name"]: artifact["value"]
            for artifact in scratch.manifest(output)["artifacts"]
            if artifact["job"] == job and artifact["kind"] == "figure"}


def near(ours, theirs, part=1e-4):
    return ours is not None and abs(ours - theirs) <= part * (1 + abs(theirs))


def drawn(files):
    """Everything but the two files that tell times and commands"""
    return {path: data for path, data in files.items()
            if path not in ("manifest.json", "index.html")}


def check_same(fact, made, again):
    """Whether two runs drew the same files"""
    made, again = drawn(made), drawn(again)
    apart = sorted(path for path in made.keys() | again.keys()
                   if made.get(path) != again.get(path))
    scratch.check(fact, not apart, apart)


def run(fact, *arguments):
    """Run; the test ends where that fails."""
    code, said = scratch.run(*arguments)
    scratch.check(fact, code == 0, said)
    if code != 0:
        scratch.finish()

"""A small segmentation network with pictures, in a scratch folder and in PyTorch.

For the scripts beside it. What is expected of a run is computed from the pictures'
files by Pillow and PyTorch alone.
"""
import os
import sys

tests = os.path.join(os.environ["top_srcdir"], "tests")
sys.path[:0] = [os.path.join(tests, "run"), os.path.join(tests, "oracle")]
import engine_tool

engine_tool.use_oracle("torch", "PIL")

import numpy as np
import torch
import torch.nn.functional as F
from PIL import Image
from torch import nn

import autograd
from scratch import Scratch, read_npy, write_png

HEIGHT, WIDTH, CLASSES = 24, 32, 5
LABELS = ["background", "tiger cat", "dog", "tiger-cat", "tiger cat!"]
DESCRIPTION = """
[network]
name = small_segmenter
labels = small_segmenter.labels
input_size = 24 32
mean = 0.5 0.4 0.3
std = 0.25 0.2 0.5

[layers]
first = conv2d out=6 kernel=3 padding=1
relu1 = relu
pool = max_pool2d kernel=2
middle = conv2d out=6 kernel=3 padding=1
relu2 = relu
unpool = max_unpool2d pool=pool
back = conv_transpose2d out=6 kernel=3 padding=1
relu3 = relu
half = max_pool2d kernel=2
score = conv2d out=5 kernel=1
"""
MEAN = np.float32([0.5, 0.4, 0.3])[:, None, None]
STD = np.float32([0.25, 0.2, 0.5])[:, None, None]
TOLERANCE = 1e-4


class Small(nn.Module):
    """Its logits have half the height and width of its input."""

    def __init__(self):
        super().__init__()
        self.first = nn.Conv2d(3, 6, 3, padding=1)
        self.middle = nn.Conv2d(6, 6, 3, padding=1)
        self.back = nn.ConvTranspose2d(6, 6, 3, padding=1)
        self.score = nn.Conv2d(6, CLASSES, 1)

    def forward(self, x):
        x = F.relu(self.first(x))
        x, where = F.max_pool2d(x, 2, return_indices=True)
        x = F.relu(self.middle(x))
        self.middle_value = x
        x = F.relu(self.back(F.max_unpool2d(x, where, 2)))
        return self.score(F.max_pool2d(x, 2))


def blobs(x, y):
    """Something with many colors and no symmetry"""
    return ((37 * x + 11 * y) % 256, (x * y // 3) % 256, (x * x // 5 + 7 * y) % 256)


class World(Scratch):
    """The scratch folder with the network and its weights, and the network itself"""

    def __init__(self, seed=4):
        super().__init__()
        torch.manual_seed(seed)
        torch.set_num_threads(1)
        self.network = autograd.randomize(Small()).double()
        with torch.no_grad():
            # Each class is the best one somewhere, but for the fourth.
            for parameter in self.network.parameters():
                parameter.mul_(2)
            pictures = self.make_pictures()
            mean = torch.cat([self.logits(self.view(name)) for name in pictures]).mean(
                (0, 2, 3))
            self.network.score.bias -= mean
            self.network.score.bias[3] -= 1000
        state = {name: value.float() for name, value in self.network.state_dict().items()}
        torch.save(state, self.path("small_segmenter.pth"))
        self.network.load_state_dict(state)
        with open(self.path("small_segmenter.ini"), "w") as file:
            file.write(DESCRIPTION)
        with open(self.path("small_segmenter.labels"), "w") as file:
            file.write("\n".join(LABELS) + "\n")

    def make_pictures(self):
        write_png(self.path("wide.png"), 50, 30, blobs)
        write_png(self.path("high.png"), 26, 44, lambda x, y: blobs(y, 3 * x))
        write_png(self.path("mask.png"), 64, 48, lambda x, y:
                  (0, 0, 200) if 10 <= x < 40 and 20 <= y < 36 else (0, 0, 0))
        write_png(self.path("black.png"), 8, 8, lambda x, y: (0, 0, 0))
        return ["wide.png", "high.png"]

    def write(self, jobs, images="wide.png, high.png:dog", more="", run=""):
        with open(self.path("run.ini"), "w") as file:
            file.write("[run]\noutput = out\n%s\n[model]\narchitecture = "
                       "small_segmenter.ini\nweights = small_segmenter.pth\n[input]\n"
                       "images = %s\n%s\n%s\n" % (run, images, more, jobs))

    def view(self, name):
        """A picture as the network gets it: (1,3,H,W), stretched by Lanczos"""
        image = Image.open(self.path(name)).convert("RGB").resize(
            (WIDTH, HEIGHT), Image.Resampling.LANCZOS)
        values = np.asarray(image, np.float32).transpose(2, 0, 1) / np.float32(255)
        return torch.from_numpy(((values - MEAN) / STD)[None]).double()

    def logits(self, x):
        return self.network(x)

    def labels(self, name):
        """Best class of each place"""
        return self.logits(self.view(name))[0].argmax(0)

    def array(self, *path):
        shape, values = read_npy(self.path("out", *path))
        return np.float32(values).reshape(shape)

    def near(self, fact, ours, theirs, tolerance=TOLERANCE):
        theirs = np.asarray(theirs)
        error = np.abs(ours - theirs).max() / np.abs(theirs).max() \
            if ours.shape == theirs.shape else np.inf
        self.check(fact, error <= tolerance, "off by %g" % error, ours.shape, theirs.shape)

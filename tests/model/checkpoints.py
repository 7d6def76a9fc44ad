#!/usr/bin/env python3
"""Checkpoints as training scripts write them load, and give PyTorch's probabilities.

PyTorch makes each file, and says what the network in it makes of a picture; `cnnviz
classify` must say the same.
"""
import argparse
import collections
import json
import math
import os
import subprocess
import sys
import tempfile

ORACLE = os.environ.get("PYTHON_ORACLE", "")
if not os.environ.get("CHECKPOINTS_ORACLE"):
    if not ORACLE:
        print("SKIP: no Python with PyTorch was found by configure")
        sys.exit(77)
    os.execvpe(ORACLE, [ORACLE] + sys.argv, dict(os.environ, CHECKPOINTS_ORACLE="1"))

if not os.path.exists(os.path.join(os.environ["top_builddir"], "core/engine/torch.la")):
    print("SKIP: built without libtorch")
    sys.exit(77)

import numpy
import torch
import torchvision
from PIL import Image

CNNVIZ = os.path.join(os.environ["top_builddir"], "cnnviz")
DESCRIPTION = """[network]
input_size = 8
[layers]
conv1 = conv2d out=4 kernel=3
bn1 = batch_norm2d
relu = relu
layer1.conv1 = conv2d out=4 kernel=3 padding=1
layer1.relu = relu
pool = adaptive_avg_pool2d output=1
flat = flatten
fc = linear out=5
"""
failures = 0


class Layer(torch.nn.Module):
    def __init__(self):
        super().__init__()
        self.conv1 = torch.nn.Conv2d(4, 4, 3, padding=1)

    def forward(self, x):
        return self.conv1(x).relu()


class Network(torch.nn.Module):
    def __init__(self, seed):
        torch.manual_seed(seed)
        super().__init__()
        self.conv1 = torch.nn.Conv2d(3, 4, 3)
        self.bn1 = torch.nn.BatchNorm2d(4)
        self.layer1 = Layer()
        self.fc = torch.nn.Linear(4, 5)

    def forward(self, x):
        x = self.layer1(self.bn1(self.conv1(x)).relu())
        return self.fc(x.mean((2, 3)))


class Classifier(torch.nn.Module):
    """A network as a part of another class, with a loss that has weights"""

    def __init__(self, network):
        super().__init__()
        self.backbone = network
        self.criterion = torch.nn.CrossEntropyLoss(weight=torch.ones(5))


def check(fact, case, detail=""):
    global failures
    if not fact:
        failures += 1
        print("FAIL:", case, detail)


def classify(folder, value, *options):
    """Logits by class, or what the program says; and its standard error

    By the reference engine, since to load libtorch takes longer than all the rest.
    """
    path = os.path.join(folder, "weights.pth")
    torch.save(value, path)
    run = subprocess.run(
        [CNNVIZ, "classify", "-m", os.path.join(folder, "net.ini"), "-w", path, "-k",
         "99", "--json", *options, os.path.join(folder, "picture.png")],
        capture_output=True, text=True, env=dict(os.environ, CNNVIZ_ENGINE="reference"))
    if run.returncode != 0:
        return run.returncode, run.stderr
    classes = json.loads(run.stdout)["pictures"][0]["classes"]
    return [item.get("logit") for item in sorted(classes, key=lambda c: c["index"])], \
        run.stderr


def expect(folder, case, value, network, *options):
    pixels = numpy.asarray(Image.open(os.path.join(folder, "picture.png")))
    tensor = torch.from_numpy(pixels.transpose(2, 0, 1).copy()).float() / 255
    with torch.no_grad():
        wanted = network.eval()(tensor[None])[0].numpy()
    if len(wanted) == 1:
        wanted = numpy.append(wanted, -wanted)  # the other side of a single logit
    got, text = classify(folder, value, *options)
    if isinstance(got, int):
        check(False, case, text)
        return text
    check(len(got) == len(wanted) and numpy.allclose(got, wanted, rtol=1e-5, atol=1e-6),
          case, "%s, not %s" % (got, wanted))
    return text


def refuse(folder, case, value, fragments, *options):
    status, text = classify(folder, value, *options)
    check(status == 2, case, "status %s" % status)
    for fragment in fragments:
        check(fragment in text, case, "no \"%s\" in: %s" % (fragment, text))


def optimizer_of(network):
    optimizer = torch.optim.Adam(network.parameters())
    network(torch.zeros(1, 3, 8, 8)).sum().backward()
    optimizer.step()
    return optimizer.state_dict()


def wrapped(folder):
    """Every way in which one network is packed up"""
    network = Network(1)
    extra = {"epoch": 3, "optimizer": optimizer_of(Network(2)),
             "args": argparse.Namespace(lr=0.1), "best": numpy.float64(0.5)}
    state = network.state_dict()
    for key in "model_state_dict", "net", "state_dict", "model", "ema", "weights.best":
        expect(folder, "under " + key, dict(extra, **{key: state}), network)
    expect(folder, "three deep", {"run": {"last": {"model": state}}}, network)
    for prefix in ("module.", "model.", "net.", "_orig_mod.", "_orig_mod.module.",
                   "model.backbone."):
        renamed = collections.OrderedDict((prefix + k, v) for k, v in state.items())
        expect(folder, "the prefix " + prefix, renamed, network)
        expect(folder, "the prefix %s under a key" % prefix,
               dict(extra, state_dict=renamed), network)
    expect(folder, "AveragedModel", torch.optim.swa_utils.AveragedModel(
        network).state_dict(), network)
    expect(folder, "a criterion beside", Classifier(network).state_dict(), network)
    expect(folder, "DataParallel around a class", torch.nn.DataParallel(
        Classifier(network)).state_dict(), network)


def several(folder):
    """More than one network that would fit"""
    first, second = Network(1), Network(2)
    both = {"last": first.state_dict(), "ema": second.state_dict()}
    refuse(folder, "two that fit", both, ["last, ema", "weights_key = last"])
    expect(folder, "the first of two", both, first, "-s", "model.weights_key=last")
    expect(folder, "the second of two", both, second, "-s", "model.weights_key=ema")
    refuse(folder, "a key that is not there", both,
           ["weights_key = emma", "last, ema"], "-s", "model.weights_key=emma")
    note = expect(folder, "state_dict goes first", {
        "state_dict_ema": second.state_dict(), "state_dict": first.state_dict()}, first)
    check("state_dict_ema" in note and "weights_key" in note,
          "the other one is told of", note)
    encoders = {"encoder_q." + k: v for k, v in first.state_dict().items()}
    encoders.update(("encoder_k." + k, v) for k, v in second.state_dict().items())
    refuse(folder, "two prefixes", {"state_dict": encoders},
           ["state_dict.encoder_q", "state_dict.encoder_k"])
    expect(folder, "one of two prefixes", {"state_dict": encoders}, second, "-s",
           "model.weights_key=state_dict.encoder_k")
    smaller = torch.nn.Sequential(torch.nn.Conv2d(3, 4, 3)).state_dict()
    expect(folder, "another network beside", {"discriminator": smaller,
                                             "generator": first.state_dict()}, first)


def strange(folder):
    """What does not fit, and why"""
    network = Network(1)
    refuse(folder, "a whole network", {"model": network},
           ["object of __main__.Network under \"model\"", "state_dict()"])
    missing = network.state_dict()
    del missing["bn1.running_var"]
    refuse(folder, "a tensor is missing", {"net": {"module." + k: v for k, v
                                                   in missing.items()}},
           ["no tensor module.bn1.running_var"])
    other = torch.nn.Sequential(torch.nn.Conv2d(3, 4, 3), torch.nn.ReLU())
    refuse(folder, "another network", other.state_dict(), ["a different architecture"])


def nonfinite(folder):
    """Weights of a training that diverged"""
    network = Network(1)
    state = network.state_dict()
    state["layer1.conv1.weight"][1, 2, 0, 1] = float("nan")
    state["layer1.conv1.weight"][3, 3] = float("-inf")
    state["fc.bias"][4] = float("inf")
    refuse(folder, "NaN and infinities", state,
           ["tensor layer1.conv1.weight has", "1 NaN and 9 infinite of 144",
            "tensor fc.bias has", "0 NaN and 1 infinite of 5", "allow_nonfinite = yes"])
    status, text = classify(folder, state, "-s", "model.allow_nonfinite=yes")
    check(status != 2 and "allow_nonfinite" not in text, "allowed", text)
    half = {k: v.clone() for k, v in Network(1).state_dict().items()}
    half["fc.weight"] = torch.full((5, 4), 70000.0).half()
    refuse(folder, "float16 that overflowed", half, ["tensor fc.weight has",
                                                     "0 NaN and 20 infinite of 20"])
    largest = Network(2)
    with torch.no_grad():
        largest.fc.bias[0], largest.fc.bias[1] = 3.4e38, 1e-45
    expect(folder, "the largest and the smallest number", largest.state_dict(), largest)


def fine_tuned(folder):
    """A last layer of other classes, alone or in a container with a dropout"""
    for classes in 1, 3, 12:
        network = Network(1)
        network.fc = torch.nn.Linear(4, classes)
        expect(folder, "%d classes" % classes, network.state_dict(), network)
        network.fc = torch.nn.Sequential(torch.nn.Dropout(), torch.nn.Linear(4, classes))
        expect(folder, "%d classes behind a dropout" % classes,
               {"net": {"module." + k: v for k, v in network.state_dict().items()}},
               network)
    network.fc = torch.nn.Sequential(torch.nn.Linear(4, 3), torch.nn.Linear(3, 2))
    refuse(folder, "two layers at the end", network.state_dict(),
           ["no tensor fc.weight", "a tensor fc.1.weight"])
    network.fc = torch.nn.Linear(9, 3)
    refuse(folder, "a last layer of other inputs", network.state_dict(),
           ["tensor fc.weight has shape (3,9), but net needs (5,4)"])


def shipped(folder):
    """Networks that ship, with another number of classes and names of them"""
    picture, pixels = large_picture(folder)
    tensor = (pixels - torch.tensor([0.485, 0.456, 0.406]).view(3, 1, 1)) / torch.tensor(
        [0.229, 0.224, 0.225]).view(3, 1, 1)
    labels = os.path.join(folder, "mine.txt")
    with open(labels, "w", encoding="utf-8-sig") as stream:
        stream.write("".join("class %d\n" % i for i in range(10)))
    path = os.path.join(folder, "ft10.pth")
    for name in "resnet18", "squeezenet1_1":
        torch.manual_seed(3)
        network = getattr(torchvision.models, name)(num_classes=10).eval()
        torch.save(network.state_dict(), path)
        with torch.no_grad():
            wanted = network(tensor[None])[0].numpy()
        run = classify_shipped(name, path, picture, "-k", "10", "-l", labels)
        if run is None:
            continue
        got = {item["name"]: item["logit"] for item in run}
        error = max(abs(got.get("class %d" % i, 1e9) - wanted[i]) for i in range(10))
        check(error <= 1e-4 * abs(wanted).max(), name, "differs by %g" % error)


class Same(torch.nn.Conv2d):
    """TensorFlow's SAME padding, which is more at the end"""

    def forward(self, x):
        edges = []
        for extent, kernel, stride in zip(x.shape[:1:-1], self.kernel_size, self.stride):
            total = max((-(-extent // stride) - 1) * stride + kernel - extent, 0)
            edges += [total // 2, total - total // 2]
        return super().forward(torch.nn.functional.pad(x, edges))


class Block(torch.nn.Module):
    """timm's DepthwiseSeparableConv, or InvertedResidual where it expands"""

    def __init__(self, inner, into, out, kernel, stride):
        super().__init__()
        norm = lambda channels: torch.nn.BatchNorm2d(channels, eps=1e-3)
        depthwise = Same(inner, inner, kernel, stride, groups=inner, bias=False)
        self.shortcut, self.expands = stride == 1 and into == out, inner != into
        if self.expands:
            self.conv_pw, self.bn1 = torch.nn.Conv2d(into, inner, 1, bias=False), norm(inner)
            self.conv_dw, self.bn2 = depthwise, norm(inner)
            self.conv_pwl, self.bn3 = torch.nn.Conv2d(inner, out, 1, bias=False), norm(out)
        else:
            self.conv_dw, self.bn1 = depthwise, norm(inner)
            self.conv_pw, self.bn2 = torch.nn.Conv2d(inner, out, 1, bias=False), norm(out)

    def forward(self, x):
        relu6 = torch.nn.functional.relu6
        if self.expands:
            y = relu6(self.bn2(self.conv_dw(relu6(self.bn1(self.conv_pw(x))))))
            y = self.bn3(self.conv_pwl(y))
        else:
            y = self.bn2(self.conv_pw(relu6(self.bn1(self.conv_dw(x)))))
        return x + y if self.shortcut else y


def rounded(channels):
    """To a multiple of 8, and no less than nine tenths"""
    near = max(8, int(channels + 4) // 8 * 8)
    return near if near >= 0.9 * channels else near + 8


class EfficientNetLite(torch.nn.Module):
    """As timm builds tf_efficientnet_lite0 to 4, with its names"""

    def __init__(self, width, depth):
        super().__init__()
        self.conv_stem = Same(3, 32, 3, 2, bias=False)
        self.bn1 = torch.nn.BatchNorm2d(32, eps=1e-3)
        stages, into = [], 32
        for expand, out, kernel, stride, count in (
                (1, 16, 3, 1, 1), (6, 24, 3, 2, 2), (6, 40, 5, 2, 2), (6, 80, 3, 2, 3),
                (6, 112, 5, 1, 3), (6, 192, 5, 2, 4), (6, 320, 3, 1, 1)):
            blocks, out = [], rounded(out * width)
            for i in range(math.ceil(count * depth) if count > 1 else 1):
                blocks.append(Block(expand * into, into, out, kernel, stride if i == 0
                                    else 1))
                into = out
            stages.append(torch.nn.Sequential(*blocks))
        self.blocks = torch.nn.Sequential(*stages)
        self.conv_head = torch.nn.Conv2d(into, 1280, 1, bias=False)
        self.bn2 = torch.nn.BatchNorm2d(1280, eps=1e-3)
        self.classifier = torch.nn.Linear(1280, 1000)

    def forward(self, x):
        relu6 = torch.nn.functional.relu6
        x = self.blocks(relu6(self.bn1(self.conv_stem(x))))
        return self.classifier(relu6(self.bn2(self.conv_head(x))).mean((2, 3)))


def large_picture(folder):
    pixels = numpy.random.default_rng(2).integers(0, 256, (224, 224, 3), numpy.uint8)
    picture = os.path.join(folder, "large.png")
    Image.fromarray(pixels).save(picture)
    return picture, torch.from_numpy(pixels.transpose(2, 0, 1).copy()).float() / 255


def classify_shipped(name, path, picture, *options):
    """Classes by their index, or None with a failure"""
    run = subprocess.run(
        [CNNVIZ, "classify", "-m", name, "-w", path, "--json", *options, picture],
        capture_output=True, text=True, env=dict(os.environ, CNNVIZ_MODEL_PATH=os.path.join(
            os.environ["top_srcdir"], "models")))
    check(run.returncode == 0, name, run.stderr)
    if run.returncode != 0:
        return None
    classes = json.loads(run.stdout)["pictures"][0]["classes"]
    return sorted(classes, key=lambda item: item["index"])


def timm(folder):
    """EfficientNet-Lite under timm's names, on a picture smaller than any is made for"""
    pixels = numpy.random.default_rng(2).integers(0, 256, (121, 121, 3), numpy.uint8)
    picture, path = os.path.join(folder, "lite.png"), os.path.join(folder, "lite.pth")
    Image.fromarray(pixels).save(picture)
    pixels = torch.from_numpy(pixels.transpose(2, 0, 1).copy()).float()
    for version, sizes in enumerate(((1, 1), (1, 1.1), (1.1, 1.2), (1.2, 1.4), (1.4, 1.8))):
        torch.manual_seed(4)
        network = EfficientNetLite(*sizes)
        with torch.no_grad():
            network.train()(torch.randn(4, 3, 128, 128))
            wanted = network.eval()((pixels[None] - 127) / 128)[0].numpy()
        torch.save(network.state_dict(), path)
        name = "efficientnet_lite%d" % version
        classes = classify_shipped(name, path, picture, "-k", "1000", "-s",
                                   "model.input_size=121")
        if classes is not None:
            got = numpy.array([item["logit"] for item in classes])
            error = abs(got - wanted).max() / abs(wanted).max()
            check(error <= 1e-4, name + ": timm's names", "differs by %g" % error)


def normalized(folder):
    """mean and std in [model] go before the description's."""
    network = Network(5).eval()
    other = Network(5).eval()
    mean = torch.tensor([0.1, 0.5, 0.25]).view(3, 1, 1)
    other.forward = lambda x: Network.forward(network, (x - mean) / 0.5)
    note = expect(folder, "mean and std", network.state_dict(), other, "-s",
                  "model.mean=0.1 0.5 0.25", "-s", "model.std=0.5")
    check("mean 0.1 0.5 0.25, std 0.5, pixels up to 1" in note, "normalization is noted",
          note)
    for key, value in ("mean", "1 2"), ("std", "0"), ("std", "x"), ("mean", "nan"):
        refuse(folder, "%s = %s" % (key, value), network.state_dict(),
               ["[model] %s" % key, "is not one number"], "-s",
               "model.%s=%s" % (key, value))


def main():
    with tempfile.TemporaryDirectory() as folder:
        with open(os.path.join(folder, "net.ini"), "w") as stream:
            stream.write(DESCRIPTION)
        pixels = numpy.random.default_rng(1).integers(0, 256, (8, 8, 3), numpy.uint8)
        Image.fromarray(pixels).save(os.path.join(folder, "picture.png"))
        wrapped(folder)
        several(folder)
        strange(folder)
        nonfinite(folder)
        fine_tuned(folder)
        shipped(folder)
        timm(folder)
        normalized(folder)
    print("%d failures" % failures)
    return 1 if failures else 0


sys.exit(main())

#!/usr/bin/env python3
"""What PyTorch exports, to ONNX or with torch.export, is the network that it was exported from.

Torchvision's networks with random weights: the file gives the same bits as the description
that ships, with the same weights, where no batch norm was folded into a convolution, and
logits within 1e-5 otherwise. Small modules with what torchvision's networks do not have:
logits and gradients are PyTorch's. A few networks by default, with CNNVIZ_FULL_SIZE=1 all;
$EXPORT_ORACLE may be a Python with a newer PyTorch than $PYTHON_ORACLE, whose newer exporter
and torch.export are tried as well."""
import os
import sys
import time
import warnings

sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))
import engine_tool as tool

os.environ['PYTHON_ORACLE'] = (os.environ.get('EXPORT_ORACLE')
                               or os.environ.get('PYTHON_ORACLE', ''))
tool.use_oracle('torch', 'torchvision')

import numpy as np
import torch
import torch.nn.functional as F
import torchvision
from torch import nn

import autograd

VERSION = tuple(map(int, torch.__version__.split('.')[:2]))
FOLDED = 1e-5
FULL = os.environ.get('CNNVIZ_FULL_SIZE') == '1'
# name, side of the input, whether it is in the default run
NETWORKS = [
    ('alexnet', 224, False), ('densenet121', 64, False), ('deeplabv3_resnet50', 64, False),
    ('efficientnet_b0', 64, False), ('efficientnet_b1', 64, False),
    ('efficientnet_b2', 64, False), ('efficientnet_b3', 64, False),
    ('fcn_resnet50', 64, False), ('googlenet', 64, False), ('inception_v3', 96, False),
    ('lraspp_mobilenet_v3_large', 64, False), ('mnasnet1_0', 64, False),
    ('mobilenet_v2', 64, False), ('mobilenet_v3_large', 64, False),
    ('mobilenet_v3_small', 64, True), ('regnet_y_400mf', 64, False), ('resnet18', 64, False),
    ('resnet34', 64, False), ('resnet50', 64, False), ('resnet101', 64, False),
    ('resnet152', 64, False), ('resnext50_32x4d', 64, False),
    ('shufflenet_v2_x1_0', 64, True), ('squeezenet1_0', 64, False),
    ('squeezenet1_1', 64, True), ('vgg11', 224, False), ('vgg11_bn', 224, False),
    ('vgg13', 224, False), ('vgg13_bn', 224, False), ('vgg16', 224, False),
    ('vgg16_bn', 224, False), ('vgg19', 224, False), ('vgg19_bn', 224, False),
    ('wide_resnet50_2', 64, False)]
SIDE = 24


class Dense(nn.Module):
    """The maps of a segmentation network alone"""

    def __init__(self, network):
        super().__init__()
        self.network = network

    def forward(self, x):
        return self.network(x)['out']


# ---- Modules -----------------------------------------------------------------------


class Channels(nn.Module):
    """ECA: a convolution along the channels makes a gate"""

    def __init__(self, swapped):
        super().__init__()
        self.conv = nn.Conv1d(1, 1, 3, padding=1, bias=False)
        self.swapped = swapped

    def forward(self, x):
        if self.swapped:
            y = F.adaptive_avg_pool2d(x, 1).squeeze(-1).transpose(-1, -2)
            y = self.conv(y).transpose(-1, -2).unsqueeze(-1)
        else:
            y = self.conv(x.mean((2, 3)).view(x.shape[0], 1, -1)).view(x.shape[0], -1, 1, 1)
        return x * y.sigmoid().expand_as(x)


class Places(nn.Module):
    """CBAM: a gate for each place, from channels' means, and one for each channel"""

    def __init__(self):
        super().__init__()
        self.conv = nn.Conv2d(1, 1, 3, padding=1)
        self.fc = nn.Linear(8, 8)

    def forward(self, x):
        gate = torch.sigmoid(self.conv(x[:, 2:3]))
        top = F.adaptive_max_pool2d(x, 1).flatten(1)
        mean = F.adaptive_avg_pool2d(x, 1).flatten(1)
        both = torch.sigmoid(self.fc(top) - self.fc(mean)).unsqueeze(2).unsqueeze(3)
        return x * gate * both.expand_as(x) / (1 + gate)


class Focus(nn.Module):
    """YOLO's first layer: every second row and column becomes a channel"""

    def forward(self, x):
        return torch.cat([x[..., ::2, ::2], x[..., 1::2, ::2], x[..., ::2, 1::2],
                          x[..., 1::2, 1::2]], 1)


class Halves(nn.Module):
    """Rows and columns apart, and joined in another order"""

    def forward(self, x):
        top, bottom = x.chunk(2, 2)
        left, right = bottom.split([5, x.shape[3] - 5], 3)
        return torch.cat([torch.cat([right, left], 3), top], 2)


class Edges(nn.Module):
    """Padding of every kind, and its opposite"""

    def forward(self, x):
        x = F.pad(x, (2, 1, 0, 3), 'circular') if VERSION >= (2, 0) else x
        x = F.pad(x, (-1, 2, 1, -2))
        return F.pad(F.pad(x, (1, 2, 2, 0), 'reflect'), (0, 1, 2, 1), 'replicate')


class Rows(nn.Module):
    """Channels over one length"""

    def __init__(self):
        super().__init__()
        self.layers = nn.Sequential(nn.Conv1d(8, 8, 3, 2, 1, groups=2), nn.ReLU(),
                                    nn.MaxPool1d(2), nn.ConvTranspose1d(8, 8, 2, 2),
                                    nn.AvgPool1d(3, 2))

    def forward(self, x):
        y = self.layers(x.flatten(2)[:, :, :64])
        return x * y.mean(2, True).unsqueeze(3) - 0.5 * x


class Pieces(nn.Module):
    """Axes taken apart and put together in other ways, and constants that are computed"""

    def forward(self, x):
        a, b = x.chunk(2, 1)
        y = torch.cat([b, a], 1)
        y = y.roll((-2, 3), (2, 3)) + torch.full((8, 1, 1), 0.5)
        y = y.clamp(-2, 1.5) * (torch.arange(8).view(1, 8, 1, 1).to(y.dtype) / 8)
        return F.channel_shuffle(y.contiguous(), 4)


class Tables(nn.Module):
    """Numbers that a network computes of its weights, whatever the picture is"""

    def __init__(self):
        super().__init__()
        self.register_buffer('grid', torch.linspace(-1, 1, 12).view(1, 2, 2, 3))
        self.fc = nn.Linear(3, 5)
        self.last = nn.Linear(5, 2)
        self.scale = nn.Parameter(torch.tensor([0.1, 3.0]))

    def forward(self, x):
        gates = torch.sigmoid(self.last(F.relu(self.fc(self.grid)))).reshape(1, 8, 1, 1)
        turns = torch.sin(self.scale).repeat(2, 2, 2).view(1, 16, 1, 1)[:, ::2]
        return x * gates * torch.clamp(self.scale, max=2.0).exp().sum() + turns


class InPlace(nn.Module):
    """Changes in place, whose results have no names of their own"""

    def forward(self, x):
        y = x * 2
        y.add_(1).mul_(0.5)
        F.relu(y, inplace=True)
        z = F.leaky_relu(y - 0.3, 0.2)
        z -= 0.1
        return F.hardtanh(z, -0.2, 0.8, inplace=True) + y


class Readers(nn.Module):
    """A map whose gradient needs it as it was, and which a rectifier reads last"""

    def forward(self, x):
        return F.silu(x) * 3 - F.relu6(x)


class Curves(nn.Module):
    """Functions of single numbers"""

    def __init__(self):
        super().__init__()
        self.prelu = nn.PReLU(8)

    def forward(self, x):
        x = F.elu(self.prelu(x)) + F.gelu(x) + F.hardswish(x) * F.hardsigmoid(x)
        return F.glu(torch.cat([F.mish(x), torch.tanh(x)], 1), 1) - F.relu6(x)


class Averages(nn.Module):
    """Pools to a number of rows and columns that the input's are no multiple of"""

    def forward(self, x):
        y = F.adaptive_avg_pool2d(x, (7, 5))
        return F.avg_pool2d(F.max_pool2d(y, 3, 1, 1), 2, 1, 1, count_include_pad=False)


class Sizes(nn.Module):
    """Maps of other sizes"""

    def __init__(self):
        super().__init__()
        self.up = nn.ConvTranspose2d(8, 8, 3, 2, 1, output_padding=1)

    def forward(self, x):
        y = F.interpolate(self.up(x), scale_factor=0.5)
        return x + F.interpolate(y, size=x.shape[2:], mode='bilinear') / 2


MODULES = {'eca': lambda: Channels(False), 'eca, axes swapped': lambda: Channels(True),
           'cbam': Places, 'focus': Focus, 'halves': Halves, 'edges': Edges, 'rows': Rows,
           'sizes': Sizes, 'in place': InPlace, 'two readers': Readers}
# What not every exporter to ONNX can write
ONLY_PROGRAMS = {'pieces': Pieces, 'tables': Tables, 'curves': Curves, 'averages': Averages}


class Small(nn.Module):
    """A classifier around a module of 8 channels"""

    def __init__(self, inner):
        super().__init__()
        self.stem = nn.Conv2d(3, 8, 3, padding=1)
        self.inner = inner
        with torch.no_grad():
            channels = inner(torch.zeros(1, 8, SIDE, SIDE)).shape[1]
        self.last = nn.Conv2d(channels, 16, 3, 2)
        self.fc = nn.Linear(16, 10)

    def forward(self, x):
        x = F.relu(self.last(self.inner(F.silu(self.stem(x)))))
        return 1 - self.fc(x.mean((2, 3))) * 2


# ---- Export ------------------------------------------------------------------------


def has_newer():
    try:
        import onnxscript
    except ImportError:
        return False
    return VERSION >= (2, 6)


def trace(network, example, path, keep_norms):
    mode = torch.onnx.TrainingMode
    words = {'dynamo': False} if VERSION >= (2, 5) else {}
    torch.onnx.export(network, (example,), path, opset_version=13,
                      training=mode.PRESERVE if keep_norms else mode.EVAL,
                      do_constant_folding=not keep_norms, **words)


def export_newer(network, example, path):
    torch.onnx.export(network, (example,), path, opset_version=18, dynamo=True,
                      external_data=False, verbose=False)


def save_program(network, example, path, decompose=False, batch=False):
    sizes = ({0: torch.export.Dim('batch', min=1)},) if batch else None
    program = torch.export.export(network, (example.repeat(2, 1, 1, 1) if batch else example,),
                                  dynamic_shapes=sizes)
    torch.export.save(program.run_decompositions({}) if decompose else program, path)


# name, how, the file's ending, whether batch norms stay by themselves, a test of whether it
# can be done
ALWAYS = (lambda: True)
PROGRAMS = (lambda: VERSION >= (2, 8))
WAYS = [
    ('batch norms kept', lambda *of: trace(*of, True), '.onnx', True, ALWAYS),
    ('batch norms folded', lambda *of: trace(*of, False), '.onnx', False, ALWAYS),
    ('newer exporter', export_newer, '.onnx', False, has_newer),
    ('torch.export', save_program, '.pt2', True, PROGRAMS),
    ('torch.export, decomposed', lambda *of: save_program(*of, decompose=True), '.pt2', True,
     PROGRAMS),
    ('torch.export, open batch', lambda *of: save_program(*of, batch=True), '.pt2', True,
     PROGRAMS)]


def export_all(network, example, folder, endings):
    """Each way that there is, with the file that it makes, which is there until the next"""
    for name, export, ending, norms, possible in WAYS:
        if ending not in endings or not possible():
            continue
        path = os.path.join(folder, 'network' + ending)
        with warnings.catch_warnings():
            warnings.simplefilter('ignore')
            export(network, example, path)
        yield name, path, norms
        os.remove(path)


def distance(ours, theirs):
    return np.linalg.norm(ours - theirs) / np.linalg.norm(theirs)


def make(name):
    torch.manual_seed(sum(map(ord, name)))
    extra = {'aux_logits': False, 'init_weights': False} if name in (
        'googlenet', 'inception_v3') else {}
    build = getattr(torchvision.models, name, None)
    if build is None:
        build = getattr(torchvision.models.segmentation, name)
        extra = {'weights_backbone': None}
    return autograd.randomize(build(**extra))


def compare(comparison, what, ours, theirs, bits):
    off = distance(ours, theirs) if ours.shape == theirs.shape else np.inf
    comparison.compared += 1
    comparison.worst = max(comparison.worst, off)
    if not (np.array_equal(ours, theirs) if bits else off <= FOLDED):
        print(f'FAIL: {what}: logits are off by {off:.2e}')
        comparison.failures += 1
    return off


def try_network(comparison, folder, engine, name, side):
    network = make(name)
    weights = os.path.join(folder, 'weights.safetensors')
    work = os.path.join(folder, 'work')
    image = np.random.default_rng(5).standard_normal((1, 3, side, side)).astype(np.float32)
    autograd.save_safetensors(network.state_dict(), weights)
    described = tool.run(engine, name, weights, image, work)['logits']
    os.remove(weights)
    wrapped = Dense(network) if described.ndim == 4 else network
    has_norms = any(isinstance(module, nn.BatchNorm2d) for module in network.modules())
    found = []
    for way, path, norms in export_all(wrapped, torch.from_numpy(image), folder,
                                       ['.onnx', '.pt2']):
        ours = tool.run(engine, path, 'embedded', image, work)['logits']
        # The reference engine computes in float64, where 1/6 and the file's float32 differ.
        bits = (norms or not has_norms) and 'torch' in os.path.basename(engine)
        off = compare(comparison, f'{name}, {way}', ours, described, bits)
        found.append(f'{way}: ' + ('the same bits' if off == 0 else f'{off:.1e}'))
    print(f'{name}: ' + ', '.join(found), flush=True)


def try_module(comparison, folder, name, inner, endings):
    torch.manual_seed(3)
    network = Small(inner()).eval()
    array = np.random.default_rng(7).standard_normal((1, 3, SIDE, SIDE)).astype(np.float32)
    x = torch.from_numpy(array).requires_grad_(True)
    logits = network(x)
    seed = torch.zeros_like(logits)
    seed[0, 3] = 1
    logits.backward(seed)
    for way, path, _ in export_all(network, torch.from_numpy(array), folder, endings):
        for engine in tool.engines():
            ours = tool.run(engine, path, 'embedded', array, os.path.join(folder, 'work'), (),
                            seed.numpy())
            what = f'{name}, {engine}, {way}'
            compare(comparison, what, ours['logits'], logits.detach().numpy(), False)
            comparison.check(f'{what}: gradient', ours['plain'], x.grad.numpy())


def main():
    comparison = tool.Comparison()
    engine = tool.engines()[0]
    with tool.scratch() as folder:
        for name, inner in MODULES.items():
            try_module(comparison, folder, name, inner, ['.onnx', '.pt2'])
        for name, inner in ONLY_PROGRAMS.items() if PROGRAMS() else []:
            try_module(comparison, folder, name, inner, ['.pt2'])
        for name, side, default in NETWORKS:
            if (name in sys.argv[1:] or (not sys.argv[1:] and (default or FULL))):
                try_network(comparison, folder, engine, name, side)
    comparison.finish()


main()

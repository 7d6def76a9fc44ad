#!/usr/bin/env python3
"""Networks that label pixels, exported to ONNX: torchvision's DeepLabV3, FCN and LR-ASPP, and a
transformer built as SegFormer is. The gradient and Grad-CAM of a class within the region that is
predicted, and within a box, are PyTorch's."""
import os
import subprocess
import sys
import warnings

import engine_tool as tool

tool.use_oracle('numpy', 'PIL', 'torch', 'torchvision')

import numpy as np
import torch
import torch.nn.functional as F
from PIL import Image
from torch import nn
from torchvision.models import resnet, segmentation
from torchvision.models._utils import IntermediateLayerGetter

import autograd

SIDE, CLASSES = 64, 5
BOX = (16, 8, 24, 40)
failures = 0


def check(what, good, *shown):
    global failures
    failures += not good
    print('ok  ' if good else 'FAIL', what, *(() if good else shown))


class Dense(nn.Module):
    """The maps alone, as what is exported has one output"""

    def __init__(self, network):
        super().__init__()
        self.network = network

    def forward(self, x):
        return self.network(x)['out']


class Attention(nn.Module):
    """Of tokens to fewer tokens, which a convolution makes"""

    def __init__(self, channels, heads, ratio):
        super().__init__()
        self.heads, self.ratio = heads, ratio
        self.q, self.kv = nn.Linear(channels, channels), nn.Linear(channels, 2 * channels)
        self.sr, self.norm = nn.Conv2d(channels, channels, ratio, ratio), nn.LayerNorm(channels)
        self.proj = nn.Linear(channels, channels)

    def forward(self, x, side):
        b, n, c = x.shape
        q = self.q(x).reshape(b, n, self.heads, c // self.heads).transpose(1, 2)
        few = self.sr(x.transpose(1, 2).reshape(b, c, side, side)).flatten(2).transpose(1, 2)
        k, v = self.kv(self.norm(few)).reshape(
            b, -1, 2, self.heads, c // self.heads).permute(2, 0, 3, 1, 4)
        shares = (q @ k.transpose(-2, -1) * (c // self.heads) ** -0.5).softmax(-1)
        return self.proj((shares @ v).transpose(1, 2).reshape(b, n, c))


class Stage(nn.Module):
    """Overlapping patches, attention, and a feed-forward part with a convolution in it"""

    def __init__(self, channels, out, kernel, stride, ratio):
        super().__init__()
        self.patch = nn.Conv2d(channels, out, kernel, stride, kernel // 2)
        self.norm0, self.norm1, self.norm2 = (nn.LayerNorm(out) for _ in range(3))
        self.attn = Attention(out, 2, ratio)
        self.fc1, self.fc2 = nn.Linear(out, 2 * out), nn.Linear(2 * out, out)
        self.conv = nn.Conv2d(2 * out, 2 * out, 3, 1, 1, groups=2 * out)
        self.norm = nn.LayerNorm(out)

    def forward(self, x):
        x = self.patch(x)
        b, c, side, _ = x.shape
        x = self.norm0(x.flatten(2).transpose(1, 2))
        x = x + self.attn(self.norm1(x), side)
        y = self.fc1(self.norm2(x)).transpose(1, 2).reshape(b, 2 * c, side, side)
        x = x + self.fc2(F.gelu(self.conv(y).flatten(2).transpose(1, 2)))
        return self.norm(x).transpose(1, 2).reshape(b, c, side, side)


class SegFormer(nn.Module):
    """Xie et al. 2021, arXiv 2105.15203, with two stages"""

    def __init__(self):
        super().__init__()
        self.stages = nn.ModuleList([Stage(3, 16, 7, 4, 4), Stage(16, 24, 3, 2, 2)])
        self.linear = nn.ModuleList([nn.Linear(16, 20), nn.Linear(24, 20)])
        self.fuse = nn.Sequential(nn.Conv2d(40, 20, 1, bias=False), nn.BatchNorm2d(20),
                                  nn.ReLU())
        self.head = nn.Conv2d(20, CLASSES, 1)

    def forward(self, x):
        maps = []
        for stage, linear in zip(self.stages, self.linear):
            x = stage(x)
            y = linear(x.flatten(2).transpose(1, 2)).transpose(1, 2)
            maps.append(y.reshape(x.shape[0], -1, *x.shape[2:]))
        maps = [F.interpolate(y, size=maps[0].shape[2:], mode='bilinear', align_corners=False)
                for y in maps]
        return self.head(self.fuse(torch.cat(maps[::-1], 1)))


def fcn():
    """Torchvision's FCN on a short ResNet, whose last stages are not strided"""
    backbone = IntermediateLayerGetter(resnet.ResNet(
        resnet.Bottleneck, [1, 1, 1, 1], replace_stride_with_dilation=[False, True, True]),
        {'layer4': 'out'})
    return Dense(segmentation.FCN(backbone, segmentation.fcn.FCNHead(2048, CLASSES)))


def lightweight(name):
    return Dense(getattr(segmentation, name)(weights=None, weights_backbone=None,
                                             num_classes=CLASSES))


NETWORKS = {'deeplabv3': lambda: lightweight('deeplabv3_mobilenet_v3_large'), 'fcn': fcn,
            'lraspp': lambda: lightweight('lraspp_mobilenet_v3_large'),
            'segformer': SegFormer}
# Where Grad-CAM is made, and the module that is there
LAYERS = {'deeplabv3': ('network.classifier.3', lambda net: net.network.classifier[3]),
          'fcn': ('network.backbone.layer4', lambda net: net.network.backbone.layer4),
          'lraspp': ('network.classifier.cbr', lambda net: net.network.classifier.cbr),
          'segformer': ('fuse', lambda net: net.fuse)}


def export(network, path):
    words = {'dynamo': False} if hasattr(torch.onnx, 'ExportOptions') else {}
    with warnings.catch_warnings():
        warnings.simplefilter('ignore')
        torch.onnx.export(network, (torch.zeros(1, 3, SIDE, SIDE),), path, opset_version=13,
                          **words)


def balance(network, x):
    """With random weights one class may be the best everywhere: let all be as high on average."""
    last = [module for module in network.modules() if isinstance(module, nn.Conv2d)
            and module.out_channels == CLASSES and module.bias is not None][-1]
    last.bias -= network(x).mean((0, 2, 3))


def expect(network, module, x, target, inside):
    """Gradient at the input and Grad-CAM of the sum of a class's logits in the region"""
    kept = []
    hook = module.register_forward_hook(lambda _, __, out: kept.append(out))
    x = x.clone().requires_grad_(True)
    logits = network(x)
    hook.remove()
    kept[0].retain_grad()
    places = inside(*logits.shape[2:]) if inside else logits[0].argmax(0) == target
    logits[0, target][places].sum().backward()
    weights = kept[0].grad.mean((2, 3), keepdim=True)
    return x.grad[0].numpy(), (weights * kept[0]).sum(1)[0].relu().detach().numpy()


def choose_class(network, module, x):
    """One that is the best somewhere, and of which a map has anything to show"""
    with torch.no_grad():
        present = network(x)[0].argmax(0).unique()
    return next(int(target) for target in present if all(
        expect(network, module, x, int(target), inside)[1].any() for inside in REGIONS.values()))


def in_box(height, width):
    """Positions whose centers are in the box"""
    y = (torch.arange(height) + 0.5)[:, None] * SIDE / height
    x = (torch.arange(width) + 0.5)[None] * SIDE / width
    return ((x >= BOX[0]) & (x < BOX[0] + BOX[2]) & (y >= BOX[1]) & (y < BOX[1] + BOX[3]))


REGIONS = {'predicted': None, 'box': in_box}


def try_network(folder, name, x):
    torch.manual_seed(sum(map(ord, name)))
    network = autograd.randomize(NETWORKS[name]()).eval()
    balance(network, x)
    layer, find = LAYERS[name]
    target = choose_class(network, find(network), x)
    export(network, os.path.join(folder, 'net.onnx'))
    with open(os.path.join(folder, 'run.ini'), 'w', encoding='utf-8') as file:
        file.write('[run]\noutput = out\n[model]\narchitecture = net.onnx\nmean = 0.5\n'
                   f'std = 0.25\n[input]\nimages = scene.png:{target}\n')
        for region, text in (('predicted', 'predicted'), ('box', ', '.join(map(str, BOX)))):
            file.write(f'[gradient_{region}]\ntechnique = vanilla_bp\nregion = {text}\n'
                       f'[cam_{region}]\ntechnique = grad_cam\nlayer = {layer}\n'
                       f'region = {text}\n')
    module = os.path.abspath(tool.build_path('core', 'engine', tool.engines()[0] + '.la'))
    done = subprocess.run([tool.build_path('cnnviz'), 'run', '-q', 'run.ini'], cwd=folder,
                          text=True, env={**os.environ, 'CNNVIZ_ENGINE': module},
                          capture_output=True)
    check(f'{name} runs', done.returncode == 0, done.stderr)
    for region, inside in REGIONS.items():
        theirs = expect(network, find(network), x, target, inside)
        for job, array in zip(('gradient', 'cam'), theirs):
            ours = np.load(os.path.join(folder, 'out', f'{job}_{region}', 'scene',
                                        'attribution.npy')).squeeze()
            error = tool.distance(ours, array) if ours.shape == array.shape else np.inf
            check(f'{name}, {region}: {job}: {error:.1e}', error <= 1e-3, ours.shape,
                  array.shape)


with tool.scratch() as scratch:
    torch.set_num_threads(1)
    pixels = np.random.default_rng(3).integers(0, 256, (8, 8, 3), np.uint8)
    image = Image.fromarray(pixels).resize((SIDE, SIDE), Image.BICUBIC)
    image.save(os.path.join(scratch, 'scene.png'))
    picture = torch.from_numpy(np.asarray(image, np.float32).transpose(2, 0, 1)[None])
    for each in sys.argv[1:] or NETWORKS:
        try_network(scratch, each, (picture / 255 - 0.5) / 0.25)
sys.exit(1 if failures else 0)

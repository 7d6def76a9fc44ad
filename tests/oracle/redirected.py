#!/usr/bin/env python3
"""The redirected gradient of items whose ReLUs are all silent is what autograd makes of
Lucid's rule, on every engine: of a layer below zero, of ReLU6 above its ceiling, of both
one after the other, and of an item between others that have a gradient of their own."""
import os
import sys

sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))
import engine_tool as tool

tool.use_oracle('torch')

import numpy as np
import torch
import torch.nn.functional as F
from torch import nn

import autograd

DESCRIPTION = """[network]
input_size = 12 10
[layers]
features.0 = conv2d out=6 kernel=3 padding=1
features.1 = %s
features.2 = conv2d out=5 kernel=3 stride=2
features.3 = %s
pool = adaptive_avg_pool2d output=1
flatten = flatten
"""


class Network(nn.Module):
    def __init__(self, activations, shifts):
        super().__init__()
        self.features = nn.Sequential(nn.Conv2d(3, 6, 3, padding=1), activations[0](),
                                      nn.Conv2d(6, 5, 3, stride=2), activations[1]())
        autograd.randomize(self)
        self.features[0].bias.data += shifts[0]
        self.features[2].bias.data += shifts[1]

    def forward(self, x):
        return F.adaptive_avg_pool2d(self.features(x), 1).flatten(1)


# Activations, what is added to their inputs, and the classes of the three items
CASES = [
    ('relu below', (nn.ReLU, nn.ReLU), (0, -9)),
    ('both below', (nn.ReLU, nn.ReLU), (-9, -9)),
    ('the first one below', (nn.ReLU, nn.ReLU), (-9, 0)),
    ('relu6 below', (nn.ReLU6, nn.ReLU6), (-9, -9)),
    ('relu6 above', (nn.ReLU6, nn.ReLU6), (15, 0)),
    ('relu6 above, relu below', (nn.ReLU6, nn.ReLU), (15, -99)),
]


def signed(logits):
    """Up for some outputs, down for others"""
    seed = torch.randn(logits.shape, generator=torch.Generator().manual_seed(2))
    return seed.to(logits.dtype)


def try_case(comparison, folder, what, activations, shifts):
    torch.manual_seed(7)
    network = Network(activations, shifts)
    path = os.path.join(folder, 'network.ini')
    weights = os.path.join(folder, 'weights.safetensors')
    images = np.random.default_rng(5).standard_normal((3, 3, 12, 10)).astype(np.float32)
    images[1] *= 40  # which makes the item pass everywhere
    with open(path, 'w') as stream:
        stream.write(DESCRIPTION % tuple(a.__name__.lower() for a in activations))
    autograd.save_safetensors(network.state_dict(), weights)
    expected, seed = autograd.expect(network, images, [], signed)
    comparison.compared += 1
    if not np.abs(expected['redirected'] - expected['plain'])[[0, 2]].max((1, 2, 3)).all():
        print(f'FAIL: {what}: nothing is redirected, which proves nothing')
        comparison.failures += 1
    for engine in tool.engines():
        ours = tool.run(engine, path, weights, images, os.path.join(folder, 'work'), [], seed)
        for item in range(3):
            comparison.check(f'{what}, {engine}: item {item}', ours['redirected'][[item]],
                             expected['redirected'][[item]])


def main():
    autograd.install_rules()
    comparison = tool.Comparison()
    with tool.scratch() as folder:
        for case in CASES:
            try_case(comparison, folder, *case)
    comparison.finish()


main()

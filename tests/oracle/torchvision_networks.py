#!/usr/bin/env python3
"""Torchvision's networks with random weights: logits, gradients under the three rules,
and Grad-CAM at three layers (before its ReLU, which may leave nothing) are those that
PyTorch's autograd gives, for the reference engine in double precision."""
import os
import sys
import time

sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))
import engine_tool as tool

tool.use_oracle('torch', 'torchvision')

import numpy as np
import torch
import torchvision

import autograd

# name, input (height, width), layers, whether the slow reference engine is tried too
NETWORKS = [
    ('alexnet', (224, 224), ['features.2', 'features.10', 'features.12'], False),
    ('vgg16', (96, 128), ['features.16', 'features.28', 'features.30'], False),
    ('squeezenet1_0', (96, 128), ['features.0', 'features.7', 'features.12'], True),
    ('resnet18', (128, 96), ['layer1', 'layer3.0.conv2', 'layer4'], True),
    ('mobilenet_v2', (96, 128), ['features.4', 'features.14.conv.0', 'features.18'], True),
    ('mobilenet_v3_small', (96, 128), ['features.4', 'features.9.block.2', 'features.12'],
     False),
    ('efficientnet_b0', (96, 128), ['features.3', 'features.6.2.block.2', 'features.8'],
     False),
    ('regnet_y_400mf', (96, 128), ['trunk_output.block2', 'trunk_output.block4.block4-2.f.se',
                                    'trunk_output.block4'], False),
    ('googlenet', (96, 128), ['inception3a', 'inception4c', 'inception5b'], False),
    ('densenet121', (128, 96), ['features.denseblock2', 'features.transition3.conv',
                                 'features.norm5'], False),
]
SMALL = (48, 72)
# Weights of more bytes are saved in one format alone, for the time that it takes.
LARGE = 200e6
# No gradient may be off by more in relative L2, whatever is in doubt. GoogLeNet pools values
# that are nearly equal: PyTorch in single precision is 0.02 from itself in double.
MOST = {'googlenet': 0.1}


def make(name):
    torch.manual_seed(sum(map(ord, name)))
    extra = {'aux_logits': False, 'init_weights': False} if name == 'googlenet' else {}
    network = getattr(torchvision.models, name)(**extra).eval()
    return autograd.randomize(network)


def choose_seed(logits):
    """The best class of the first picture, the second best of the second"""
    order = logits.argsort(1, descending=True)
    seed = torch.zeros_like(logits)
    for item in range(len(seed)):
        seed[item, order[item, item]] = 1
    return seed


def grad_cam(arrays, layer):
    weights = arrays[layer + '.gradient'].mean((2, 3), keepdims=True)
    return (weights * arrays[layer]).sum(1)


def compare(comparison, what, ours, expected, layers, either=None, most=0):
    """either: called for what gradients are when all that float32 leaves in doubt falls to
    one side, and to the other; most: the largest bound in relative L2"""
    known = []

    def check_gradient(name, take):
        share = 0
        if either is not None and tool.is_off(take(ours), take(expected)):
            known.extend([] if known else either())
            share = min(most, 3 * tool.distance(take(known[0]), take(known[1])))
        comparison.check_gradient(f'{what}: {name}', take(ours), take(expected), share)

    for name, array in expected.items():
        if autograd.is_gradient(name):
            check_gradient(name, lambda arrays, name=name: arrays[name])
        else:
            comparison.check(f'{what}: {name}', ours.get(name), array)
    for name in layers:
        check_gradient(f'Grad-CAM at {name}', lambda arrays, name=name: grad_cam(arrays, name))


def try_network(comparison, folder, name, size, layers, small):
    network = make(name)
    state = network.state_dict()
    images = np.random.default_rng(5).standard_normal((2, 3, *size)).astype(np.float32)
    work = os.path.join(folder, 'work')
    first = None
    if 'torch' in tool.engines():
        expected, seed = autograd.expect(network, images, layers, choose_seed)
    extent = sum(value.numel() * value.element_size() for value in state.values())
    for ending, save in autograd.FORMATS[:1 if extent > LARGE else None]:
        weights = os.path.join(folder, f'{name}.{ending}')
        save(state, weights)
        if 'torch' not in tool.engines():
            pass
        elif first is None:
            first = tool.run('torch', name, weights, images, work, layers, seed)
            compare(comparison, name, first, expected, layers,
                    lambda: autograd.expect_either(network, images, layers, choose_seed),
                    MOST.get(name, 1e-2))
        else:
            again = tool.run('torch', name, weights, images, work)
            comparison.compared += 1
            if not np.array_equal(again['logits'], first['logits']):
                print(f'FAIL: {name}: {ending} gives other logits than {autograd.FORMATS[0][0]}')
                comparison.failures += 1
        if small and ending == autograd.FORMATS[-1][0]:
            tiny = images[:, :, :SMALL[0], :SMALL[1]]
            expected, seed = autograd.expect(network.double(), tiny.astype(np.float64),
                                             layers, choose_seed)
            ours = tool.run('reference', name, weights, tiny, work, layers, seed)
            compare(comparison, f'{name}, reference engine', ours, expected, layers)
        os.remove(weights)


def main():
    autograd.install_rules()
    torch.set_num_threads(1)  # tests run side by side
    comparison = tool.Comparison()
    chosen = sys.argv[1:]
    with tool.scratch() as folder:
        for name, size, layers, small in NETWORKS:
            if chosen and name not in chosen:
                continue
            start = time.monotonic()
            try_network(comparison, folder, name, size, layers, small)
            print(f'{name}: {time.monotonic() - start:.1f} s', flush=True)
    comparison.finish()


main()

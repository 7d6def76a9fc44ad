#!/usr/bin/env python3
"""The ImageNet SqueezeNet beside the checkout: what independent, published
implementations computed for the dog and the cat, ours computes too.

Float32 cannot tell which of two nearly equal values is the larger. Here a window of the
last max pool is in that doubt, and now and then a ReLU: with PyTorch alone, oneDNN's
kernels and double precision choose one way, the kernels behind the arrays the other.
Such a choice moves the gradients of the pixels that the unit sees, a patch, and no
others."""
import os
import sys

sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))
import engine_tool as tool

tool.use_oracle('numpy')

import numpy as np

LAYER = 'features.12'
TARGET = 243
STEPS = 50


def integrated_gradients(engine, weights, image, seed, folder):
    """Midpoint rule from zero, times the input"""
    total = 0
    for start in range(0, STEPS, 10):
        scale = (np.arange(start, start + 10) + 0.5) / STEPS
        steps = scale[:, None, None, None] * image
        arrays = tool.run(engine, 'squeezenet1_0', weights, steps, folder,
                          seed=np.repeat(seed, 10, 0))
        total = total + arrays['plain'].astype(np.float64).sum(0, keepdims=True)
    return total / STEPS * image


def main():
    weights = tool.source_path('..', 'shared', 'models', 'squeezenet1_0-imagenet.pth')
    folder = tool.source_path('..', 'shared', 'reference', 'squeezenet1_0-cat_dog-243')
    if not os.path.exists(weights) or not os.path.isdir(folder):
        tool.skip(f'no {weights} or no {folder}')
    if 'torch' not in tool.engines():
        tool.skip('built without libtorch, and the reference engine would take too long')

    def read(name):
        array = np.load(os.path.join(folder, name + '.npy')).astype(np.float32)
        return array.reshape(1, -1) if name == 'logits' else array.reshape(
            (1, -1) + array.shape[-2:])

    comparison = tool.Comparison()
    image = read('input')
    seed = np.zeros((1, 1000), np.float32)
    seed[0, TARGET] = 1
    with tool.scratch() as work:
        for engine in tool.engines():
            ours = tool.run(engine, 'squeezenet1_0', weights, image, work, [LAYER], seed)
            comparison.check(f'{engine}: logits', ours['logits'], read('logits'))
            for rule, name in (('plain', 'vanilla_bp'), ('guided', 'guided_bp'),
                               ('deconvnet', 'deconvnet')):
                comparison.check_but_patches(f'{engine}: {name}', ours[rule], read(name))
            channel_weights = ours[LAYER + '.gradient'].mean((2, 3), keepdims=True)
            cam = np.maximum((channel_weights * ours[LAYER]).sum(1, keepdims=True), 0)
            comparison.check(f'{engine}: Grad-CAM', cam, read('gradcam_raw_features.12'))
        comparison.check_but_patches('integrated gradients', integrated_gradients(
            'torch', weights, image, seed, work),
            read('integrated_gradients_50_midpoint'))
    comparison.finish()


main()

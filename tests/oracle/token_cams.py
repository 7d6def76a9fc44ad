#!/usr/bin/env python3
"""Grad-CAM of a ViT and of a Swin in files beside the checkout, from the values and gradients
that the engine has of their layers in its own order; and the Swin's windows keep the items of
a batch apart."""
import os
import subprocess
import sys

import engine_tool as tool

tool.use_oracle('numpy', 'PIL')

import numpy as np
from PIL import Image

TARGET = 3
# File: where Grad-CAM is made by default, the class tokens there, and rows and columns
NETWORKS = {'test_vit-ts17.onnx': ('blocks.5.norm1', 1, (10, 10)),
            'swin_small-ts17.onnx': ('norm', 0, (14, 14))}
failures = 0


def check(what, ours, theirs, bound=1e-5):
    global failures
    error = tool.distance(ours, theirs) if ours.shape == theirs.shape else np.inf
    failures += not error <= bound
    print(f'{"ok  " if error <= bound else "FAIL"} {what}: {error:.1e}')


def read_input(path):
    pixels = np.asarray(Image.open(path).convert('RGB'), np.float32)
    return ((pixels / 255 - 0.5) / 0.5).transpose(2, 0, 1)[None]


def program_map(engine, network, picture, folder):
    with open(os.path.join(folder, 'run.ini'), 'w', encoding='utf-8') as file:
        file.write(f'[run]\noutput = out\n[model]\narchitecture = {network}\nmean = 0.5\n'
                   f'std = 0.5\n[input]\nimages = {picture}:{TARGET}\n[grad_cam]\n')
    module = tool.build_path('core', 'engine', engine + '.la')
    subprocess.run([tool.build_path('cnnviz'), 'run', '-q', 'run.ini'], cwd=folder, check=True,
                   env={**os.environ, 'CNNVIZ_ENGINE': os.path.abspath(module)})
    name = os.path.splitext(os.path.basename(picture))[0]
    return np.load(os.path.join(folder, 'out', 'grad_cam', name, 'attribution.npy')).squeeze()


def compare_map(engine, network, file, folder):
    layer, prefix, size = NETWORKS[file]
    picture = network.rsplit('-', 1)[0] + '.png'
    seed = np.zeros((1, 10), np.float32)
    seed[0, TARGET] = 1
    raw = tool.run(engine, network, 'embedded', read_input(picture),
                   os.path.join(folder, 'tool'), [layer], seed)
    shown, gradient = (array.reshape(-1, array.shape[-1])[prefix:].astype(np.float64)
                       for array in (raw[layer], raw[layer + '.gradient']))
    theirs = np.maximum(shown @ gradient.mean(0), 0).reshape(size)
    check(f'{engine}: Grad-CAM of {file}', program_map(engine, network, picture, folder),
          theirs)


def compare_batch(engine, network, folder):
    """Turned pictures, at once and one by one"""
    first = read_input(network.rsplit('-', 1)[0] + '.png')
    batch = np.concatenate([first, first[..., ::-1], first[..., ::-1, :]])
    seed = np.zeros((3, 10), np.float32)
    seed[:, TARGET] = 1
    layers = ['features.1.1.attn', 'norm']
    whole = tool.run(engine, network, 'embedded', batch, os.path.join(folder, 'tool'), layers,
                     seed)
    single = [tool.run(engine, network, 'embedded', batch[n:n + 1],
                       os.path.join(folder, 'tool'), layers, seed[:1]) for n in range(3)]
    for name in ('logits', 'plain', *layers, *(layer + '.gradient' for layer in layers)):
        check(f'{engine}: three items and one: {name}', whole[name],
              np.concatenate([one[name] for one in single]))


with tool.scratch() as scratch:
    shared = os.path.abspath(tool.source_path('..', 'shared', 'networks'))
    if not os.path.exists(os.path.join(shared, next(iter(NETWORKS)))):
        tool.skip(f'{shared} has no networks')
    for name in tool.engines():
        for each in NETWORKS:
            compare_map(name, os.path.join(shared, each), each, scratch)
    compare_batch(tool.engines()[0], os.path.join(shared, 'swin_small-ts17.onnx'), scratch)
sys.exit(1 if failures else 0)

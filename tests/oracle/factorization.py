#!/usr/bin/env python3
"""Deep feature factorization against the same updates from the same start in NumPy, on what
PyTorch computes of the classifier that ships; and what holds of any such factors."""
import json
import os

import cam_network as scenes
import engine_tool as tool

tool.use_oracle('torch', 'numpy', 'PIL')

import numpy as np
import torch
import torch.nn.functional as F
from PIL import Image

from random_numbers import Stream

SEED = 1  # of cam_network.py
# job: layer, concepts, iterations. The second one has values below 0.
JOBS = {'deep_feature_factorization': (scenes.LAYER, 3, 150),
        'signed': (scenes.SIGNED, 5, 20)}
COLORS = np.array([(128, 0, 0), (0, 128, 0), (128, 128, 0), (0, 0, 128), (128, 0, 128)]) / 255
OPACITY = 0.8
network = scenes.network()


def features(x, layer):
    with torch.no_grad():
        for name, module in network.features.named_children():
            x = module(x)
            if 'features.' + name == layer:
                return x


def rest(A, layer):
    """Probabilities"""
    with torch.no_grad():
        behind = False
        for name, module in network.features.named_children():
            A = module(A) if behind else A
            behind = behind or 'features.' + name == layer
        return torch.softmax(network.classifier(network.avgpool(A).flatten(1)), 1)[0]


def ratio(a, b):
    """0 where a channel is 0 everywhere, and then nothing stands for it"""
    return np.divide(a, b, out=np.zeros_like(a), where=b > 0)


def factorize(A, concepts, iterations, stream):
    """W (k,c) and H (k,p) in order, and the error after each iteration"""
    most = 2 * np.sqrt(A.mean() / concepts)
    W = most * stream.uniform(concepts, A.shape[0])
    H = most * stream.uniform(concepts, A.shape[1])
    errors = []
    for _ in range(iterations):
        W = W * ratio(H @ A.T, H @ H.T @ W)
        H = H * ratio(W @ A, W @ W.T @ H)
        errors.append(np.linalg.norm(A - W.T @ H) / np.linalg.norm(A))
    length = np.linalg.norm(W, axis=1, keepdims=True)
    W, H = W / length, H * length
    order = np.argsort(-np.linalg.norm(H, axis=1))
    return W[order], H[order], errors


def check(what, holds):
    maps.compared += 1
    maps.failures += not holds
    print(f'{"ok  " if holds else "FAIL"} {what}')


def draw(picture, heats, concept):
    """The picture (H,W,3) with the color of a concept, or of the strongest one everywhere"""
    large = F.interpolate(torch.tensor(heats)[None], picture.shape[:2], mode='bilinear',
                          align_corners=False)[0].numpy()
    k = large.argmax(0) if concept is None else np.full(picture.shape[:2], concept)
    opacity = OPACITY * large / heats.max((1, 2), keepdims=True)
    share = np.take_along_axis(opacity, k[None], 0)[0, :, :, None]
    return (1 - share) * picture + share * COLORS[k]


def check_picture(what, path, expected):
    found = np.asarray(Image.open(path).convert('RGB'), np.float64)
    off = np.abs(found - 255 * expected).max(2)
    # Where two concepts are equally strong, rounding may decide.
    check(f'{what}: {(off > 1).sum()} pixels differ', (off > 1).mean() < 0.001)


def check_picture_of(name, n, job, out, figures):
    layer, concepts, iterations = JOBS[job]
    what, x = f'{job} of {name}', scenes.read_input(name)
    A = features(torch.tensor(x)[None], layer)[0].clamp(min=0).double().numpy()
    shape, A = A.shape, A.reshape(len(A), -1)
    W, H, errors = (np.load(os.path.join(out, file + '.npy'))
                    for file in ('vectors', 'heats', 'error'))
    flat, errors = H.reshape(concepts, -1), errors.ravel()
    theirs = factorize(A, concepts, iterations, Stream(SEED, job, n))
    for part, mine, other in zip(('vectors', 'heats', 'errors'), (W, flat, errors), theirs):
        maps.check(f'{what}, {part}', mine, np.array(other))
    check(f'{what}: no value is negative', (W >= 0).all() and (flat >= 0).all())
    check(f'{what}: the error falls from {errors[0]:.3f} to {errors[-1]:.3f}',
          (np.diff(errors) < 1e-7).all() and errors[-1] < 0.95 * errors[0])
    check(f'{what}: the error is that of the factors',
          abs(np.linalg.norm(A - W.T @ flat) / np.linalg.norm(A) - errors[-1]) < 1e-5)
    picture = x.transpose(1, 2, 0) * 0.25 + 0.5
    check_picture(what, os.path.join(out, 'concepts.png'), draw(picture, H, None))
    for k in range(concepts):
        check_picture(f'{what}, concept {k + 1}', os.path.join(out, f'concept-{k + 1}.png'),
                      draw(picture, H, k))
        alone = np.outer(W[k], flat[k]).reshape(1, *shape).astype(np.float32)
        p = rest(torch.tensor(alone), layer)
        answer = f'answer-{k + 1}-{scenes.labels()[p.argmax()]}'
        check(f'{what}: {answer} {p.max():.3f}',
              abs(figures.get((job, name, answer), 2) - p.max()) < 1e-4)


maps = scenes.Maps()
with tool.scratch() as folder:
    scenes.run_program(folder, {
        job: f'technique = deep_feature_factorization\nlayer = {layer}\n'
             f'concepts = {concepts}\niterations = {iterations}'
        for job, (layer, concepts, iterations) in JOBS.items()})
    with open(os.path.join(folder, 'out', 'manifest.json'), encoding='utf-8') as file:
        figures = {(item['job'], item['picture'], item['name']): item['value']
                   for item in json.load(file)['artifacts'] if item['kind'] == 'figure'}
    for n, name in enumerate(scenes.CLASSES):
        for job in JOBS:
            check_picture_of(name, n, job, os.path.join(folder, 'out', job, name), figures)
maps.finish()

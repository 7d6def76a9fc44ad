#!/usr/bin/env python3
"""SmoothGrad with given noise is the mean of PyTorch's gradients.

The noise is worked out apart from the host's code."""
import json
import os
import subprocess
import sys

sys.path.insert(0, os.path.join(os.environ.get('top_srcdir', '.'), 'tests', 'oracle'))
import engine_tool as tool

tool.use_oracle('torch', 'PIL')

import numpy as np
import torch
from PIL import Image
from torch import nn

from random_numbers import Stream

HEIGHT, WIDTH, SAMPLES, LEVEL, SEED = 24, 16, 20, 0.15, 11
NETWORK = '''
[network]
name = small
input_size = 24 16
mean = 0.5 0.4 0.3
std = 0.25 0.3 0.2

[layers]
0 = conv2d out=6 kernel=3 padding=1
1 = relu
2 = max_pool2d kernel=2 stride=2
3 = conv2d out=8 kernel=3 padding=1
4 = relu
5 = flatten
6 = linear out=7
'''


def smooth(network, image, target, job, stream, power):
    noise = Stream(SEED, job, stream).normal(SAMPLES * image.size).reshape(
        (SAMPLES,) + image.shape)
    sigma = LEVEL * (image.max() - image.min())
    noisy = torch.tensor(image + sigma * noise, requires_grad=True)
    network(noisy)[:, target].sum().backward()
    return (noisy.grad.numpy() ** power).mean(0)


def run(folder):
    jobs = ''.join(f'[{name}]\ntechnique = smooth_grad\nsamples = {SAMPLES}\n'
                   f'noise_level = {LEVEL}\ncopies_together = {together}\n'
                   f'statistic = {statistic}\n'
                   for name, together, statistic in JOBS)
    with open(os.path.join(folder, 'network.ini'), 'w') as file:
        file.write(NETWORK)
    with open(os.path.join(folder, 'run.ini'), 'w') as file:
        file.write(f'[run]\nseed = {SEED}\noutput = out\n[model]\n'
                   'architecture = network.ini\nweights = weights.pth\n'
                   '[input]\nimages = a.png, b.png:3\n[vanilla_bp]\n' + jobs)
    for engine in tool.engines():
        environment = dict(os.environ, CNNVIZ_ENGINE=tool.build_path(
            'core', 'engine', engine + '.la'))
        done = subprocess.run([tool.build_path('cnnviz'), 'run', '-q', 'run.ini', '-o',
                               engine], cwd=folder, env=environment)
        if done.returncode != 0:
            sys.exit('FAIL the run failed')


JOBS = [('smooth_grad', 8, 'mean'), ('one_by_one', 1, 'mean'), ('squares', 50, 'squared')]


def main():
    torch.manual_seed(2)
    network = nn.Sequential(nn.Conv2d(3, 6, 3, padding=1), nn.ReLU(), nn.MaxPool2d(2),
                            nn.Conv2d(6, 8, 3, padding=1), nn.ReLU(), nn.Flatten(),
                            nn.Linear(8 * 12 * 8, 7))
    comparison = tool.Comparison()
    with tool.scratch() as folder:
        torch.save(network.state_dict(), os.path.join(folder, 'weights.pth'))
        network.double()
        pixels = np.random.default_rng(3).integers(0, 256, (2, HEIGHT, WIDTH, 3))
        for name, picture in zip('ab', pixels):
            Image.fromarray(picture.astype(np.uint8)).save(
                os.path.join(folder, name + '.png'))
        run(folder)
        mean, std = np.array([0.5, 0.4, 0.3]), np.array([0.25, 0.3, 0.2])
        for engine in tool.engines():
            with open(os.path.join(folder, engine, 'manifest.json')) as file:
                targets = [p['target']['index'] for p in json.load(file)['pictures']]
            for stream, name in enumerate('ab'):
                image = ((pixels[stream] / 255 - mean) / std).transpose(2, 0, 1)
                for job, _, statistic in JOBS:
                    ours = np.load(os.path.join(folder, engine, job, name,
                                                'attribution.npy'))
                    comparison.check(f'{engine}: {job} of {name}', ours,
                                     smooth(network, image, targets[stream], job, stream,
                                            2 if statistic == 'squared' else 1))
    comparison.finish()


main()

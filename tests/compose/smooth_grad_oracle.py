#!/usr/bin/env python3
"""SmoothGrad with given noise is the mean of PyTorch's gradients.

The noise is worked out here from Salmon et al.'s Philox4x32-10 and Box and Muller's
method, apart from the host's code."""
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
MASK = (1 << 64) - 1


def philox(counter, key):
    """One block of four words, as in the paper's table 2"""
    counter, key = list(counter), list(key)
    for _ in range(10):
        first, second = 0xD2511F53 * counter[0], 0xCD9E8D57 * counter[2]
        counter = [(second >> 32) ^ counter[1] ^ key[0], second & 0xFFFFFFFF,
                   (first >> 32) ^ counter[3] ^ key[1], first & 0xFFFFFFFF]
        key = [(key[0] + 0x9E3779B9) & 0xFFFFFFFF, (key[1] + 0xBB67AE85) & 0xFFFFFFFF]
    return counter


def mix(value):
    """splitmix64's finalizer"""
    value = (value + 0x9E3779B97F4A7C15) & MASK
    value = ((value ^ value >> 30) * 0xBF58476D1CE4E5B9) & MASK
    value = ((value ^ value >> 27) * 0x94D049BB133111EB) & MASK
    return value ^ value >> 31


def normal(job, stream, count):
    """The first numbers of a picture's stream, under the run's seed and the job's name"""
    name = 0xCBF29CE484222325
    for byte in job.encode():
        name = ((name ^ byte) * 0x100000001B3) & MASK
    key = mix(mix(SEED) ^ name)
    words = []
    for block in range((count + 3) // 4):
        words += philox([block, 0, stream, 0], [key & 0xFFFFFFFF, key >> 32])
    words = np.array(words, np.float64).reshape(-1, 2)
    radius = np.sqrt(-2 * np.log((words[:, 0] + 1) / 2 ** 32))
    angle = 2 * np.pi * words[:, 1] / 2 ** 32
    return np.stack([radius * np.cos(angle), radius * np.sin(angle)], 1).ravel()[:count]


def smooth(network, image, target, job, stream, power):
    noise = normal(job, stream, SAMPLES * image.size).reshape((SAMPLES,) + image.shape)
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

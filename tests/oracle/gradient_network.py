"""A small network whose pictures are explained by the techniques that integrate gradients, or
average them over noise, in one run. For gradients.py and gradient_peers.py."""
import json
import os
import subprocess
import sys

import numpy as np
import torch
from PIL import Image
from torch import nn

import engine_tool as tool
from random_numbers import Stream

HEIGHT, WIDTH, SEED = 24, 16, 11
MEAN, STD = np.array([0.5, 0.4, 0.3]), np.array([0.25, 0.3, 0.2])
NETWORK = '''
[network]
name = small
input_size = 24 16
mean = 0.5 0.4 0.3
std = 0.25 0.3 0.2

[layers]
0 = conv2d out=6 kernel=3 padding=1
1 = batch_norm2d
2 = silu
3 = max_pool2d kernel=2 stride=2
4 = conv2d out=8 kernel=3 padding=1
5 = silu
6 = flatten
7 = linear out=7
'''
PICTURES, REFERENCES = 'ab', 'cde'
# job: technique and parameters
JOBS = {
    'shap': ('gradient_shap', dict(samples=21, noise_level=0.2, points_together=4)),
    'shap_of_many': ('gradient_shap', dict(samples=21, noise_level=0, references='ref/*.png')),
    'expected': ('expected_gradients', dict(samples=21, references='ref/*.png',
                                            points_together=5)),
    'straight': ('guided_integrated_gradients', dict(steps=15, max_distance=0,
                                                     gradient='start')),
    'trapezoid': ('guided_integrated_gradients', dict(steps=15, max_distance=0)),
    'guided': ('guided_integrated_gradients', dict(steps=25, fraction=0.3, max_distance=0.2,
                                                   baseline='white', gradient='start')),
    'free': ('guided_integrated_gradients', dict(steps=20, max_distance=1, gradient='start')),
    'means': ('guided_integrated_gradients', dict(steps=100)),
    'starts': ('guided_integrated_gradients', dict(steps=100, gradient='start')),
    'blurred': ('blur_ig', dict(steps=20, max_sigma=6, points_together=7)),
    'close': ('blur_ig', dict(steps=200, max_sigma=6)),
    'noisy': ('noise_grad', dict(samples=5, noise_level=0.3)),
    'smooth': ('smooth_grad', dict(samples=3, noise_level=0.1)),
    'fusion': ('noise_grad', dict(base='smooth', samples=4)),
    'regions': ('xrai', dict(base='vanilla_bp', scales='20, 100', dilation=1, min_pixels=5)),
    'summed': ('xrai', dict(base='vanilla_bp', second='shap', channels='sum', dilation=0,
                            min_pixels=1)),
    'whole': ('xrai', dict(base='vanilla_bp', scales=1000000, channels='sum', dilation=0)),
}


def make_network():
    torch.manual_seed(2)
    network = nn.Sequential(
        nn.Conv2d(3, 6, 3, padding=1), nn.BatchNorm2d(6), nn.SiLU(), nn.MaxPool2d(2),
        nn.Conv2d(6, 8, 3, padding=1), nn.SiLU(), nn.Flatten(), nn.Linear(8 * 12 * 8, 7))
    norm = network[1]
    norm.running_mean.normal_(0, 0.1)
    norm.running_var.uniform_(0.5, 2)
    nn.init.uniform_(norm.weight, 0.5, 1.5)
    nn.init.normal_(norm.bias, 0, 0.1)
    return network.eval()


def normalized(pixels):
    return ((pixels / 255 - MEAN) / STD).transpose(2, 0, 1)


def run_program(folder, plan, output):
    environment = dict(os.environ, CNNVIZ_ENGINE=tool.build_path(
        'core', 'engine', tool.engines()[0] + '.la'))
    done = subprocess.run([tool.build_path('cnnviz'), 'run', '-q', plan, '-o', output],
                          cwd=folder, env=environment)
    if done.returncode != 0:
        sys.exit('FAIL the run failed')


class Run:
    """What the run found for each picture, and the network and pictures it was given"""

    def __init__(self, folder):
        self.folder, self.network = folder, make_network()
        torch.save(self.network.state_dict(), os.path.join(folder, 'weights.pth'))
        self.network.double()
        draw = np.random.default_rng(3)
        os.mkdir(os.path.join(folder, 'ref'))
        self.inputs = self.save(draw, PICTURES)
        self.references = self.save(draw, REFERENCES, 'ref')
        with open(os.path.join(folder, 'network.ini'), 'w') as file:
            file.write(NETWORK)
        with open(os.path.join(folder, 'run.ini'), 'w') as file:
            file.write(f'[run]\nseed = {SEED}\n[model]\narchitecture = network.ini\n'
                       'weights = weights.pth\n[input]\nimages = a.png, b.png:3\n'
                       '[vanilla_bp]\n')
            for job, (technique, parameters) in JOBS.items():
                file.write(f'[{job}]\ntechnique = {technique}\n')
                file.write(''.join(f'{key} = {value}\n' for key, value in parameters.items()))

    def save(self, draw, names, *folder):
        """Pictures of a few large spots"""
        inputs = []
        for name in names:
            spots = Image.fromarray(draw.integers(0, 256, (5, 4, 3)).astype(np.uint8))
            picture = spots.resize((WIDTH, HEIGHT), Image.BICUBIC)
            picture.save(os.path.join(self.folder, *folder, name + '.png'))
            inputs.append(normalized(np.asarray(picture, np.float64)))
        return np.array(inputs)

    def run(self):
        run_program(self.folder, 'run.ini', 'out')
        with open(os.path.join(self.folder, 'out', 'manifest.json')) as file:
            manifest = json.load(file)
        self.targets = [picture['target']['index'] for picture in manifest['pictures']]
        self.figures = {(each['job'], each['picture'], each['name']): each['value']
                        for each in manifest['artifacts'] if each['kind'] == 'figure'}

    def read(self, job, n, name='attribution'):
        return np.load(os.path.join(self.folder, 'out', job, PICTURES[n], name + '.npy'))

    def gradient(self, n, inputs, network=None):
        """Of the target's logit, (K,3,H,W)"""
        inputs = torch.tensor(inputs, requires_grad=True)
        (network or self.network)(inputs)[:, self.targets[n]].sum().backward()
        return inputs.grad.numpy()

    def score(self, n, picture):
        with torch.no_grad():
            return self.network(torch.tensor(picture[None]))[0, self.targets[n]].item()

    def stream(self, job, number):
        return Stream(SEED, job, number)


def draws(run, job, n):
    """Noisy pictures, baselines and places of the samples of gradient_shap and the like"""
    technique, parameters = JOBS[job]
    stream, x = run.stream(job, n), run.inputs[n]
    pictures, baselines, places = [], [], []
    for k in range(parameters['samples']):
        unit, place = stream.uniform(2)
        count = len(REFERENCES)
        which = k % count if technique == 'expected_gradients' else int(unit * count)
        sigma = parameters.get('noise_level', 0) * (x.max() - x.min())
        pictures.append(x + sigma * stream.normal(x.size).reshape(x.shape) if sigma else x)
        baselines.append(run.references[which] if 'references' in parameters
                         else np.broadcast_to((-MEAN / STD)[:, None, None], x.shape))
        places.append(place)
    return np.array(pictures), np.array(baselines), np.array(places)


def gaussian(count, deviation):
    """(count,count): blur along a side, with a mirror at each edge and a radius of three
    deviations, rounded up"""
    radius = int(np.ceil(3 * deviation))
    at = np.arange(-radius, radius + 1)
    weights = np.exp(-at ** 2 / (2 * deviation ** 2))
    blur = np.zeros((count, count))
    for row in range(count):
        for step, weight in zip(at, weights / weights.sum()):
            place = (row + step) % (2 * count)
            blur[row, place if place < count else 2 * count - 1 - place] += weight
    return blur


def blur(x, deviation):
    if deviation == 0:
        return x
    return gaussian(x.shape[1], deviation) @ x @ gaussian(x.shape[2], deviation).T


def noisy_network(run, job, k, level):
    """The network with noise on its weights"""
    stream = run.stream(job, (1 << 63) + k)
    network = make_network().double()
    with torch.no_grad():
        for parameter in network.parameters():
            factors = 1 + level * stream.normal(parameter.numel())
            parameter.mul_(torch.tensor(factors.reshape(parameter.shape)))
    return network

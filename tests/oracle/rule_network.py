"""A small network with all that rules of layers treat differently, in PyTorch and for cnnviz; the
maps that cnnviz makes of it, in each engine. For the scripts beside it.

Around the max pool are no activations: captum's hooks of neighbors take each other's place."""
import os
import subprocess
import sys

import engine_tool as tool

CLASSES = 5
TARGET = 3
SIZE = 16
NORM = 'mean = 0.4 0.5 0.6\nstd = 0.2 0.25 0.3\n'
DESCRIPTION = '''
[network]
name = small
input_size = 16 16
''' + NORM + '''weights = small.pth

[layers]
conv1 = conv2d out=6 kernel=3 padding=1
relu1 = relu
bn1 = batch_norm2d
pool1 = max_pool2d kernel=2
conv2 = conv2d out=6 kernel=3 padding=1 bias=no
bn2 = batch_norm2d
sum = add from=bn2,pool1
relu2 = relu
pool2 = avg_pool2d kernel=2
conv3 = conv2d out=8 kernel=3 stride=2 padding=1 groups=2
bn3 = batch_norm2d
relu3 = relu
gap = adaptive_avg_pool2d output=1
flat = flatten
fc1 = linear out=10
relu4 = relu
fc2 = linear out=5
'''


def network(add=None):
    """In double precision; add: a module that adds a stack of tensors along the last axis"""
    import torch
    from torch import nn

    class Small(nn.Module):
        def __init__(self):
            super().__init__()
            self.conv1 = nn.Conv2d(3, 6, 3, padding=1)
            self.bn1 = nn.BatchNorm2d(6)
            self.pool1 = nn.MaxPool2d(2)
            self.relu1 = nn.ReLU()
            self.conv2 = nn.Conv2d(6, 6, 3, padding=1, bias=False)
            self.bn2 = nn.BatchNorm2d(6)
            self.sum = add
            self.relu2 = nn.ReLU()
            self.pool2 = nn.AvgPool2d(2)
            self.conv3 = nn.Conv2d(6, 8, 3, 2, 1, groups=2)
            self.bn3 = nn.BatchNorm2d(8)
            self.relu3 = nn.ReLU()
            self.gap = nn.AdaptiveAvgPool2d(1)
            self.flat = nn.Flatten()
            self.fc1 = nn.Linear(8, 10)
            self.relu4 = nn.ReLU()
            self.fc2 = nn.Linear(10, CLASSES)

        def forward(self, x):
            x = self.pool1(self.bn1(self.relu1(self.conv1(x))))
            y = self.bn2(self.conv2(x))
            y = self.sum(torch.stack([y, x], -1)) if self.sum is not None else y + x
            y = self.relu3(self.bn3(self.conv3(self.pool2(self.relu2(y)))))
            return self.fc2(self.relu4(self.fc1(self.flat(self.gap(y)))))

    torch.manual_seed(5)
    small = Small().eval()
    for norm in (small.bn1, small.bn2, small.bn3):
        for values in (norm.weight, norm.bias, norm.running_mean):
            nn.init.normal_(values, 0.3, 0.5)
        nn.init.uniform_(norm.running_var, 0.5, 1.5)
    for layer in (small.conv1, small.conv2, small.conv3, small.fc1, small.fc2):
        nn.init.normal_(layer.weight, 0, 1.5 / layer.weight[0].numel() ** 0.5)
    return small


def inputs():
    """Two normalized pictures, within the bounds of pixels"""
    import numpy as np
    pixels = np.random.RandomState(1).rand(2, 3, SIZE, SIZE).astype(np.float32)
    mean, std = bounds_of_pixels()
    return (pixels - mean) / std


def bounds_of_pixels():
    import numpy as np
    return (np.float32([0.4, 0.5, 0.6]).reshape(1, 3, 1, 1),
            np.float32([0.2, 0.25, 0.3]).reshape(1, 3, 1, 1))


def run(folder, engine, small, jobs, extra=''):
    """Maps of all jobs for both pictures, by job"""
    import numpy as np
    import torch
    torch.save(small.state_dict(), os.path.join(folder, 'small.pth'))
    with open(os.path.join(folder, 'small.ini'), 'w', encoding='utf-8') as file:
        file.write(DESCRIPTION)
    for n, x in enumerate(inputs()):
        np.save(os.path.join(folder, f'{n}.npy'), x)
    with open(os.path.join(folder, 'run.ini'), 'w', encoding='utf-8') as file:
        file.write(f'[run]\noutput = {engine}\nseed = 1\nengine = {engine}\n'
                   f'[model]\narchitecture = small.ini\n[input]\n'
                   f'images = 0.npy:{TARGET}, 1.npy:{TARGET}\n{extra}')
        for job, lines in jobs.items():
            file.write(f'[{job}]\n{lines}\n')
    done = subprocess.run([os.path.abspath(tool.build_path('cnnviz')), 'run', '-q', 'run.ini'], cwd=folder,
                          capture_output=True, text=True)
    if done.returncode:
        sys.exit('FAIL ' + done.stderr)
    return {job: np.stack([np.load(os.path.join(folder, engine, job, str(n),
                                                'attribution.npy')).reshape(-1, SIZE, SIZE)
                           for n in range(2)]) for job in jobs}

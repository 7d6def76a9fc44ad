#!/usr/bin/env python3
"""Unpooling, transposed convolutions and the networks made of them: maps of logits,
gradients under the three rules and those of captured layers are PyTorch's, on both
engines.

Of the two networks that ship, an independent construction in PyTorch is compared:
deconvnet_voc with a sixteenth of its channels, and at its full size with
CNNVIZ_FULL_SIZE=1 (which takes a minute and four gigabytes); segmenter as the class that
it is trained as, its weights written as they ship."""
import importlib.util
import os
import re
import sys
import time

sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))
import engine_tool as tool

tool.use_oracle('torch')

import numpy as np
import torch
import torch.nn.functional as F
from torch import nn

import autograd


class Unpool(nn.Module):
    """Unpooling as it is defined: of values that meet at one place the last one stays.

    PyTorch computes the same, one place after the other, on one thread; but it gives
    each of the values that meet the place's gradient, so the way back is made of a
    gather here."""

    def forward(self, x, where, size):
        flat = where.flatten(2)
        order = torch.arange(flat.shape[2]).expand_as(flat)
        last = torch.full((*flat.shape[:2], size[2] * size[3]), -1).scatter_reduce(
            2, flat, order, 'amax')
        values = x.flatten(2).gather(2, last.clamp(min=0)) * (last >= 0)
        y = values.reshape(*x.shape[:2], *size[2:])
        # PyTorch refuses sizes that some pools come from.
        if tuple(size[2:]) == tuple(2 * n for n in x.shape[2:]):
            assert torch.equal(y, F.max_unpool2d(x, where, 2, output_size=size[2:]))
        return y


class Transposed(nn.Module):
    """One transposed convolution after the other"""

    def __init__(self, settings):
        super().__init__()
        self.layers = nn.ModuleList(
            nn.ConvTranspose2d(6 if i else 3, 6, **each) for i, each in enumerate(settings))

    def forward(self, x):
        for layer in self.layers:
            x = layer(x)
        return x


class Switched(nn.Module):
    """Pools of any kind, each undone after a convolution, and a map for each class"""

    def __init__(self, settings):
        super().__init__()
        self.settings = settings
        self.first = nn.Conv2d(3, 5, 3, padding=1)
        self.relu = nn.ReLU()
        self.middle = nn.ModuleList(nn.Conv2d(5, 5, 1) for _ in settings)
        self.unpool = nn.ModuleList(Unpool() for _ in settings)
        self.after = nn.ModuleList(nn.Conv2d(5, 5, 3, padding=1) for _ in settings)
        self.last = nn.Conv2d(5, 4, 1)

    def forward(self, x):
        x = self.relu(self.first(x))
        for pool, middle, unpool, after in zip(self.settings, self.middle, self.unpool,
                                               self.after):
            size = x.shape
            x, where = F.max_pool2d(x, return_indices=True, **pool)
            x = after(unpool(middle(x), where, size))
        return self.last(x)


def words(settings):
    """{'kernel_size': (2, 3), 'ceil_mode': True} as a description says it"""
    names = {'kernel_size': 'kernel'}
    values = {True: 'yes', False: 'no'}
    return ' '.join('%s=%s' % (names.get(key, key),
                               ','.join(map(str, value)) if isinstance(value, tuple)
                               else values[value] if isinstance(value, bool) else value)
                    for key, value in settings.items())


TRANSPOSED = [
    dict(kernel_size=3),
    dict(kernel_size=2, stride=2),
    dict(kernel_size=(4, 3), stride=(2, 3), padding=(1, 0), output_padding=(1, 2)),
    dict(kernel_size=3, stride=2, padding=1, output_padding=1, groups=3),
    dict(kernel_size=(2, 3), dilation=(3, 2), output_padding=(2, 1), stride=(1, 2)),
    dict(kernel_size=3, padding=2, bias=False, groups=3),
]
POOLS = [
    dict(kernel_size=2),
    dict(kernel_size=3, stride=2),
    dict(kernel_size=3, stride=1, padding=1),
    dict(kernel_size=(3, 2), stride=2, padding=1, ceil_mode=True),
    dict(kernel_size=2, stride=1, dilation=2, padding=1),
]


NO_TIME = (0, 0)


def choose_seed(logits):
    """Of each picture another class, on the places where it is the best or chance says"""
    generator = torch.Generator().manual_seed(3)
    seed = torch.zeros_like(logits)
    for item in range(len(seed)):
        best = logits[item].argmax(0)
        chosen = best.flatten().bincount().argsort(descending=True)[0]
        some = torch.rand(best.shape, generator=generator) < 0.3
        seed[item, chosen] = ((best == chosen) | some).to(seed.dtype)
    return seed


def compare(comparison, what, ours, expected, bound=None):
    """bound: of what gradients may be off in relative L2, in single precision"""
    for name, array in expected.items():
        if bound is not None and autograd.is_gradient(name):
            comparison.check_gradient(f'{what}: {name}', ours.get(name), array, bound)
        else:
            comparison.check(f'{what}: {name}', ours.get(name), array)


def try_network(comparison, what, network, description, folder, size, layers, save,
                small=None, bound=1e-2, pictures=(5, 6)):
    """Both engines on two pictures that are not square; small: for the slow reference;
    pictures: the seeds that they are drawn with"""
    weights = os.path.join(folder, 'weights.' + save[0])
    save[1](network.state_dict(), weights)
    images = np.stack([np.random.default_rng(seed).standard_normal((3, *size))
                       for seed in pictures]).astype(np.float32)
    for engine in tool.engines():
        # The reference engine is held against double precision.
        double = engine == 'reference'
        if double and small == NO_TIME:
            continue
        if double and small:
            images = images[:, :, :small[0], :small[1]]
        expected, seed = autograd.expect(
            network.double() if double else network.float(),
            images.astype(np.float64) if double else images, layers, choose_seed)
        ours = tool.run(engine, description, weights, images,
                        os.path.join(folder, 'work'), layers, seed)
        compare(comparison, f'{what}, {engine}', ours, expected, None if double else bound)
    os.remove(weights)


def describe(folder, size, lines):
    path = os.path.join(folder, 'net.ini')
    with open(path, 'w') as file:
        file.write('[network]\ninput_size = %d %d\n[layers]\n' % size
                   + '\n'.join(lines) + '\n')
    return path


def try_operations(comparison, folder):
    size = (9, 12)
    torch.manual_seed(1)
    lines = ['layers.%d = conv_transpose2d out=6 %s' % (i, words(settings))
             for i, settings in enumerate(TRANSPOSED)]
    try_network(comparison, 'conv_transpose2d',
                autograd.randomize(Transposed(TRANSPOSED)),
                describe(folder, size, lines), folder, size,
                ['layers.%d' % i for i in range(len(TRANSPOSED) - 1)],
                autograd.FORMATS[0])
    torch.manual_seed(2)
    lines = ['first = conv2d out=5 kernel=3 padding=1', 'relu = relu']
    for i, settings in enumerate(POOLS):
        lines += ['pool.%d = max_pool2d %s' % (i, words(settings)),
                  'middle.%d = conv2d out=5 kernel=1' % i,
                  'unpool.%d = max_unpool2d pool=pool.%d' % (i, i),
                  'after.%d = conv2d out=5 kernel=3 padding=1' % i]
    lines.append('last = conv2d out=4 kernel=1')
    try_network(comparison, 'max_unpool2d', autograd.randomize(Switched(POOLS)),
                describe(folder, size, lines), folder, size,
                ['first', 'relu'] + ['%s.%d' % (name, i) for i in range(len(POOLS))
                                     for name in ('middle', 'unpool')],
                autograd.FORMATS[0])


class DeconvNet(nn.Module):
    """Noh, Hong, Han 2015, table 2, with channels divided by `narrow`"""

    DOWN = [[64, 64], [128, 128], [256] * 3, [512] * 3, [512] * 3]
    UP = [[512] * 3, [512, 512, 256], [256, 256, 128], [128, 64], [64, 64]]

    def __init__(self, narrow):
        super().__init__()
        self.order = []
        channels = 3
        for stage, widths in enumerate(self.DOWN, 1):
            for i, width in enumerate(widths, 1):
                channels = self.block(nn.Conv2d, channels, width // narrow, 3, 1,
                                      f'conv{stage}_{i}', f'bn{stage}_{i}')
            self.order.append('pool')
        for name, norm, layer, width, kernel in (
                ('fc6', 'bnfc6', nn.Conv2d, 4096, 7), ('fc7', 'bnfc7', nn.Conv2d, 4096, 1),
                ('fc6_deconv', 'fc6_deconv_bn', nn.ConvTranspose2d, 512, 7)):
            channels = self.block(layer, channels, width // narrow, kernel, 0, name, norm)
        for stage, widths in zip((5, 4, 3, 2, 1), self.UP):
            self.order.append('unpool')
            for i, width in enumerate(widths, 1):
                channels = self.block(nn.ConvTranspose2d, channels, width // narrow, 3, 1,
                                      f'deconv{stage}_{i}', f'debn{stage}_{i}')
        self.seg_score_voc = nn.Conv2d(channels, 21, 1)
        self.unpool = Unpool()

    def block(self, layer, channels, width, kernel, padding, name, norm):
        setattr(self, name, layer(channels, width, kernel, padding=padding))
        setattr(self, norm, nn.BatchNorm2d(width))
        self.order.append((name, norm))
        return width

    def forward(self, x):
        switches = []
        for step in self.order:
            if step == 'pool':
                size = x.shape
                x, where = F.max_pool2d(x, 2, return_indices=True)
                switches.append((where, size))
            elif step == 'unpool':
                x = self.unpool(x, *switches.pop())
            else:
                name, norm = step
                x = F.relu(getattr(self, norm)(getattr(self, name)(x)))
        return self.seg_score_voc(x)


def narrow_description(folder, narrow):
    """The description that ships, with fewer channels"""
    with open(tool.source_path('models', 'deconvnet_voc.ini')) as file:
        text = file.read()
    text = re.sub(r'(\bout=)(\d+)', lambda m: m[1] + (
        m[2] if m[2] == '21' else str(int(m[2]) // narrow)), text)
    path = os.path.join(folder, 'deconvnet_narrow.ini')
    with open(path, 'w') as file:
        file.write(re.sub(r'(?m)^labels.*\n', '', text))
    return path


def try_deconvnet(comparison, folder, narrow):
    torch.manual_seed(6)
    network = autograd.randomize(DeconvNet(narrow))
    description = 'deconvnet_voc' if narrow == 1 else narrow_description(folder, narrow)
    if 'torch' not in tool.engines():
        print('deconvnet_voc: without libtorch it would take too long')
        return
    for save in autograd.FORMATS[:1 if narrow == 1 else 3]:
        try_network(comparison, f'deconvnet_voc / {narrow}, {save[0]}', network, description,
                    folder, (224, 256), ['conv5_3', 'fc7', 'deconv3_2'], save, NO_TIME,
                    # With nine in ten pictures PyTorch in single precision is 0.02 to 0.2 from
                    # itself in double, since a pool takes the other of two values that
                    # are nearly equal. With these it is 1e-6, in either layout.
                    pictures=(6, 23))


def load_training():
    spec = importlib.util.spec_from_file_location(
        'network', tool.source_path('models', 'train', 'network.py'))
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


def try_segmenter(comparison, folder):
    training = load_training()
    torch.manual_seed(7)
    network = autograd.randomize(training.Segmenter(21))

    def save(state, path):
        training.save_safetensors(state, path)
        # What is stored with half precision is what is compared.
        rounded = {name: value if 'running_' in name or not value.is_floating_point()
                   else value.half().to(value.dtype) for name, value in state.items()}
        network.load_state_dict(rounded)

    try_network(comparison, 'segmenter', network, 'segmenter', folder, (128, 112),
                ['encoder.3.3', 'middle.0', 'decoder.2.0'], ('safetensors', save),
                (32, 48))


def main():
    autograd.install_rules()
    torch.set_num_threads(1)
    comparison = tool.Comparison()
    with tool.scratch() as folder:
        for what, attempt in (
                ('operations', lambda: try_operations(comparison, folder)),
                ('segmenter', lambda: try_segmenter(comparison, folder)),
                ('deconvnet_voc', lambda: try_deconvnet(comparison, folder, 16)),
                ('deconvnet_voc at full size', lambda: os.environ.get('CNNVIZ_FULL_SIZE')
                 and try_deconvnet(comparison, folder, 1))):
            if sys.argv[1:] and what not in sys.argv[1:]:
                continue
            start = time.monotonic()
            attempt()
            print(f'{what}: {time.monotonic() - start:.1f} s', flush=True)
    comparison.finish()


main()

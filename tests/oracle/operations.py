#!/usr/bin/env python3
"""Operations that need no settings, weights or second input are torch's functions of the
same name, with every choice of words that they have: outputs and gradients, on every
engine. New ones are found in the program's table and compared without a line here. Others
stand in a list, and are compared as branches of one network."""
import itertools
import os
import subprocess
import sys

sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))
import engine_tool as tool

tool.use_oracle('numpy', 'torch')

import numpy as np
import torch
import torch.nn.functional as F

import autograd

# Not called with the input alone
AXES = ['channels', 'height', 'width']
FUNCTIONS = {'softmax': lambda x, axis: F.softmax(x, 1 + AXES.index(axis)),
             'mean': lambda x, axis: x.mean(1 + AXES.index(axis)),
             'amax': lambda x, axis: x.amax(1 + AXES.index(axis)),
             'norm': lambda x, axis: x.norm(dim=1 + AXES.index(axis)),
             'flatten': lambda x: torch.flatten(x, 1),
             'dropout': lambda x: F.dropout(x, training=False),
             'sum': lambda x: x.sum((2, 3), True)}
# Has weights, and is compared in whole networks
ELSEWHERE = {'batch_norm2d', 'relative_bias', 'prelu', 'layer_norm', 'group_norm'}
SLOPE = torch.tensor([0.3])
MATRIX = torch.tensor([[0.3], [-0.2], [0.7]])
SLOPES = torch.tensor([0.5, -0.2, 0.1])

# Of an input (2,3,6,7): line of a description, what it stands for, its weight
BRANCHES = [
    ('clipped_relu max=1.5', lambda x: F.hardtanh(x, 0, 1.5), None),
    ('leaky_relu negative_slope=0.2', lambda x: F.leaky_relu(x, 0.2), None),
    ('elu alpha=0.6', lambda x: F.elu(x, 0.6), None),
    ('clip min=-2 max=3', lambda x: torch.clip(x, -2, 3), None),
    ('adaptive_max_pool2d output=4,3', lambda x: F.adaptive_max_pool2d(x, (4, 3)), None),
    ('pad padding=1,2,3,0 value=0.5', lambda x: F.pad(x, (3, 0, 1, 2), value=0.5), None),
    ('pad padding=5,2,3,6 mode=reflect', lambda x: F.pad(x, (3, 6, 5, 2), 'reflect'), None),
    ('pad padding=1,2,9,0 mode=replicate', lambda x: F.pad(x, (9, 0, 1, 2), 'replicate'),
     None),
    ('upsample scale=2', lambda x: F.interpolate(x, scale_factor=2), None),
    ('upsample scale=1.7,0.6', lambda x: F.interpolate(x, scale_factor=(1.7, 0.6)), None),
    ('upsample scale=1.7,0.6 mode=bilinear', lambda x: F.interpolate(
        x, scale_factor=(1.7, 0.6), mode='bilinear'), None),
    ('upsample scale=3 mode=bilinear align_corners=yes', lambda x: F.interpolate(
        x, scale_factor=3, mode='bilinear', align_corners=True), None),
    ('upsample scale=1.7,0.6 coordinates=half_pixel rounding=prefer_ceil',
     lambda x: F.interpolate(x, scale_factor=(1.7, 0.6), mode='nearest-exact'), None),
    ('upsample scale=2,1.5 mode=bilinear coordinates=asymmetric', lambda x: blend(
        blend(x, 2, torch.arange(12) / 2), 3, torch.arange(10) / 1.5), None),
    ('upsample scale=2 mode=bilinear coordinates=align_corners', lambda x: F.interpolate(
        x, scale_factor=2, mode='bilinear', align_corners=True), None),
    ('upsample scale=3 coordinates=align_corners rounding=ceil', lambda x: x[
        :, :, (torch.arange(18) * 5 / 17).ceil().long()][
            :, :, :, (torch.arange(21) * 6 / 20).ceil().long()], None),
    ('pad padding=3,0,2,7 mode=circular', lambda x: F.pad(x, (2, 7, 3, 0), 'circular'), None),
    ('max_pool2d kernel=3 stride=2 padding=2', lambda x: F.max_pool2d(
        F.pad(x, (2, 2, 2, 2), value=-1e30), 3, 2), None),
    ('avg_pool2d kernel=3,4 stride=2 padding=2,3 count_include_pad=no', lambda x:
     F.avg_pool2d(F.pad(x, (3, 3, 2, 2)), (3, 4), 2) / F.avg_pool2d(
         F.pad(torch.ones_like(x), (3, 3, 2, 2)), (3, 4), 2), None),
    ('reshape shape=2,9,7', lambda x: x.reshape(-1, 2, 9, 7), None),
    ('slice range=1,0 axis=height step=2', lambda x: x[:, :, 1::2], None),
    ('slice range=2,5 axis=width', lambda x: x[:, :, :, 2:5], None),
    ('concat from=input,short,input axis=height', lambda x: torch.cat(
        [x, x[:, :, 1:3], x], 2), None),
    ('interpolate like=small mode=bilinear', lambda x: F.interpolate(
        x, size=(9, 4), mode='bilinear'), None),
    ('reshape shape=3,2,3,7', lambda x: x.reshape(-1, 3, 2, 3, 7), None),
    ('permute order=3,1,2', lambda x: x.permute(0, 3, 1, 2), None),
    ('affine factor=-0.5 addend=2', lambda x: 2 - x / 2, None),
    ('pow exponent=2', lambda x: x.pow(2), None),
    ('parameter shape=3,1', lambda x: MATRIX.to(x.dtype).expand(2, 3, 1), MATRIX),
    ('matmul from=input,input_turned', lambda x: x @ x.transpose(2, 3), None),
    # More scores than are computed at a time: those of one head, those of several
    ('attention from=tokens,tokens,tokens', lambda x: attend(
        enlarge(x).reshape(-1, 1, 672, 3), 3 ** -0.5), None),
    ('attention from=heads,heads,heads,row scale=0.3', lambda x: attend(
        enlarge(x).reshape(-1, 6, 336, 1), 0.3, enlarge(x).reshape(-1, 6, 1, 336)), None),
    ('layer_norm affine=no eps=0.1', lambda x: F.layer_norm(x, (7,), eps=0.1), None),
    ('layer_norm axes=3 affine=no', lambda x: F.layer_norm(x, (3, 6, 7)), None),
    ('group_norm groups=3 affine=no eps=0.1', lambda x: F.group_norm(x, 3, eps=0.1), None),
    ('prelu', lambda x: F.prelu(x, SLOPE.to(x.dtype)), SLOPE),
    ('prelu shared=no', lambda x: F.prelu(x, SLOPES.to(x.dtype)), SLOPES),
]


def enlarge(x):
    return F.interpolate(x, scale_factor=4)


def attend(x, scale, bias=0):
    """Attention of an array to itself, by its definition"""
    return (scale * x @ x.transpose(-2, -1) + bias).softmax(-1) @ x


def blend(x, axis, places):
    """Rows or columns between two of the input, of which the last one has none behind it"""
    first = places.floor().long().clamp(max=x.shape[axis] - 1)
    second = (first + 1).clamp(max=x.shape[axis] - 1)
    share = (places - first).clamp(max=1).to(x.dtype).reshape((-1, 1) if axis == 2 else -1)
    return (x.index_select(axis, first) * (1 - share)
            + x.index_select(axis, second) * share)


def read_table():
    """{operation: {setting: (default, words to choose from)}} of those with one input"""
    text = subprocess.run([tool.build_path('tests', 'model', 'graph_dump'), 'operations'],
                          check=True, stdout=subprocess.PIPE, text=True).stdout
    table = {}
    for line in text.splitlines():
        kind, name, *fields = line.split('\t')
        if kind == 'operation' and fields[0] == '1':
            table[name] = {}
        elif kind == 'setting' and name in table:
            table[name][fields[0]] = (fields[1], fields[2].split(','))
    return table


def ways(settings):
    """Every combination of words, as {setting: word}"""
    chosen = {name: words if name != 'axis' else AXES for name, (_, words) in settings.items() if words != ['-']}
    return [dict(zip(chosen, words)) for words in itertools.product(*chosen.values())]


def try_operation(comparison, folder, name, words):
    function = FUNCTIONS.get(name) or getattr(torch, name, None) or getattr(F, name)
    array = 4 * np.random.default_rng(3).standard_normal((2, 3, 6, 7))
    x = torch.from_numpy(array).requires_grad_(True)
    expected = function(x, **words)
    row = expected.flatten(1)
    seed = torch.from_numpy(np.random.default_rng(4).standard_normal(tuple(row.shape)))
    row.backward(seed)
    path = os.path.join(folder, 'network.ini')
    line = ' '.join([name] + [f'{setting}={word}' for setting, word in words.items()])
    with open(path, 'w') as stream:
        stream.write(f'[network]\ninput_size = 6 7\n[layers]\na = {line}\nb = flatten\n')
    for engine in tool.engines():
        ours = tool.run(engine, path, 'random', array, os.path.join(folder, 'work'), ['a'],
                        seed.numpy())
        comparison.check(f'{line}, {engine}: output', ours.get('a'),
                         expected.detach().numpy())
        comparison.check(f'{line}, {engine}: gradient', ours.get('plain'), x.grad.numpy())


def try_branches(comparison, folder):
    array = 4 * np.random.default_rng(5).standard_normal((2, 3, 6, 7))
    x = torch.from_numpy(array).requires_grad_(True)
    outputs = [function(x) for _, function, _ in BRANCHES]
    row = torch.cat([output.flatten(1) for output in outputs], 1)
    seed = torch.from_numpy(np.random.default_rng(6).standard_normal(tuple(row.shape)))
    row.backward(seed)
    path = os.path.join(folder, 'branches.ini')
    weights = os.path.join(folder, 'branches.safetensors')
    numbers = range(len(BRANCHES))
    with open(path, 'w') as stream:
        stream.write('[network]\ninput_size = 6 7\n[layers]\n'
                     'small = adaptive_avg_pool2d output=9,4\n'
                     'short = slice range=1,3 axis=height from=input\n'
                     'input_turned = permute order=1,3,2 from=input\n'
                     'large = upsample scale=4 from=input\n'
                     'tokens = reshape shape=1,672,3\n'
                     'heads = reshape shape=6,336,1 from=large\n'
                     'row = reshape shape=6,1,336\n')
        for i, (line, _, _) in enumerate(BRANCHES):
            line += '' if 'from=' in line else ' from=input'
            stream.write(f'b{i} = {line}\nrow{i} = flatten\n')
        stream.write('end = concat from=' + ','.join(f'row{i}' for i in numbers) + '\n')
    autograd.save_safetensors({f'b{i}.weight': weight for i, (_, _, weight)
                               in enumerate(BRANCHES) if weight is not None}, weights)
    for engine in tool.engines():
        ours = tool.run(engine, path, weights, array, os.path.join(folder, 'work'),
                        [f'b{i}' for i in numbers], seed.numpy())
        for i, output in enumerate(outputs):
            comparison.check(f'{BRANCHES[i][0]}, {engine}: output', ours.get(f'b{i}'),
                             output.detach().numpy())
        comparison.check(f'branches, {engine}: gradient', ours.get('plain'),
                         x.grad.numpy())


def try_not_finite(comparison, folder):
    """What is not a number, or comes of an overflow, shows behind rectifiers and pools."""
    generator = torch.Generator().manual_seed(8)
    shapes = {'a': (8, 3, 3, 3), 'c': (6, 8, 1, 1), 'e': (5, 6, 1, 1), 'h': (4, 20)}
    plain = {name: torch.randn(shape, generator=generator) for name, shape in shapes.items()}
    huge = dict(plain, a=plain['a'] * 1e20,
                c=plain['c'].abs() * torch.tensor([1, -1, 1, 1, -1, 1]).view(-1, 1, 1, 1) * 1e20)
    array = np.random.default_rng(9).standard_normal((2, 3, 6, 7)).astype(np.float32)
    marred = array.copy()
    marred[0, 1, 2, 3], marred[1, 0, 5, 6] = np.nan, np.inf
    path = os.path.join(folder, 'network.ini')
    with open(path, 'w') as stream:
        stream.write('[network]\ninput_size = 6 7\n[layers]\n'
                     'a = conv2d out=8 kernel=3 padding=1 bias=no\nb = relu\n'
                     'c = conv2d out=6 kernel=1 bias=no\nd = relu\n'
                     'e = conv2d out=5 kernel=1 bias=no\nf = relu6\n'
                     'p = max_pool2d kernel=2 stride=4\ng = flatten\n'
                     'h = linear out=4 bias=no\n')
    for what, weights, x, engines in (
            ('not a number', plain, marred, tool.engines()),
            # The reference computes in double precision, where nothing overflows.
            ('overflow', huge, array, [name for name in tool.engines() if name == 'torch'])):
        maps = F.conv2d(torch.from_numpy(x), weights['a'], padding=1)
        maps = F.relu(F.conv2d(F.relu(maps), weights['c']))
        maps = F.hardtanh(F.conv2d(maps, weights['e']), 0, 6)
        pooled = F.max_pool2d(maps, 2, 4)
        logits = F.linear(pooled.flatten(1), weights['h'])
        file = os.path.join(folder, 'weights.safetensors')
        autograd.save_safetensors({f'{name}.weight': weight
                                   for name, weight in weights.items()}, file)
        for engine in engines:
            ours = tool.run(engine, path, file, x, os.path.join(folder, 'work'),
                            ['f', 'p', 'h'])
            for layer, theirs in (('f', maps), ('p', pooled), ('h', logits)):
                comparison.check_pattern(f'{what}, {engine}, {layer}', ours.get(layer),
                                         theirs.numpy())


def main():
    comparison = tool.Comparison()
    with tool.scratch() as folder:
        for name, settings in read_table().items():
            if name in ELSEWHERE or any(default == '-' for default, _ in settings.values()):
                continue
            for words in ways(settings):
                try_operation(comparison, folder, name, words)
        try_branches(comparison, folder)
        try_not_finite(comparison, folder)
    comparison.finish()


main()

#!/usr/bin/env python3
"""Writes small .pt2 files into a folder: seeds for what mutates them."""
import os
import sys

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__))))
from pt2_writer import Array, INT64, network

MAP = (1, 4, 8, 8)


def windows(program, x):
    w = program.array('up.weight', (4, 4, 2, 2))
    x = program.call('max_pool2d.default', (1, 4, 4, 4), 'pool', self=x, kernel_size=[2, 2],
                     stride=[2, 2])
    x = program.call('conv_transpose2d.input', MAP, 'up', input=x, weight=w, stride=[2, 2])
    x = program.call('pad.default', (1, 4, 10, 9), '', self=x, pad=[1, 0, 1, 1])
    x = program.call('avg_pool2d.default', (1, 4, 8, 7), '', self=x, kernel_size=[3, 3],
                     stride=[1, 1])
    x = program.call('adaptive_avg_pool2d.default', (1, 4, 5, 3), '', self=x,
                     output_size=[5, 3])
    return program.call('upsample_nearest2d.vec', (1, 4, 10, 6), '', input=x,
                        output_size=None, scale_factors=[2.0, 2.0])


def parts(program, x):
    index = program.array('index', (2,), [1, 0], INT64, 'tensor_constant')
    table = program.array('table', (2, 4, 1, 1))
    picked = program.call('index.Tensor', (2, 4, 1, 1), '', self=table,
                          indices={'as_optional_tensors': [{'as_tensor': {'name': index}}]})
    scale = program.call('slice.Tensor', (1, 4, 1, 1), '', self=picked, dim=0, start=0, end=1)
    x = program.call('mul_.Tensor', MAP, '', self=x, other=scale)
    top = program.call('slice.Tensor', (1, 4, 3, 8), '', self=x, dim=2, start=0, end=3)
    rest = program.call('slice.Tensor', (1, 4, 5, 8), '', self=x, dim=-2, start=3)
    x = program.call('cat.default', MAP, '', tensors=[rest, top], dim=2)
    x = program.call('roll.default', MAP, '', self=x, shifts=[1, -2], dims=[2, 3])
    x = program.call('view.default', (1, 2, 2, 8, 8), '', self=x, size=[1, 2, 2, 8, -1])
    x = program.call('transpose.int', (1, 2, 2, 8, 8), '', self=x, dim0=1, dim1=2)
    return program.call('reshape.default', MAP, '', self=x, shape=[1, 4, 8, 8])


def sizes(program, x):
    program.values['x']['sizes'][0] = {'as_expr': {'expr_str': 's0', 'hint': None}}
    program.values['sym_size'] = {}
    program.nodes.append({
        'target': 'torch.ops.aten.sym_size.int', 'name': 'sym_size',
        'inputs': [{'name': 'self', 'arg': {'as_tensor': {'name': x}}, 'kind': 1},
                   {'name': 'dim', 'arg': {'as_int': 0}, 'kind': 1}],
        'outputs': [{'as_sym_int': {'as_name': 'sym_size'}}], 'metadata': {}})
    extents = {'as_sym_ints': [{'as_name': 'sym_size'}, {'as_int': 4}, {'as_int': 64}]}
    x = program.call('view.default', ('s0', 4, 64), '', self=x, size=extents)
    return program.call('unflatten.int', ('s0', 4, 8, 8), '', self=x, dim=2, sizes=[8, 8])


def curves(program, x):
    y = program.call('silu.default', MAP, 'silu', self=x)
    z = program.call('hardtanh.default', MAP, '', self=x, min_val=0.0, max_val=6.0)
    y = program.call('sub.Tensor', MAP, '', self=y, other=z, alpha=2)
    y = program.call('leaky_relu.default', MAP, '', self=y, negative_slope=0.1)
    y = program.call('rsub.Scalar', MAP, '', self=y, other=1)
    return program.call('dropout.default', MAP, 'drop', input=y, p=0.5, train=False)


SAMPLES = {'plain': lambda program, x: x, 'windows': windows, 'parts': parts, 'sizes': sizes,
           'curves': curves}


def write_all(folder):
    for name, before in SAMPLES.items():
        program = network(before)
        program.extra = {'cnnviz.mean': '0.5 0.4 0.3', 'cnnviz.std': '0.25',
                         'cnnviz.labels': 'a\nb\nc\nd\ne\n', 'note': 'not ours'}
        program.write(os.path.join(folder, name + '.pt2'))


if __name__ == '__main__':
    write_all(sys.argv[1])

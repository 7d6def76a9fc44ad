#!/usr/bin/env python3
"""Programs of torch.export that are damaged, or that cnnviz does not run, are refused with one
sentence that says why, and with exit code 2; whole ones are taken."""
import os
import subprocess
import sys
import tempfile
import zipfile

sys.path[:0] = [os.path.join(os.environ['top_srcdir'], 'tests', 'model'),
                os.path.join(os.environ['top_srcdir'], 'tests', 'run')]
import pt2_samples as samples
from pt2_writer import COMPLEX, Array, network
from scratch import write_png

CNNVIZ = os.path.abspath(os.path.join(os.environ['top_builddir'], 'cnnviz'))
MAP = samples.MAP
failures = 0


def changed(change, before=lambda program, x: x):
    """The plain network, with something about the program changed"""
    program = network(before)
    change(program)
    return program


def behind(operator, **arguments):
    """A call behind the rectifier"""
    return network(lambda program, x: program.call(operator, MAP, 'part', self=x, **arguments))


def set_meta(name, key, value):
    def change(program):
        program.weights[name]['tensor_meta'][key] = value
    return changed(change)


def in_place(program, x):
    """A part that changes in place, and then the whole again"""
    part = program.call('slice.Tensor', (1, 2, 8, 8), '', self=x, dim=1, start=0, end=2)
    program.call('add_.Tensor', (1, 2, 8, 8), '', self=part, other=1)
    return program.call('relu.default', MAP, '', self=x)


def several_outputs():
    program = network()
    return program.end(Array('relu'))


def second_picture(program):
    program.values['y'] = program.values['x']
    program.inputs.append({'user_input': {'arg': {'as_tensor': {'name': 'y'}}}})


def by_batch(program, x):
    extents = {'as_sym_ints': [{'as_name': 'nowhere'}, {'as_int': 4}]}
    return program.call('view.default', (1, 4), '', self=x, size=extents)


CONFIG = 'data/weights/model_weights_config.json'
# What is written how, what is said
CASES = [
    ('plain', network(), {}, None),
    ('folders', network(), {'root': 'a/b', 'model': 'main'}, 'is no program'),
    ('named model', network(), {'root': 'a', 'model': 'main'}, None),
    ('no program', network(), {'omit': ['models/model.json']}, 'PyTorch 2.8 or newer'),
    ('no weights', network(), {'omit': [CONFIG]}, 'it has no record ' + CONFIG),
    ('compressed', network(), {'method': zipfile.ZIP_DEFLATED}, 'or a compressed one'),
    ('schema 7', changed(lambda p: p.version.update(major=7)), {}, 'schema version 7'),
    ('no record', network(), {'omit': ['data/weights/weight_0']},
     'its array "conv.weight": has no record in the file'),
    ('stride', set_meta('conv.weight', 'strides', [{'as_int': 99}] * 4), {},
     'its array "conv.weight": has elements outside of its record of 432 bytes'),
    ('negative stride', set_meta('conv.weight', 'strides', [{'as_int': -1}] * 4), {},
     'no sizes, strides or offset that can be read'),
    ('offset', set_meta('fc.bias', 'storage_offset', {'as_int': 1}), {},
     'its array "fc.bias": has elements outside'),
    ('huge', set_meta('fc.bias', 'sizes', [{'as_int': 1 << 62}]), {}, 'its array "fc.bias": has'),
    ('complex', set_meta('conv.weight', 'dtype', COMPLEX), {},
     'a tensor that has a type that cnnviz does not read'),
    ('pickle', changed(lambda p: p.weights['conv.weight'].update(use_pickle=True)), {},
     'is kept as a pickle, which cnnviz does not read'),
    ('missing array', changed(lambda p: p.weights.pop('bn.bias')), {},
     'its array "bn.bias": is not in the file'),
    ('training', behind('dropout.default', p=0.5, train=True), {}, 'eval() mode'),
    ('buffers', changed(lambda p: p.outputs.append({'buffer_mutation': {}})), {}, 'eval() mode'),
    ('unknown', network(lambda p, x: p.call('fft_fft2.default', MAP, '', self=p.call(
        'erfinv.default', MAP, '', self=x))), {},
     '1 aten.erfinv.default (at erfinv), 1 aten.fft_fft2.default (at fft_fft2)'),
    ('custom', changed(lambda p: p.nodes[2].update(target='torch.ops.mine.gate.default')), {},
     '1 mine.gate.default (at relu)'),
    ('in place', network(in_place), {}, 'run_decompositions()'),
    ('outputs', several_outputs(), {}, 'it has 2 outputs (linear, relu)'),
    ('inputs', changed(second_picture), {}, 'it has several inputs'),
    ('axis', behind('softmax.int', dim=7), {}, 'an axis that its array does not have'),
    ('kind', behind('leaky_relu.default', negative_slope='much'), {},
     'an argument "negative_slope" of the kind as_string'),
    ('pads', behind('pad.default', pad=[1, 2, 3]), {}, 'padding for other axes'),
    ('open size', behind('upsample_nearest2d.vec',
                         scale_factors={'as_sym_ints': [{'as_name': 's0'}]}), {}, None),
    ('extent', network(by_batch), {}, 'nowhere'),
    ('no call', changed(lambda p: p.nodes[2].pop('target')), {}, 'a call without a target'),
    ('batch', network(lambda p, x: x), {}, None),
]


def check(name, program, how, says):
    global failures
    program.write('net.pt2', **how)
    done = subprocess.run([CNNVIZ, 'check', 'net.ini'], capture_output=True, text=True,
                          check=False, env=dict(os.environ, LC_ALL='C'), timeout=60)
    lines = [line for line in done.stderr.splitlines() if 'normalized' not in line]
    good = done.returncode == 0 if says is None else (
        done.returncode == 2 and len(lines) == 1 and says in lines[0] and 'net.pt2' in lines[0])
    if not good:
        failures += 1
        print(f'FAIL: {name}: exit code {done.returncode}: {done.stderr[:600]}')


def main():
    with tempfile.TemporaryDirectory(prefix='pt2-', dir=os.path.join(
            os.environ['top_builddir'], 'tests')) as folder:
        os.chdir(folder)
        write_png('dot.png', 1, 1, lambda x, y: (9, 9, 9))
        with open('net.ini', 'w', encoding='utf-8') as stream:
            stream.write('[model]\narchitecture = net.pt2\nmean = 0.5\nstd = 0.5\n'
                         '[input]\nimages = dot.png\n[vanilla_bp]\n')
        for case in CASES:
            check(*case)
        os.chdir('/')
    print(f'{len(CASES)} files, {failures} failures')
    sys.exit(1 if failures else 0)


main()

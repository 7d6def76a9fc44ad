#!/usr/bin/env python3
"""Files that are no network of ours are refused with one sentence that says why, and with
exit code 2: damage, limits, weights elsewhere, and what cnnviz does not do."""
import os
import struct
import subprocess
import sys
import tempfile

sys.path[:0] = [os.path.join(os.environ['top_srcdir'], 'tests', 'model'),
                os.path.join(os.environ['top_srcdir'], 'tests', 'run')]
import onnx_samples as samples
from onnx_writer import (FLOAT, INT64, external, field, model, node, port, tensor, write)
from scratch import write_png

CNNVIZ = os.path.abspath(os.path.join(os.environ['top_builddir'], 'cnnviz'))
failures = 0

INPUT, OUTPUT = samples.INPUT, samples.OUTPUT


def network(nodes, tensors=(), **more):
    """The plain network, with other nodes before its head"""
    return model(samples.features() + list(nodes) + samples.head(),
                 samples.layers() + samples.bounds() + list(tensors),
                 more.pop('inputs', INPUT), more.pop('outputs', OUTPUT), **more)


def alone(*operators, domain=''):
    """A chain of operators"""
    nodes, last = [], 'input'
    for number, operator in enumerate(operators):
        nodes.append(node(operator, [last], [f'v{number}'], f'/n{number}/{operator}',
                          domain=domain))
        last = f'v{number}'
    return model(nodes, [], INPUT, [port(last, [1, 5])])


def resized(operator='Resize', factors=(1, 1, 2, 2), **attributes):
    """An operator that enlarges"""
    opset = attributes.pop('opset', 18)
    inputs = ['d', '', 'factors'] if opset > 10 else ['d', 'factors']
    return network([node(operator, inputs, ['p2'], '/up', **attributes),
                    node('GlobalAveragePool', ['p2'], ['p'])],
                   [tensor('factors', [4], factors)], opset=opset)


def beside_pad(operator, second, **attributes):
    """An operator with a second input of integers or numbers"""
    return network([node(operator, ['d', 'second'], ['p2'], '/it', **attributes),
                    node('GlobalAveragePool', ['p2'], ['p'])], [second])


def nested_bomb(depth=20000):
    """Graphs within attributes within nodes within graphs"""
    body = b''
    for _ in range(depth):
        body = field(1, field(5, field(1, 'g') + field(6, body)))
        if len(body) > 100000:
            break
    return field(1, 8) + field(7, body) + field(8, field(2, 17))


def terabytes(operator, *inputs, **attributes):
    """A few bytes that ask for 2^40 numbers"""
    nodes = [node('Constant', [], [f'c{number}'], value=tensor('', [len(values)], values, kind))
             for number, (kind, values) in enumerate(inputs)]
    return network(nodes + [
        node(operator, [f'c{number}' for number in range(len(inputs))], ['z'], '/Huge',
             **attributes),
        node('Add', ['d', 'z'], ['p'], '/Add')])


def doubled(times=40):
    """A number that is joined with itself again and again"""
    nodes = [node('Constant', [], ['c0'], value_ints=[1])]
    nodes += [node('Concat', [f'c{i}', f'c{i}'], [f'c{i + 1}'], f'/Double{i}', axis=0)
              for i in range(times)]
    return network(nodes + [node('Add', ['d', f'c{times}'], ['p'])])


def many_constants():
    """Each as large as one may be"""
    nodes = [node('Constant', [], ['s'], value_ints=[1 << 20])]
    nodes += [node('ConstantOfShape', ['s'], [f'c{i}'], f'/Large{i}') for i in range(9)]
    nodes += [node('Sum', [f'c{i}' for i in range(9)], ['z'], '/Sum'),
              node('Add', ['d', 'z'], ['p'])]
    return network(nodes)


def multiplied(extent=1 << 20):
    """Two vectors whose product has 2^40 numbers"""
    nodes = [node('Constant', [], ['s'], value_ints=[extent, 1]),
             node('ConstantOfShape', ['s'], ['long'], '/Long'),
             node('Transpose', ['long'], ['wide'], '/Transpose'),
             node('Mul', ['long', 'wide'], ['z'], '/Huge'), node('Add', ['d', 'z'], ['p'])]
    return network(nodes)


def quantised(**more):
    """The first layer's weight as integers with a scale"""
    scale = more.pop('scale', tensor('scale', [6], [1] * 6))
    kind = more.pop('kind', 3)
    raw = more.pop('raw', bytes(162))
    weight = b''.join(field(1, extent) for extent in (6, 3, 3, 3)) + field(2, kind) + field(
        8, 'w8') + field(9, raw)
    return model([node('DequantizeLinear', ['w8', 'scale'], ['w'], '/dq', **more)]
                 + samples.features()[1:1] + [
                     node('Conv', ['input', 'w'], ['d'], '/conv', strides=[2, 2],
                          pads=[0, 1, 1, 0]), node('GlobalAveragePool', ['d'], ['p'])]
                 + samples.head(), samples.layers()[3:] + [weight, scale], INPUT, OUTPUT)


def million():
    """More weights than a folded constant may have numbers, but the file has them all"""
    weight = (field(1, 216) + field(1, 5000) + field(2, 3) + field(8, 'w8')
              + field(9, bytes(216 * 5000)))
    return model(samples.features() + [
        node('Flatten', ['d'], ['f']),
        node('DequantizeLinear', ['w8', 'scale'], ['w'], '/dq'),
        node('MatMul', ['f', 'w'], ['logits'], '/fc/MatMul')],
        samples.layers()[:3] + samples.bounds() + [weight, tensor('scale', [], [0.5])],
        INPUT, [port('logits', [1, 5000])])


def beside_in_constant(location):
    """A weight in a file beside, of a node and not of the graph"""
    value = external('', [6], location, 0, 24)
    return network([node('Constant', [], ['b'], '/Constant', value=value),
                    node('Add', ['d', 'b'], ['p'])])


def many_nodes():
    return (field(1, 8) + field(7, field(1, node('Relu', ['x'], ['x'])) * 100001)
            + field(8, field(2, 17)))


plain = samples.plain()

# What is given, what is said
CASES = [
    ('cut off', plain[:-200], 'at byte'),
    ('cut off within a number', plain[:11], 'at byte'),
    ('a number without an end', b'\x08\x08\x12' + b'\xff' * 20, 'at byte 3 is a number of more'),
    ('a group', b'\x08\x08\x12\x01a\x3b\x00', 'at byte 5 is a field of a type'),
    ('no graph', field(1, 8) + field(2, 'nobody') + field(8, field(2, 17)), 'has no graph'),
    ('nested graphs', nested_bomb(), 'net.onnx: '),
    ('graphs within a node that is used', network([
        node('Relu', ['d'], ['q']) + field(5, field(1, 'body') + field(6, nested_bomb())),
        node('GlobalAveragePool', ['q'], ['p'])]), None),
    ('terabytes of zeros', terabytes('ConstantOfShape', (INT64, [1 << 20, 1 << 20])),
     '/Huge (ConstantOfShape): makes 1099511627776 numbers of a few'),
    ('terabytes of one', terabytes('Expand', (INT64, [7]), (INT64, [1 << 20, 1 << 20])),
     '/Huge (Expand): makes 1099511627776 numbers of a few'),
    ('terabytes of tiles', terabytes('Tile', (INT64, [7]), (INT64, [1 << 40])),
     '/Huge (Tile): makes 1099511627776 numbers of a few'),
    ('more tiles than there are numbers', terabytes('Tile', (INT64, [7, 7]),
                                                    (INT64, [(1 << 63) - 1])),
     '/Huge (Tile): repeats an axis'),
    ('a list without an end', terabytes('Range', (INT64, [0]), (INT64, [1 << 40]),
                                        (INT64, [1])), '/Huge (Range): makes too many'),
    ('a list of steps of nothing', terabytes('Range', (FLOAT, [0]), (FLOAT, [1]),
                                             (FLOAT, [0])), '/Huge (Range): makes too many'),
    ('the same number again and again', terabytes('Gather', (INT64, [7]), (INT64, [0] * 4000)),
     '/Add (Add): combines extents of 6 and 4000'),
    ('a number doubled 40 times', doubled(), '/Double20 (Concat): makes 2097152 numbers'),
    ('a product of two vectors', multiplied(), '/Huge (Mul): makes 1099511627776 numbers'),
    ('64 MiB in all', many_constants(), 'makes 1048576 numbers of a few'),
    ('too many nodes', many_nodes(), 'more than 100000 nodes'),
    ('too many tensors', field(1, 8) + field(7, field(5, field(8, 'a')) * 131073)
     + field(8, field(2, 17)), 'more than 131072 tensors'),
    ('too many inputs', field(1, 8) + field(7, field(11, field(1, 'a')) * 131073)
     + field(8, field(2, 17)), 'inputs and outputs are more than 131072'),
    ('too many integers', network([node('Relu', ['d'], ['p'], x=[0] * 4097)]),
     'a list longer than any network needs'),
    ('too many numbers', network([node('Relu', ['d'], ['p'], x=[0.5] * 4097)]),
     'a list longer than any network needs'),
    ('too many names of inputs', network([node('Sum', ['d'] * 4097, ['p'])]),
     'more names than a node has'),
    ('too many attributes', network([node('Relu', ['d'], ['p'],
                                          **{f'x{i}': 1 for i in range(4097)})]),
     'more attributes than a node has'),
    ('9 dimensions', network([], [field(1, 1) * 9 + field(2, 1) + field(8, 'x')]),
     'a shape of more than 8 dimensions'),
    ('9 dimensions of a picture', network(samples.pool(), inputs=[port('input', [1] * 9)]),
     'a shape of more than 8 dimensions'),
    ('a long name', network([node('Relu', ['d'], ['p'], 'n' * 1025)]),
     'a text longer than any network needs'),
    ('a name that is no text', network([node('Relu', ['d'], ['p']).replace(
        field(4, 'Relu'), field(4, 'Relu') + field(3, b'\xff\xfe'))]), 'not UTF-8'),
    ('too few values', plain.replace(field(1, 6) + field(2, 1) + field(8, 'features.conv1.bias'),
                                     field(1, 7) + field(2, 1)
                                     + field(8, 'features.conv1.bias'), 1),
     '"features.conv1.bias" has more or fewer bytes'),
    ('a shape of huge extents', network([], [field(1, 1 << 40) + field(1, 1 << 40)
                                             + field(2, 1) + field(8, 'x') + field(9, b'')]),
     'tensor "x": has more elements'),
    ('a control character in a name', network([node('Relu', ['d'], ['p'], 'a\nb')]),
     'control characters'),
    ('sparse weights', field(1, 8) + field(7, field(15, b'')) + field(8, field(2, 17)),
     'it has sparse tensors'),
    ('a sparse constant', network([
        node('Constant', [], ['z'], '/z') + field(
            5, field(1, 'sparse_value') + field(22, b'') + field(20, 11)),
        node('Add', ['d', 'z'], ['p'])]),
     'Constant with sparse_value'),
    ('a constant of text', network([node('Constant', [], ['z'], '/z', value_string='x'),
                                    node('Add', ['d', 'z'], ['p'])]),
     'Constant with value_string'),
    ('an array made twice', network([node('Relu', ['d'], ['p']), node('Relu', ['d'], ['p'])]),
     'two arrays named "p"'),
    ('nodes out of order', network([node('Relu', ['q'], ['p'], '/a'),
                                    node('Relu', ['d'], ['q'], '/b')]),
     'node /a uses "q", which nothing before it makes'),
    ('an old version', samples.plain(opset=6), 'version 6'),
    ('a version that does not exist yet', samples.plain(opset=99), None),
    ('two inputs', network([node('Add', ['d', 'other'], ['p'])],
                           inputs=INPUT + [port('other', [1, 6, 6, 6])]),
     'several inputs, such as "input" and "other"'),
    ('an initializer that is an input is none', samples.with_old_operators(), None),
    ('two outputs', network(samples.pool(), outputs=OUTPUT + [port('d', [1, 6, 6, 6])]),
     '2 outputs (logits, d); choose one with output = NAME in [model]'),
    ('a batch', network(samples.pool(), inputs=[port('input', [4, 3, 12, 12])]),
     'exported for batches of 4'),
    ('an open size', network(samples.pool(), inputs=[port('input', [1, 3, 'h', 'w'])]),
     'input_size = HEIGHT WIDTH'),
    ('300 channels', network(samples.pool(), inputs=[port('input', [1, 300, 12, 12])]),
     'no number of channels from 1 to 256, first or last'),
    ('no picture', network(samples.pool(), inputs=[port('input', [1, 77])]),
     '2 dimensions, not batch, channels, height and width'),
    ('quantised', alone('QuantizeLinear'), 'quantised to 8 bits: its rounding has no gradient'),
    ('quantised while it runs', alone('DynamicQuantizeLinear'), 'has no gradient'),
    ('quantised by another name', alone('QLinearConv'), 'has no gradient'),
    ('quantised products', alone('QLinearMatMul'), 'has no gradient'),
    ('products of integers', alone('MatMulInteger'), 'has no gradient'),
    ('no numbers of huge extents', network(samples.pool(), [
        field(1, 1 << 40) + field(1, 0) + field(1, 1 << 40) + field(2, 1) + field(8, 'x')]),
     'tensor "x": has more elements'),
    ('a part of less than nothing', network([
        node('Split', ['d', 'parts'], ['p', 'q'], '/it', axis=1)],
        [tensor('parts', [2], [-(1 << 63), 6], INT64)]), '/it (Split): makes parts'),
    ('a part of several rows', network([
        node('Reshape', ['d', 'to'], ['r']),
        node('Slice', ['r', 'one', 'three', 'one'], ['p'], '/it')],
        [tensor('to', [2], [6, 36], INT64), tensor('one', [1], [1], INT64),
         tensor('three', [1], [3], INT64)]), 'Gemm of an array of 2 dimensions that is not one row of features'),
    ('less than nothing of a value', network([
        node('GlobalAveragePool', ['d'], ['g']), node('Expand', ['g', 'to'], ['p'], '/it')],
        [tensor('to', [4], [1, 6, -3, 5], INT64)]), '/it (Expand): makes an impossible'),
    ('weights of 8 bits', quantised(axis=0), None),
    ('a million weights of 8 bits', million(), None),
    ('scales along no axis', quantised(axis=4), '/dq (DequantizeLinear): names axis 4'),
    ('scales of blocks', quantised(scale=tensor('scale', [6, 1], [1] * 6), axis=0),
     'DequantizeLinear in blocks'),
    ('weights of 4 bits', quantised(kind=22, raw=bytes(81), axis=0),
     'DequantizeLinear of a tensor that has elements that are not numbers of 8 bits or more'),
    ('quantised convolutions', alone('ConvInteger'), 'give the float model'),
    ('fused', alone('FusedConv', domain='com.microsoft'),
     'was fused for ONNX Runtime; give the file before optimisation'),
    ('classical', alone('TreeEnsembleClassifier', domain='ai.onnx.ml'),
     'holds no convolutional network'),
    ('control flow', alone('Relu', 'Loop'), 'decides while it runs'),
    ('a choice', alone('If'), 'decides while it runs'),
    ('a scan', alone('Scan'), 'decides while it runs'),
    ('a sequence', alone('SequenceEmpty'), 'SequenceEmpty at /n0/SequenceEmpty'),
    ('post-processing', alone('NonMaxSuppression'), "a detector's post-processing"),
    ('all that is missing', alone('Hardmax', 'Relu', 'Hardmax', 'Det'),
     '2 Hardmax (the first at /n0/Hardmax), 1 Det (at /n3/Det)'),
    ('a sum by no rule', alone('Einsum'), 'Einsum without an equation (at /n0/Einsum)'),
    ('another domain', alone('Thing', domain='org.example'),
     '1 org.example.Thing (at /n0/Thing)'),
    ('blended by another rule', resized(mode='linear', factors=(1, 1, 0.2, 2),
                                        coordinate_transformation_mode='pytorch_half_pixel'),
     'Resize with mode=linear, coordinate_transformation_mode=pytorch_half_pixel'),
    ('cubic', resized(mode='cubic'), 'Resize with mode=cubic'),
    ('cropped', resized(coordinate_transformation_mode='tf_crop_and_resize'),
     'with coordinate_transformation_mode=tf_crop_and_resize'),
    ('blended from many', resized(mode='linear', antialias=1), 'Resize with antialias'),
    ('more channels', resized(factors=(1, 2, 2, 2)), 'of other axes than height and width'),
    ('a huge factor', resized(factors=(1, 1, 1e9, 2)), 'by a factor of 1e+09'),
    ('no factors', network([node('Resize', ['d'], ['p'], '/up')]),
     'node /up (Resize): has 0 factors or sizes of 4 axes'),
    ('a pad of another kind', beside_pad(
        'Pad', tensor('second', [8], [0, 0, 1, 1, 0, 0, 1, 1], INT64), mode='spiral'),
     'Pad with mode=spiral'),
    ('a pad from farther away', beside_pad(
        'Pad', tensor('second', [8], [0, 0, 7, 0, 0, 0, 0, 0], INT64), mode='wrap'),
     'it takes 7 values from the opposite edge, but has only 6'),
    ('a huge pad', beside_pad('Pad', tensor('second', [8], [0, 0, -1 << 40] + [0] * 5, INT64)),
     'Pad with huge pads'),
    ('a pad that cuts all off', beside_pad('Pad', tensor(
        'second', [8], [0, 0, -3, 0, 0, 0, -3, 0], INT64)), 'node /it (Pad): leaves nothing'),
    ('a pad of channels', beside_pad('Pad', tensor('second', [8], [0, 1] + [0] * 6, INT64)),
     'Pad of other axes than height and width'),
    ('pads of half the axes', beside_pad('Pad', tensor('second', [4], [1] * 4, INT64)),
     'has 4 pads of 4 axes'),
    ('a mirror that is too small', beside_pad(
        'Pad', tensor('second', [8], [0, 0, 6, 0, 0, 0, 0, 0], INT64), mode='reflect'),
     'it mirrors 6 values'),
    ('a slope for each place', beside_pad('PRelu', tensor('second', [6, 6, 6], [1] * 216)),
     'PRelu with an array of numbers that are not one for each channel'),
    ('an output that is neither', model(
        [node('Transpose', ['input'], ['t'], perm=[0, 2, 3, 1]),
         node('Relu', ['t'], ['r'])], [], INPUT, [port('r', [1, 12, 12, 3])]),
     '"r" is neither a row of scores nor a map for each class'),
    ('a weight of another shape', network(
        samples.pool()).replace(field(1, 5) + field(1, 6) + field(2, 1) + field(8, 'fc.weight'),
                                field(1, 6) + field(1, 5) + field(2, 1)
                                + field(8, 'fc.weight'), 1),
     'node /fc/Gemm (Gemm): has a weight for 5 features, but gets 6'),
    ('a huge stride', network([node('MaxPool', ['d'], ['p'], '/pool', kernel_shape=[2, 2],
                                    strides=[1 << 62, 1])]), 'not from 1 to 32768'),
    ('a loss of weights', samples.beside(), 'net.onnx keeps its weights in beside.onnx.data, '
     'which is not beside it; copy both'),
    ('weights in a folder', samples.beside('../up.data'), '"../up.data"'),
    ('weights in the root', samples.beside('/etc/passwd'), '"/etc/passwd"'),
    ('weights in no file', samples.beside('..'), '".."'),
    ('weights without a name', samples.beside(''), '""'),
    ('weights in this folder', samples.beside('.'), '"."'),
    ('weights in a folder that is beside', samples.beside('folder'), 'is a folder, not a file'),
    ('weights of a node in a folder', beside_in_constant('../up.data'), '"../up.data"'),
    ('weights of a node behind a link', beside_in_constant('link.data'), 'is a link'),
    ('weights at no number', samples.beside('right.data', 'x'), 'lie at "x" of its file'),
    ('weights before the beginning', samples.beside('right.data', '-8'), 'lie at "-8"'),
    ('weights beyond all numbers', samples.beside('right.data', 1 << 64), 'which is no number'),
    ('a length of no number', samples.beside('right.data', 0, '24 bytes'), '"24 bytes"'),
    ('weights behind a link', samples.beside('link.data'), 'is a link'),
    ('weights in a pipe', samples.beside('pipe.data'), 'is not a regular file'),
    ('weights that are too short', samples.beside('short.data'), 'is shorter than tensor'),
    ('weights at a huge offset', samples.beside('short.data', (1 << 64) - 8),
     'is shorter than tensor'),
    ('a length that is wrong', samples.beside('right.data', 0, 20),
     'more or fewer bytes than its shape'),
]


def check(name, data, says):
    global failures
    write('net.onnx', data)
    done = subprocess.run([CNNVIZ, 'check', 'net.ini'], capture_output=True, text=True,
                          check=False, env=dict(os.environ, LC_ALL='C'), timeout=60)
    lines = [line for line in done.stderr.splitlines() if 'normalized' not in line]
    good = done.returncode == 0 if says is None else (
        done.returncode == 2 and len(lines) == 1 and says in lines[0]
        and 'net.onnx' in lines[0])
    if not good:
        failures += 1
        print(f'FAIL: {name}: exit code {done.returncode}: {done.stderr[:600]}')


def main():
    with tempfile.TemporaryDirectory(prefix='onnx-', dir=os.path.join(
            os.environ['top_builddir'], 'tests')) as folder:
        os.chdir(folder)
        write('right.data', struct.pack('<6f', *samples.BIAS1))
        write_png('dot.png', 1, 1, lambda x, y: (9, 9, 9))
        write('short.data', b'\0' * 8)
        os.symlink('right.data', 'link.data')
        os.mkfifo('pipe.data')
        os.mkdir('folder')
        write('net.ini', b'[model]\narchitecture = net.onnx\nmean = 0.5\nstd = 0.5\n'
              b'[input]\nimages = dot.png\n[vanilla_bp]\n')
        for name, data, says in CASES:
            check(name, data, says)
        os.chdir('/')
    print(f'{len(CASES)} files, {failures} failures')
    sys.exit(1 if failures else 0)


main()

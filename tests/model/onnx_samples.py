"""Small ONNX networks for the tests beside it, and what they are as descriptions.

Run as a program, it writes them all into a folder."""
import os
import random
import sys

from onnx_writer import (BFLOAT16, FLOAT16, INT8, INT64, UINT8, external, model, node, port,
                         tensor, write)

SIZE = 12
CLASSES = 5


def numbers(seed, count, low=-0.5, high=0.5):
    """The same for the same seed, and exact in float32"""
    source = random.Random(seed)
    return [round(source.uniform(low, high) * 1024) / 1024 for _ in range(count)]


CONV1 = numbers('conv1', 6 * 3 * 3 * 3)
BIAS1 = numbers('bias1', 6)
CONV2 = numbers('conv2', 6 * 3 * 3 * 3)
FC = numbers('fc', CLASSES * 6)
FC_BIAS = numbers('fc bias', CLASSES)
WIDE = numbers('wide', CLASSES * 6 * 36)

# Weights as torch names them, of the layers in DESCRIPTION
WEIGHTS = {
    'features.conv1.weight': ((6, 3, 3, 3), CONV1),
    'features.conv1.bias': ((6,), BIAS1),
    'features.conv2.weight': ((6, 3, 3, 3), CONV2),
    'fc.weight': ((CLASSES, 6), FC),
    'fc.bias': ((CLASSES,), FC_BIAS),
}
DESCRIPTION = f"""[network]
input_size = {SIZE}
mean = 0.5
std = 0.25
[layers]
features.conv1 = conv2d out=6 kernel=3 padding=0,1,1,0 stride=2
features.relu = relu6
features.conv2 = conv2d out=6 kernel=3 padding=1 groups=2 bias=no
features.add = add from=features.conv2,features.relu
pool = adaptive_avg_pool2d output=1
flatten = flatten
fc = linear out={CLASSES}
"""

INPUT = [port('input', [1, 3, SIZE, SIZE])]
OUTPUT = [port('logits', [1, CLASSES])]


def layers():
    return [
        tensor('features.conv1.weight', [6, 3, 3, 3], CONV1),
        tensor('features.conv1.bias', [6], BIAS1),
        tensor('features.conv2.weight', [6, 3, 3, 3], CONV2),
        tensor('fc.weight', [CLASSES, 6], FC),
        tensor('fc.bias', [CLASSES], FC_BIAS),
    ]


def features(first='input', **conv1):
    """The nodes up to the sum, as torch's older exporter names them"""
    attributes = dict(kernel_shape=[3, 3], strides=[2, 2], pads=[0, 1, 1, 0])
    attributes.update(conv1)
    return [
        node('Conv', [first, 'features.conv1.weight', 'features.conv1.bias'], ['a'],
             '/features/features.conv1/Conv', **attributes),
        node('Clip', ['a', 'zero', 'six'], ['b'], '/features/features.relu/Clip'),
        node('Conv', ['b', 'features.conv2.weight'], ['c'], '/features/features.conv2/Conv',
             group=2, pads=[1, 1, 1, 1]),
        node('Add', ['c', 'b'], ['d'], '/features/Add'),
    ]


def bounds():
    return [tensor('zero', [], [0]), tensor('six', [], [6])]


def head(pooled='p'):
    return [node('Flatten', [pooled], ['f'], '/flatten/Flatten'),
            node('Gemm', ['f', 'fc.weight', 'fc.bias'], ['logits'], '/fc/Gemm', transB=1)]


def pool():
    return [node('GlobalAveragePool', ['d'], ['p'], '/pool/GlobalAveragePool')]


def plain(**more):
    return model(features() + pool() + head(), layers() + bounds(), INPUT, OUTPUT, **more)


def transposed(values, rows, columns):
    return [values[r * columns + c] for c in range(columns) for r in range(rows)]


def with_matmul():
    """A linear layer as Keras has it, a softmax after it, and a mean as its pool"""
    nodes = features() + [
        node('ReduceMean', ['d'], ['p'], '/pool/ReduceMean', axes=[2, 3], keepdims=0),
        node('MatMul', ['p', 'kernel'], ['m'], '/fc/MatMul'),
        node('Add', ['m', 'fc.bias'], ['scores'], '/fc/Add'),
        node('Softmax', ['scores'], ['logits'], '/softmax/Softmax')]
    return model(nodes, layers() + bounds()
                 + [tensor('kernel', [6, CLASSES], transposed(FC, CLASSES, 6))],
                 INPUT, OUTPUT)


def with_pad():
    """Padding by a node of its own, and a dropout"""
    nodes = [node('Pad', ['input', 'pads'], ['padded'], '/features/features.pad/Pad')]
    nodes += features('padded', pads=[0, 0, 0, 0]) + pool()
    nodes += [node('Dropout', ['p'], ['q'], '/dropout/Dropout')] + head('q')
    pads = tensor('pads', [8], [0, 0, 0, 1, 0, 0, 1, 0], INT64)
    return model(nodes, layers() + bounds() + [pads], INPUT, OUTPUT)


def with_shapes():
    """An open batch: the file computes what to reshape to"""
    nodes = features() + pool() + [
        node('Shape', ['input'], ['s'], '/Shape'),
        node('Constant', [], ['i'], '/Constant', value=tensor('', [], [0], INT64)),
        node('Gather', ['s', 'i'], ['n'], '/Gather', axis=0),
        node('Unsqueeze', ['n', 'axes'], ['u'], '/Unsqueeze'),
        node('Concat', ['u', 'rest'], ['to'], '/Concat', axis=0),
        node('Reshape', ['p', 'to'], ['f'], '/flatten/Reshape'),
        node('Gemm', ['f', 'fc.weight', 'fc.bias'], ['logits'], '/fc/Gemm', transB=1)]
    return model(nodes, layers() + bounds()
                 + [tensor('axes', [1], [0], INT64), tensor('rest', [1], [-1], INT64)],
                 [port('input', ['batch', 3, SIZE, SIZE])], OUTPUT)


def with_old_operators():
    """Version 9: bounds and axes are attributes, initializers are inputs too"""
    nodes = features()
    nodes[1] = node('Clip', ['a'], ['b'], '/features/features.relu/Clip', min=0.0, max=6.0)
    nodes += pool() + [
        node('Squeeze', ['p'], ['f'], '/flatten/Squeeze', axes=[2, 3]),
        node('Gemm', ['f', 'fc.weight', 'fc.bias'], ['logits'], '/fc/Gemm', transB=1)]
    return model(nodes, layers(), INPUT + [port('fc.bias', [CLASSES])], OUTPUT, opset=9)


def with_scopes():
    """As torch's newer exporter names nodes"""
    scopes = ['features.conv1', 'features.relu', 'features.conv2', 'features', 'pool',
              'flatten', 'fc']
    nodes = []
    parts = [('Conv', ['input', 'features.conv1.weight', 'features.conv1.bias'], 'a',
              dict(strides=[2, 2], pads=[0, 1, 1, 0])),
             ('Clip', ['a', 'zero', 'six'], 'b', {}),
             ('Conv', ['b', 'features.conv2.weight'], 'c', dict(group=2, pads=[1, 1, 1, 1])),
             ('Add', ['c', 'b'], 'd', {}),
             ('ReduceMean', ['d', 'axes'], 'p', dict(keepdims=1)),
             ('Reshape', ['p', 'to'], 'f', dict(allowzero=1)),
             ('Gemm', ['f', 'fc.weight', 'fc.bias'], 'logits', dict(transB=1))]
    for scope, (operator, inputs, output, attributes) in zip(scopes, parts):
        nodes.append(node(operator, inputs, [output], 'node_' + output,
                          scopes=['', 'features', scope, output], **attributes))
    return model(nodes, layers() + bounds()
                 + [tensor('axes', [2], [-1, -2], INT64), tensor('to', [2], [1, 6], INT64)],
                 INPUT, OUTPUT, opset=20)


def channels_last():
    """As tf2onnx writes them: the input and the row of features are height first"""
    nodes = [node('Transpose', ['input'], ['t'], 'net/t', perm=[0, 3, 1, 2]),
             node('Conv', ['t', 'features.conv1.weight', 'features.conv1.bias'], ['a'],
                  'net/conv1/Conv2D', strides=[2, 2], pads=[0, 1, 1, 0]),
             node('Transpose', ['a'], ['l'], 'net/back', perm=[0, 2, 3, 1]),
             node('Reshape', ['l', 'to'], ['f'], 'net/flatten/Reshape'),
             node('MatMul', ['f', 'kernel'], ['logits'], 'net/wide/MatMul')]
    places = [(h, w, c) for h in range(6) for w in range(6) for c in range(6)]
    kernel = [WIDE[k * 216 + c * 36 + h * 6 + w] for h, w, c in places
              for k in range(CLASSES)]
    return model(nodes, layers()[:2]
                 + [tensor('to', [2], [-1, 216], INT64),
                    tensor('kernel', [216, CLASSES], kernel)],
                 [port('input', ['unk', SIZE, SIZE, 3])], OUTPUT, opset=13)


# What channels_last() is as a description
WIDE_DESCRIPTION = f"""[network]
input_size = {SIZE}
mean = 0.5
std = 0.25
[layers]
conv1 = conv2d out=6 kernel=3 padding=0,1,1,0 stride=2
flatten = flatten
wide = linear out={CLASSES} bias=no
"""
WIDE_WEIGHTS = {
    'conv1.weight': ((6, 3, 3, 3), CONV1),
    'conv1.bias': ((6,), BIAS1),
    'wide.weight': ((CLASSES, 216), WIDE),
}


def gated():
    """Gates, a shuffle as three nodes, parts, and hardswish as it was written before it had
    a name"""
    nodes = [
        node('Conv', ['input', 'features.conv1.weight', 'features.conv1.bias'], ['a'],
             '/conv1/Conv', strides=[2, 2], pads=[0, 1, 1, 0]),
        node('Add', ['a', 'three'], ['a3'], '/act/Add'),
        node('Clip', ['a3', 'zero', 'six'], ['r'], '/act/Clip'),
        node('Mul', ['a', 'r'], ['ar'], '/act/Mul'),
        node('Div', ['ar', 'six'], ['b'], '/act/Div'),
        node('Reshape', ['b', 'groups'], ['g'], '/mix/Reshape'),
        node('Transpose', ['g'], ['t'], '/mix/Transpose', perm=[0, 2, 1, 3, 4]),
        node('Reshape', ['t', 'whole'], ['s'], '/mix/Reshape_1'),
        node('Split', ['s', 'parts'], ['p', 'q'], '/split/Split', axis=1),
        node('Slice', ['s', 'two', 'many', 'one'], ['q2'], '/tail/Slice'),
        node('Add', ['q', 'q2'], ['qq'], '/sum/Add'),
        node('Concat', ['qq', 'p'], ['c'], '/cat/Concat', axis=1),
        node('GlobalAveragePool', ['c'], ['m'], '/se/pool/GlobalAveragePool'),
        node('HardSigmoid', ['m'], ['h'], '/se/gate/HardSigmoid', alpha=1.0 / 6),
        node('Mul', ['h', 'c'], ['d'], '/se/Mul'),
        node('GlobalMaxPool', ['d'], ['most'], '/most/GlobalMaxPool'),
        node('ReduceMax', ['d'], ['top'], '/top/ReduceMax', axes=[3, 2]),
        node('ReduceSum', ['d', 'plane'], ['total'], '/total/ReduceSum'),
        node('Sum', ['most', 'top', 'total'], ['pp'], '/pool/Sum')] + head('pp')
    return model(nodes, layers() + bounds() + [
        tensor('plane', [2], [2, 3], INT64),
        tensor('three', [1], [3]), tensor('groups', [5], [1, 3, 2, 6, 6], INT64),
        tensor('whole', [4], [1, -1, 6, 6], INT64), tensor('parts', [2], [2, 4], INT64),
        tensor('two', [1], [2], INT64), tensor('many', [1], [1 << 40], INT64),
        tensor('one', [1], [1], INT64)], INPUT, OUTPUT)


GATED_DESCRIPTION = f"""[network]
input_size = {SIZE}
mean = 0.5
std = 0.25
[layers]
conv1 = conv2d out=6 kernel=3 padding=0,1,1,0 stride=2
act = hardswish
mix = channel_shuffle groups=3
split.slice = slice range=0,2
split.slice_1 = slice range=2,6 from=mix
tail = slice range=2,6 from=mix
sum = add from=split.slice_1,tail
cat = concat from=sum,split.slice
se.pool = adaptive_avg_pool2d output=1
se.gate = hardsigmoid
se.mul = mul from=cat,se.gate
most = adaptive_max_pool2d output=1
top = adaptive_max_pool2d output=1 from=se.mul
total = sum from=se.mul
pool = add from=most,top,total
flatten = flatten
fc = linear out={CLASSES}
"""
GATED_WEIGHTS = {
    'conv1.weight': ((6, 3, 3, 3), CONV1),
    'conv1.bias': ((6,), BIAS1),
    'fc.weight': ((CLASSES, 6), FC),
    'fc.bias': ((CLASSES,), FC_BIAS),
}


def resampled(outputs=None):
    """Padding as layers of their own, and maps that are enlarged in all ways but the first"""
    nodes = [
        node('Conv', ['input', 'features.conv1.weight', 'features.conv1.bias'], ['a'],
             '/conv1/Conv', strides=[2, 2], pads=[0, 1, 1, 0]),
        node('PRelu', ['a', 'slopes'], ['b'], '/act/PRelu'),
        node('Pad', ['b', 'mirrored'], ['c'], '/mirror/Pad', mode='reflect'),
        node('Resize', ['c', '', 'twice'], ['d'], '/twice/Resize'),
        node('Pad', ['d', 'around', 'half', 'plane'], ['e'], '/frame/Pad'),
        node('Conv', ['e', 'features.conv2.weight'], ['e2'], '/conv2/Conv', group=2),
        node('Resize', ['e2', '', '', 'sizes'], ['g'], '/fit/Resize', mode='linear',
             coordinate_transformation_mode='pytorch_half_pixel'),
        node('Pad', ['g', 'mirrored'], ['h'], '/edge/Pad', mode='edge'),
        node('Resize', ['h', '', 'more'], ['i'], '/corners/Resize', mode='linear',
             coordinate_transformation_mode='align_corners', axes=[-1, 2]),
        node('PRelu', ['i', 'slope'], ['j'], '/shared/PRelu'),
        node('Pad', ['j', 'around', '', 'plane'], ['k'], '/zeros/Pad'),
        node('Sigmoid', ['k'], ['l'], '/gate/Sigmoid'),
        node('MaxPool', ['k'], ['m'], '/most/MaxPool', kernel_shape=[3, 3]),
        node('GlobalMaxPool', ['m'], ['n'], '/top/GlobalMaxPool'),
        node('GlobalAveragePool', ['l'], ['o'], '/mean/GlobalAveragePool'),
        node('Add', ['n', 'o'], ['p'], '/sum/Add')] + head()
    return model(nodes, layers() + [
        tensor('slopes', [6, 1, 1], SLOPES), tensor('slope', [1], [0.25]),
        tensor('mirrored', [8], [0, 0, 1, 0, 0, 0, 0, 2], INT64),
        tensor('twice', [4], [1, 1, 2, 2]), tensor('half', [], [0.5]),
        tensor('around', [4], [1, 0, 2, 1], INT64), tensor('plane', [2], [2, 3], INT64),
        tensor('sizes', [4], [1, 6, 17, 9], INT64), tensor('more', [2], [1.25, 1.5])],
        INPUT, outputs or OUTPUT, opset=18)


SLOPES = numbers('slopes', 6)
RESAMPLED_DESCRIPTION = f"""[network]
input_size = {SIZE}
mean = 0.5
std = 0.25
[layers]
conv1 = conv2d out=6 kernel=3 padding=0,1,1,0 stride=2
act = prelu shared=no
mirror = pad padding=1,0,0,2 mode=reflect
twice = upsample scale=2
frame = pad padding=1,2,0,1 value=0.5
conv2 = conv2d out=6 kernel=3 groups=2 bias=no
fit = upsample scale={17 / 15!r},{9 / 15!r} mode=bilinear
edge = pad padding=1,0,0,2 mode=replicate
corners = upsample scale=1.5,1.25 mode=bilinear align_corners=yes
shared = prelu
zeros = pad padding=1,2,0,1
gate = sigmoid
most = max_pool2d kernel=3 stride=1 from=zeros
top = adaptive_max_pool2d output=1
mean = adaptive_avg_pool2d output=1 from=gate
sum = add from=top,mean
flatten = flatten
fc = linear out={CLASSES}
"""
ENLARGED_WEIGHTS = dict(GATED_WEIGHTS, **{'conv2.weight': ((6, 3, 3, 3), CONV2)})
RESAMPLED_WEIGHTS = dict(ENLARGED_WEIGHTS, **{
    'act.weight': ((6,), SLOPES),
    'shared.weight': ((1,), [0.25]),
})


def enlarged(opset):
    """A map enlarged as the versions of ONNX had it before 11"""
    scales = [1.0, 1.0, 2.0, 1.5]
    inputs, attributes = (['a'], {'scales': scales}) if opset < 9 else (['a', 'scales'], {})
    nodes = [
        node('Conv', ['input', 'features.conv1.weight', 'features.conv1.bias'], ['a'],
             '/conv1/Conv', strides=[2, 2], pads=[0, 1, 1, 0]),
        node('Upsample' if opset < 10 else 'Resize', inputs, ['b'], '/up/Resize',
             **attributes),
        node('Conv', ['b', 'features.conv2.weight'], ['d'], '/conv2/Conv',
             group=2)] + pool() + head()
    return model(nodes, layers() + [tensor('scales', [4], scales)], INPUT, OUTPUT,
                 opset=opset)


ENLARGED_DESCRIPTION = f"""[network]
input_size = {SIZE}
mean = 0.5
std = 0.25
[layers]
conv1 = conv2d out=6 kernel=3 padding=0,1,1,0 stride=2
up = upsample scale=2,1.5
conv2 = conv2d out=6 kernel=3 groups=2 bias=no
pool = adaptive_avg_pool2d output=1
flatten = flatten
fc = linear out={CLASSES}
"""


def attended():
    """A convolution along channels, parts and padding of rows and columns, and weights of 8
    and 16 bits"""
    nodes = [
        node('DequantizeLinear', ['bytes1', 'scales', 'zeros'], ['w1'], axis=0),
        node('Cast', ['halves'], ['b1'], to=1),
        node('Conv', ['input', 'w1', 'b1'], ['a'], '/conv1/Conv', pads=[1, 1, 1, 1],
             strides=[2, 2]),
        node('GlobalAveragePool', ['a'], ['m'], '/eca/pool/GlobalAveragePool'),
        node('Squeeze', ['m', 'last'], ['m3'], '/eca/Squeeze'),
        node('Transpose', ['m3'], ['t'], '/eca/Transpose', perm=[0, 2, 1]),
        node('Conv', ['t', 'along'], ['u'], '/eca/conv/Conv', pads=[1, 1]),
        node('Transpose', ['u'], ['v'], '/eca/Transpose_1', perm=[0, 2, 1]),
        node('Unsqueeze', ['v', 'last'], ['v4'], '/eca/Unsqueeze'),
        node('Sigmoid', ['v4'], ['s'], '/eca/gate/Sigmoid'),
        node('Shape', ['a'], ['as']),
        node('Expand', ['s', 'as'], ['e'], '/eca/Expand'),
        node('Mul', ['a', 'e'], ['b'], '/eca/Mul'),
        node('Slice', ['b', 'one', 'many', 'rows', 'two'], ['c'], '/odd/Slice'),
        node('Split', ['b', 'parts'], ['d', 'unused'], '/top/Split', axis=2),
        node('Concat', ['c', 'd'], ['f'], '/both/Concat', axis=-2),
        node('Pad', ['f', 'crop'], ['g'], '/crop/Pad'),
        node('Pad', ['g', 'around'], ['h'], '/wrap/Pad', mode='wrap'),
        node('Resize', ['h', '', 'factors'], ['i'], '/up/Resize', mode='linear',
             coordinate_transformation_mode='asymmetric'),
        node('DequantizeLinear', ['bytes2', 'eighth', 'middle'], ['w2']),
        node('ConvTranspose', ['i', 'w2'], ['j'], '/conv2/ConvTranspose', strides=[2, 2],
             auto_pad='SAME_UPPER'),
        node('Sub', ['ones', 'j'], ['k'], '/turn/Sub'),
        node('ReduceMean', ['k'], ['n'], '/mean/ReduceMean', axes=[2, 3]),
        node('Reshape', ['n', 'column'], ['o'], '/flatten/Reshape'),
        node('Gemm', ['o', 'fc.weight', 'fc.bias'], ['logits'], '/fc/Gemm', transA=1,
             transB=1, alpha=0.5, beta=2.0)]
    return model(nodes, layers()[3:] + [
        tensor('bytes1', [6, 3, 3, 3], BYTES1, INT8), tensor('scales', [6], SCALES),
        tensor('zeros', [6], range(6), INT8), tensor('halves', [6], BIAS1, FLOAT16),
        tensor('last', [1], [-1], INT64), tensor('along', [1, 1, 3], ALONG),
        tensor('one', [1], [1], INT64), tensor('many', [1], [1 << 40], INT64),
        tensor('rows', [1], [2], INT64), tensor('two', [1], [2], INT64),
        tensor('parts', [2], [2, 4], INT64),
        tensor('crop', [8], [0, 0, -1, 0, 0, 0, 0, -2], INT64),
        tensor('around', [8], [0, 0, 1, 0, 0, 0, 0, 3], INT64),
        tensor('factors', [4], [1, 1, 1.5, 2]), tensor('bytes2', [6, 6, 3, 3], BYTES2, UINT8),
        tensor('eighth', [], [0.0078125]), tensor('middle', [], [128], UINT8),
        tensor('ones', [1], [1], BFLOAT16), tensor('column', [2], [6, 1], INT64)],
        INPUT, OUTPUT, opset=17)


def whole_numbers(seed, count, low, high):
    source = random.Random(seed)
    return [source.randint(low, high) for _ in range(count)]


BYTES1 = whole_numbers('bytes1', 6 * 27, -128, 127)
BYTES2 = whole_numbers('bytes2', 6 * 54, 0, 255)
SCALES = [2.0 ** -(5 + i % 3) for i in range(6)]
ALONG = numbers('along', 3)
ATTENDED_DESCRIPTION = f"""[network]
input_size = {SIZE}
mean = 0.5
std = 0.25
[layers]
conv1 = conv2d out=6 kernel=3 padding=1 stride=2
eca.pool = adaptive_avg_pool2d output=1
eca.reshape = reshape shape=1,6,1
eca.conv = conv2d out=1 kernel=3,1 padding=1,0 bias=no
eca.gate = sigmoid
eca.reshape_1 = reshape shape=6,1,1
eca.mul = mul from=conv1,eca.reshape_1
odd = slice range=1,0 axis=height step=2
top = slice range=0,2 axis=height from=eca.mul
both = concat from=odd,top axis=height
crop.slice = slice range=1,0 axis=height
crop.slice_1 = slice range=0,4 axis=width
wrap = pad padding=1,0,0,3 mode=circular
up = upsample scale=1.5,2 mode=bilinear coordinates=asymmetric
conv2 = conv_transpose2d out=6 kernel=3 stride=2 padding=0,1,0,1 bias=no
turn = affine factor=-1 addend=1
mean = adaptive_avg_pool2d output=1
flatten = flatten
fc = linear out={CLASSES}
"""
ATTENDED_WEIGHTS = {
    'conv1.weight': ((6, 3, 3, 3), [(value - i // 27) * SCALES[i // 27]
                                    for i, value in enumerate(BYTES1)]),
    'conv1.bias': ((6,), BIAS1),
    'eca.conv.weight': ((1, 1, 3, 1), ALONG),
    'conv2.weight': ((6, 6, 3, 3), [(value - 128) / 128 for value in BYTES2]),
    'fc.weight': ((CLASSES, 6), [value / 2 for value in FC]),
    'fc.bias': ((CLASSES,), [value * 2 for value in FC_BIAS]),
}


def heads(block, letter, columns=False):
    """Queries, keys or values of two heads: a linear layer whose features are split"""
    path, name = f'/{block}/{letter}', f'{block}.{letter}'
    return [
        node('MatMul', [f'{block}.in', name + '.weight'], [name + '1'], path + '/MatMul'),
        node('Reshape', [name + '1', 'split'], [name + '2'], path + '/split/Reshape'),
        node('Transpose', [name + '2'], [name], path + '/turn/Transpose',
             perm=[0, 2, 3, 1] if columns else [0, 2, 1, 3])]


def mix(block, scores, end):
    """What follows the scores of a block: shares, values, and heads joined"""
    return [
        node('Softmax', [scores], [f'{block}.a'], f'/{block}/softmax/Softmax', axis=-1),
        node('MatMul', [f'{block}.a', f'{block}.v'], [f'{block}.m'], f'/{block}/mix/MatMul'),
        node('Transpose', [f'{block}.m'], [f'{block}.t'], f'/{block}/back/Transpose',
             perm=[0, 2, 1, 3]),
        node('Reshape', [f'{block}.t', 'join'], [f'{block}.j'], f'/{block}/join/Reshape'),
        node('Add', [f'{block}.in', f'{block}.j'], [end], f'/{block}/sum/Add')]


def transformer():
    """Attention as torch.onnx writes it, with biases and Einsum, and what only looks like it"""
    nodes = [
        node('Conv', ['input', 'features.conv1.weight', 'features.conv1.bias'], ['c'],
             '/conv1/Conv', strides=[3, 3]),
        node('Reshape', ['c', 'flat'], ['r'], '/rows/Reshape'),
        node('Transpose', ['r'], ['one.in'], '/tokens/Transpose', perm=[0, 2, 1]),
        *heads('one', 'q'), *heads('one', 'k', True), *heads('one', 'v'),
        node('Mul', ['one.q', 'root'], ['one.qs'], '/one/Mul'),
        node('Mul', ['one.k', 'root'], ['one.ks'], '/one/Mul_1'),
        node('MatMul', ['one.qs', 'one.ks'], ['one.s'], '/one/scores/MatMul'),
        *mix('one', 'one.s', 'two.in'),
        *heads('two', 'q'), *heads('two', 'k'), *heads('two', 'v'),
        node('Einsum', ['two.q', 'two.k'], ['two.s'], '/two/scores/Einsum',
             equation='bhid, bhjd -> bhij'),
        node('Div', ['two.s', 'two.divisor'], ['two.d'], '/two/Div'),
        node('Add', ['two.d', 'two.place'], ['two.p'], '/two/Add'),
        node('Add', ['two.mask', 'two.p'], ['two.b'], '/two/Add_1'),
        *mix('two', 'two.b', 'end.in'),
        node('Transpose', ['end.in'], ['e'], '/end/turned/Transpose', perm=[0, 2, 1]),
        node('MatMul', ['end.in', 'e'], ['g'], '/end/products/MatMul'),
        node('Softmax', ['g'], ['h'], '/end/softmax/Softmax', axis=1),
        node('MatMul', ['h', 'end.in'], ['i'], '/end/mixed/MatMul'),
        node('Einsum', ['i'], ['k'], '/sum/Einsum', equation='bij->bj'),
        node('Gemm', ['k', 'fc.weight', 'fc.bias'], ['logits'], '/fc/Gemm', transB=1)]
    return model(nodes, layers()[:2] + layers()[3:] + [
        tensor(f'{block}.{letter}.weight', [6, 6], numbers(block + letter, 36, -1, 1))
        for block in ('one', 'two') for letter in 'qkv'] + [
            tensor('flat', [3], [0, 6, -1], INT64), tensor('split', [4], [0, -1, 2, 3], INT64),
            tensor('join', [3], [0, -1, 6], INT64), tensor('root', [], [3 ** -0.25]),
            tensor('two.divisor', [], [4.0]),
            tensor('two.place', [1, 2, 16, 16], PLACE), tensor('two.mask', [16, 16], MASK)],
        INPUT, OUTPUT, opset=17)


PLACE, MASK = numbers('place', 512), numbers('mask', 256)
TRANSFORMER_DESCRIPTION = f"""[network]
input_size = {SIZE}
mean = 0.5
std = 0.25
[layers]
conv1 = conv2d out=6 kernel=3 stride=3
tokens.reshape = reshape shape=6,16
tokens.permute = permute order=2,1
one.q = linear out=6 bias=no
one.k = linear out=6 bias=no from=tokens.permute
one.v.linear = linear out=6 bias=no from=tokens.permute
one.v.turn.reshape = reshape shape=16,2,3
one.v.turn.permute = permute order=2,1,3
one.mix.reshape = reshape shape=16,2,3 from=one.q
one.mix.permute = permute order=2,1,3
one.mix.reshape_1 = reshape shape=16,2,3 from=one.k
one.mix.permute_1 = permute order=2,1,3
one.mix.attention = attention from=one.mix.permute,one.mix.permute_1,one.v.turn.permute
one.join.permute = permute order=2,1,3
one.join.reshape = reshape shape=16,6
one.sum = add from=tokens.permute,one.join.reshape
two.q.linear = linear out=6 bias=no
two.k.linear = linear out=6 bias=no from=one.sum
two.v.linear = linear out=6 bias=no from=one.sum
two.q.turn.reshape = reshape shape=16,2,3 from=two.q.linear
two.q.turn.permute = permute order=2,1,3
two.parameter = parameter shape=2,16,16
two.parameter_1 = parameter shape=16,16
two.reshape = reshape shape=1,16,16
two.v.turn.reshape = reshape shape=16,2,3 from=two.v.linear
two.v.turn.permute = permute order=2,1,3
two.k.turn.reshape = reshape shape=16,2,3 from=two.k.linear
two.k.turn.permute = permute order=2,1,3
two.mix = attention from=two.q.turn.permute,two.k.turn.permute,two.v.turn.permute,two.parameter,two.reshape scale=0.25
two.join.permute = permute order=2,1,3
two.join.reshape = reshape shape=16,6
two.sum = add from=one.sum,two.join.reshape
end.turned = permute order=2,1
end.products = matmul from=two.sum,end.turned
end.softmax = softmax axis=channels
end.mixed = matmul from=end.softmax,two.sum
sum.permute = permute order=2,1
sum.mean = mean axis=height
sum.affine = affine factor=16
fc = linear out={CLASSES}
"""
TRANSFORMER_WEIGHTS = {
    'conv1.weight': ((6, 3, 3, 3), CONV1),
    'conv1.bias': ((6,), BIAS1),
    'fc.weight': ((CLASSES, 6), FC),
    'fc.bias': ((CLASSES,), FC_BIAS),
    'two.parameter.weight': ((2, 16, 16), PLACE),
    'two.parameter_1.weight': ((16, 16), MASK),
}
for block in ('one', 'two'):
    for letter in 'qkv':
        columns = numbers(block + letter, 36, -1, 1)
        alone = block == 'one' and letter in 'qk'  # in its module
        TRANSFORMER_WEIGHTS[f'{block}.{letter}{"" if alone else ".linear"}.weight'] = (
            (6, 6), [columns[j * 6 + i] for i in range(6) for j in range(6)])


def beside(location='beside.onnx.data', offset=0, length=24):
    """The bias of the first layer in a file beside: BIAS1 as float32"""
    tensors = layers()
    tensors[1] = external('features.conv1.bias', [6], location, offset, length)
    return model(features() + pool() + head(), tensors + bounds(), INPUT, OUTPUT)


def told():
    """What the file says of pixels and classes"""
    return plain(properties=[
        ('cnnviz.mean', '0.5'), ('cnnviz.std', '0.25 0.25 0.25'), ('cnnviz.scale', '1'),
        ('cnnviz.channels', 'RGB'), ('Image.BitmapPixelFormat', 'Rgb8'),
        ('names', repr(dict(enumerate('abcde')))), ('imgsz', '[12, 12]')])


# All are the network of DESCRIPTION but for those from channels_last on.
SAMPLES = {
    'plain': plain,
    'matmul': with_matmul,
    'pad': with_pad,
    'shapes': with_shapes,
    'old': with_old_operators,
    'scopes': with_scopes,
    'told': told,
    'channels_last': channels_last,
    'gated': gated,
    'resampled': resampled,
    'attended': attended,
    'transformer': transformer,
    'enlarged7': lambda: enlarged(7),
    'enlarged9': lambda: enlarged(9),
    'enlarged10': lambda: enlarged(10),
}

if __name__ == '__main__':
    for sample, make in SAMPLES.items():
        write(os.path.join(sys.argv[1], sample + '.onnx'), make())

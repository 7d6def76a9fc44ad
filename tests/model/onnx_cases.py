#!/usr/bin/env python3
"""The conformance cases of ONNX itself, as far as they are layers of CNNs: each array that
they expect, every engine computes. Debian packages them: libonnx-testdata.

A case has one or a few operators and arrays for inputs and outputs. Each is tried in three
ways: its first input is the picture and others are weights; its inputs are the channels of a
picture; or all are constants, which are computed while the file is read. A case passes if the
first output comes out of one of them, and fails if any gives other values. The rest is counted
by the reason why there is no network."""
import collections
import os
import re
import struct
import subprocess
import sys
import tempfile

sys.path.insert(0, os.path.join(os.environ['top_srcdir'], 'tests', 'model'))
from onnx_writer import FLOAT, INT64, count, field, node, port, tensor

BUILD = os.path.abspath(os.environ['top_builddir'])
TOOL = os.path.join(BUILD, 'tests', 'model', 'onnx_cases')
ENGINES = [path for path in (os.path.join(BUILD, 'core', 'engine', name + '.la')
                             for name in ('torch', 'reference')) if os.path.exists(path)]
CASES = os.environ.get('ONNX_TESTDATA', '/usr/share/libonnx-testdata/data/node')
# Of TensorProto's data_type, the letter of struct
CODES = {1: 'f', 2: 'B', 3: 'b', 4: 'H', 5: 'h', 6: 'i', 7: 'q', 9: '?', 10: 'e', 11: 'd',
         12: 'I', 13: 'Q'}
# Each value by itself, or two with the same place from the end: axes in front change nothing.
POINTWISE = set('Abs Add Celu Clip Div Elu Exp Gelu HardSigmoid HardSwish Identity LeakyRelu '
                'Max Min Mish Mul PRelu Relu Selu Sigmoid Softplus Softsign Sub Sum Tanh '
                'ThresholdedRelu'.split())
# Integers, as floats, come out as they are.
KEEPING = set('Clip MaxPool Pad Split Slice Concat Transpose'.split())
# ONNX aligns the corner with that of 0.6 * 4 = 2.4 pixels; PyTorch, ONNX Runtime and cnnviz
# align it with that of the 2 pixels that there are.
OTHERWISE = {'test_resize_downsample_scales_linear_align_corners':
             'ONNX Runtime departs from this case as well',
             'test_mvn_expanded': 'a mean over all pictures of a batch, which are apart here'}
# Of these the nodes have pi with six digits, and what they expect was made with more.
OTHERWISE.update((f'test_{name}window_{kind}', 'pi with six digits')
                 for name in ('blackman', 'hamming', 'hann')
                 for kind in ('expanded', 'symmetric_expanded'))
# More must pass than these, so that a reader which refuses everything is no success.
AT_LEAST = 350


def fields(data):
    """Pairs of a message: number, and an integer or bytes"""
    at = 0

    def number():
        nonlocal at
        value = shift = 0
        while True:
            byte = data[at]
            at += 1
            value |= (byte & 0x7f) << shift
            shift += 7
            if byte < 0x80:
                return value
    while at < len(data):
        key = number()
        if key & 7 == 0:
            yield key >> 3, number()
            continue
        size = {1: 8, 5: 4}.get(key & 7) or number()
        yield key >> 3, data[at:at + size]
        at += size


def all_of(data, wanted):
    return [value for number, value in fields(data) if number == wanted]


def numbers(values):
    """Integers, whether they came one by one or side by side"""
    for value in values:
        if isinstance(value, int):
            yield value
        else:
            yield from (item for _, item in fields(b''.join(
                b'\x08' + part for part in re.findall(rb'[\x80-\xff]*[\x00-\x7f]', value))))


class Array:
    """A TensorProto"""

    def __init__(self, data):
        self.message = data
        self.shape = list(numbers(all_of(data, 1)))
        self.kind = (all_of(data, 2) or [0])[0]
        self.raw = b''.join(all_of(data, 9)) or b''.join(all_of(data, 4))

    def named(self, name):
        return b''.join(field(number, value) for number, value in fields(self.message)
                        if number != 8) + field(8, name)

    def floats(self):
        """The values as float32"""
        if self.kind == FLOAT:
            return self.raw
        code = CODES.get(self.kind)
        if code is None:
            raise Refusal('neither numbers nor truth values')
        values = [item for item, in struct.iter_unpack('<' + code, self.raw)]
        return struct.pack(f'<{len(values)}f', *values)


def save(path, shape, raw):
    """An array of float32 as .npy"""
    header = f"{{'descr': '<f4', 'fortran_order': False, 'shape': {tuple(shape)}, }}"
    header += ' ' * (-(len(header) + 11) % 64) + '\n'
    with open(path, 'wb') as stream:
        stream.write(b'\x93NUMPY\x01\x00' + struct.pack('<H', len(header))
                     + header.encode() + raw)


class Refusal(Exception):
    """Why there is no network in a case"""


class Case:
    """A folder of the suite"""

    def __init__(self, name):
        self.name = name
        folder = os.path.join(CASES, name)
        with open(os.path.join(folder, 'model.onnx'), 'rb') as stream:
            self.model = stream.read()
        self.graph = all_of(self.model, 7)[0]
        nodes = all_of(self.graph, 1)
        self.operators = {all_of(node, 4)[0].decode() for node in nodes}
        self.domains = {value.decode() for node in nodes for value in all_of(node, 7)}
        self.folder = os.path.join(folder, 'test_data_set_0')

    def array(self, kind, number):
        with open(os.path.join(self.folder, f'{kind}_{number}.pb'), 'rb') as stream:
            return Array(stream.read())

    def ports(self, number):
        return [all_of(value, 1)[0].decode() for value in all_of(self.graph, number)]

    def arrays(self):
        names = self.ports(11)
        if not names:
            raise Refusal('there is no input')
        inputs = {name: self.array('input', i) for i, name in enumerate(names)}
        expected = self.array('output', 0)
        if 0 in expected.shape:
            raise Refusal('the output is empty')
        if self.name in OTHERWISE:
            raise Refusal(OTHERWISE[self.name])
        if '_to_FLOAT16' in self.name:
            raise Refusal('numbers rounded to 16 bits, which cnnviz does not do')
        if 'BFLOAT16' in self.name:
            raise Refusal('bfloat16, of which the case has the bits as integers')
        return inputs, expected

    def save(self, folder, nodes, tensors, picture, expected):
        """The case's nodes and what goes before and behind; nodes make "around_last"."""
        graph = b''.join(field(1, item) for item in nodes)
        graph += b''.join(field(5, item) for item in tensors)
        shape, raw = picture
        graph += field(1, node('Flatten', ['around_last'], ['around_row'], axis=1))
        graph += field(11, port('picture', [1] + list(shape[1:])))
        graph += field(12, port('around_row', [1, 'n']))
        # What was version 6 or less of these operators is version 7 as well.
        version = max(7, max(number for part in all_of(self.model, 8)
                             for number in all_of(part, 2)))
        os.mkdir(folder)
        with open(os.path.join(folder, 'model.onnx'), 'wb') as stream:
            stream.write(field(1, 8) + field(2, 'case') + field(7, graph)
                         + field(8, field(1, '') + field(2, version)))
        save(os.path.join(folder, 'input.npy'), shape, raw)
        save(os.path.join(folder, 'output.npy'), expected.shape or [1], expected.floats())
        return 'around_row'

    def nodes(self):
        return all_of(self.graph, 1)

    def last(self):
        return node('Identity', [self.ports(12)[0]], ['around_last'])

    def live(self, folder):
        """The first input is the picture, others are weights."""
        inputs, expected = self.arrays()
        name, first = next(iter(inputs.items()))
        shape = first.shape
        if first.kind != expected.kind or (first.kind != FLOAT
                                           and not self.operators <= KEEPING):
            raise Refusal('a picture or a result that is no float32')
        if self.operators <= POINTWISE and len(shape) < 4:
            shape = [1] * (4 - len(shape)) + shape
        others = [array.named(other) for other, array in inputs.items() if other != name]
        # The picture itself would be no layer.
        first_nodes = [node('LeakyRelu', ['picture'], [name], alpha=1.0)]
        if len(shape) != 4 or shape[1] not in (1, 3):
            if len(shape) < 2 or shape[0] != 1:
                raise Refusal(f'a picture of {len(shape)} axes, or of many channels, that '
                              'is a batch')
            first_nodes = [node('LeakyRelu', ['picture'], ['around_first'], alpha=1.0),
                           node('Reshape', ['around_first', 'around_extents'], [name])]
            others.append(tensor('around_extents', [len(shape)], shape, INT64))
            shape = [1, 1, 1, count(shape)]
        return self.save(folder, first_nodes + self.nodes() + [self.last()], others,
                         (shape, first.floats()), expected)

    def parts(self, folder):
        """Inputs of one shape are the channels of a picture."""
        inputs, expected = self.arrays()
        arrays = list(inputs.values())
        if (not self.operators <= POINTWISE or len(arrays) not in (2, 3)
                or any(array.kind != FLOAT or array.shape != arrays[0].shape
                       or not array.shape for array in arrays)):
            raise Refusal('not two or three arrays of one shape')
        names = list(inputs) + ['around_unused'] * (3 - len(arrays))
        raw = b''.join(array.floats() for array in (arrays + arrays)[:3])
        shape = [1, 3, count(arrays[0].shape[:-1]), arrays[0].shape[-1]]
        split = node('Split', ['picture'], names, axis=1)
        return self.save(folder, [split] + self.nodes() + [self.last()], [], (shape, raw),
                         expected)

    def folded(self, folder):
        """All inputs are constants, and the output the weights of a convolution of a 1."""
        inputs, expected = self.arrays()
        nodes = self.nodes() + [
            node('Cast', [self.ports(12)[0]], ['around_floats'], to=FLOAT),
            node('Reshape', ['around_floats', 'around_shape'], ['around_weights']),
            node('Conv', ['picture', 'around_weights'], ['around_last'])]
        tensors = [tensor('around_shape', [4], [count(expected.shape), 1, 1, 1], INT64)]
        tensors += [array.named(name) for name, array in inputs.items()]
        return self.save(folder, nodes, tensors, ([1, 1, 1, 1], struct.pack('<f', 1)), expected)


def tool(*words):
    done = subprocess.run([TOOL, *words], capture_output=True, text=True, check=False,
                          env=dict(os.environ, LC_ALL='C'))
    if done.returncode != 0:
        print(done.stderr[-2000:])
        sys.exit(f'FAIL: onnx_cases ends with {done.returncode}')
    return done.stdout.splitlines()


def reason(text):
    """A refusal without what differs from case to case"""
    return re.sub(r'"[^"]*"|\d+|/\S*|\(at [^)]*\)', '*', text)


def main():
    if not os.path.isdir(CASES):
        print('SKIP: no ONNX test data; on Debian: apt-get install libonnx-testdata')
        sys.exit(77)
    cases = [Case(name) for name in sorted(os.listdir(CASES))]
    known = set(tool(*sorted(set().union(*(case.operators for case in cases)))))
    ours = [case for case in cases
            if case.operators <= known and not case.domains - {'', 'ai.onnx'}]
    refused, wrong, passed = collections.defaultdict(set), [], set()
    with tempfile.TemporaryDirectory(prefix='onnx-', dir=os.path.join(BUILD, 'tests')) as work:
        pairs = []
        for case in ours:
            for way in (Case.live, Case.parts, Case.folded):
                folder = os.path.join(work, f'{case.name}.{way.__name__}')
                try:
                    pairs += [folder, way(case, folder)]
                except Refusal as why:
                    refused[case.name].add(str(why))
        for line in tool(*ENGINES, '--', *pairs):
            name, said = line[len(work) + 1:].split(': ', 1)
            if said == 'passes':
                passed.add(name.split('.')[0])
            elif said.startswith('refused: '):
                refused[name.split('.')[0]].add(reason(said[9:]))
            else:
                wrong.append(f'{name}: {said}')
    for text in wrong:
        print('FAIL:', text)
    reasons = collections.defaultdict(list)
    for case in ours:
        if case.name not in passed:
            reasons['; '.join(sorted(refused[case.name]))].append(case.name[5:])
    for text, names in sorted(reasons.items(), key=lambda item: -len(item[1])):
        print(f'{len(names):5} refused ({", ".join(names)}): {text}')
    passed = len(passed)
    print(f'{passed} of {len(ours)} cases that use operators which cnnviz reads pass on '
          f'{len(ENGINES)} engines, {len(wrong)} give other values; '
          f'{len(cases) - len(ours)} of all {len(cases)} use others')
    if passed < AT_LEAST:
        print(f'FAIL: only {passed} cases pass, not {AT_LEAST}')
    sys.exit(1 if wrong or passed < AT_LEAST else 0)


main()

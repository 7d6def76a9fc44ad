"""Files as torch.export.save() writes them, in a few lines, with Python's own library: for
the tests beside it. Numbers come from a seed."""
import json
import random
import struct
import zipfile

FLOAT, DOUBLE, INT64, UINT8, COMPLEX = 7, 8, 5, 1, 10


def sizes(extents):
    return [{'as_int': extent} if isinstance(extent, int) else
            {'as_expr': {'expr_str': extent, 'hint': None}} for extent in extents]


def strides(shape):
    steps = [1] * len(shape)
    for axis in range(len(shape) - 2, -1, -1):
        steps[axis] = steps[axis + 1] * shape[axis + 1]
    return steps


def description(shape, dtype=FLOAT, steps=None, offset=0):
    return {'dtype': dtype, 'sizes': sizes(shape), 'requires_grad': False,
            'device': {'type': 'cpu', 'index': None},
            'strides': sizes(steps or strides([1 if isinstance(extent, str) else extent
                                               for extent in shape])),
            'storage_offset': {'as_int': offset}, 'layout': 7}


class Array(str):
    """The name of an array"""


def argument(value):
    if value is None:
        return {'as_none': True}
    if isinstance(value, Array):
        return {'as_tensor': {'name': value}}
    if isinstance(value, dict):
        return value
    if isinstance(value, list):
        kinds = {Array: 'as_tensors', int: 'as_ints', float: 'as_floats'}
        kind = kinds[type(value[0])] if value else 'as_ints'
        return {kind: [{'name': item} for item in value] if kind == 'as_tensors' else value}
    return {{bool: 'as_bool', int: 'as_int', float: 'as_float', str: 'as_string'}[type(value)]:
            value}


class Program:
    """A program that grows call by call; change its members for one that is damaged."""

    def __init__(self, shape=(1, 3, 8, 8), dtype=FLOAT):
        self.random = random.Random(1)
        self.nodes, self.inputs, self.outputs = [], [], []
        self.values = {'x': description(shape, dtype)}
        self.weights, self.constants, self.records = {}, {}, {}
        self.inputs.append({'user_input': {'arg': {'as_tensor': {'name': 'x'}}}})
        self.version = {'major': 8, 'minor': 20}
        self.extra = {}

    def array(self, name, shape, values=None, dtype=FLOAT, kind='parameter'):
        """A parameter of the network by its name, and a buffer or constant likewise"""
        count = 1
        for extent in shape:
            count *= extent
        if values is None:
            values = [self.random.uniform(-0.5, 0.5) for _ in range(count)]
        own = Array('p_' + name.replace('.', '_'))
        held, folder = ((self.constants, 'constants') if kind == 'tensor_constant'
                        else (self.weights, 'weights'))
        record = f'{folder[:-1]}_{len(held)}'
        self.records[f'data/{folder}/{record}'] = struct.pack(
            f'<{count}{"q" if dtype == INT64 else "f"}', *values)
        held[name] = {'path_name': record, 'is_param': kind == 'parameter',
                      'use_pickle': False, 'tensor_meta': description(shape, dtype)}
        self.inputs.append({kind: {'arg': {'name': own}, kind + '_name': name}})
        self.values[own] = description(shape, dtype)
        return own

    def call(self, operator, shape, module, /, **arguments):
        """A call of an ATen operator, such as conv2d.default; the name of its output"""
        name = Array(operator.split('.')[0])
        while name in self.values:
            name = Array(name + '_')
        self.values[name] = description(shape)
        self.nodes.append({
            'target': 'torch.ops.aten.' + operator, 'name': name,
            'inputs': [{'name': key.rstrip('_'), 'arg': argument(value), 'kind': 1}
                       for key, value in arguments.items()],
            'outputs': [{'as_tensor': {'name': name}}],
            'metadata': {'nn_module_stack': f'L__self__,,Net;L__self___{module},{module},Part'}})
        return name

    def end(self, *names):
        for name in names:
            self.outputs.append({'user_output': {'arg': {'as_tensor': {'name': name}}}})
        return self

    def text(self):
        return json.dumps({
            'graph_module': {
                'graph': {'inputs': [], 'outputs': [], 'nodes': self.nodes,
                          'tensor_values': self.values},
                'signature': {'input_specs': self.inputs, 'output_specs': self.outputs}},
            'opset_version': {'aten': 10}, 'schema_version': self.version})

    def write(self, path, root='net', model='model', method=zipfile.ZIP_STORED, omit=()):
        records = {
            'archive_format': 'pt2', f'models/{model}.json': self.text(), 'byteorder': 'little',
            f'data/weights/{model}_weights_config.json': json.dumps({'config': self.weights}),
            f'data/constants/{model}_constants_config.json':
                json.dumps({'config': self.constants})}
        records.update(self.records)
        records.update({'extra/' + name: text for name, text in self.extra.items()})
        with zipfile.ZipFile(path, 'w', method) as archive:
            for name, content in records.items():
                if name not in omit:
                    archive.writestr(f'{root}/{name}', content)


def network(before=lambda program, x: x, size=8):
    """Convolution, batch norm, rectifier, what is given, mean, linear layer: 5 scores"""
    program = Program((1, 3, size, size))
    shape = (1, 4, size, size)
    w, b = program.array('conv.weight', (4, 3, 3, 3)), program.array('conv.bias', (4,))
    norm = {name: program.array('bn.' + name, (4,), values, kind=kind)
            for name, kind, values in (('weight', 'parameter', None),
                                       ('bias', 'parameter', None),
                                       ('running_mean', 'buffer', None),
                                       ('running_var', 'buffer', [1, 2, 1.5, 0.5]))}
    fc, bias = program.array('fc.weight', (5, 4)), program.array('fc.bias', (5,))
    x = program.call('conv2d.default', shape, 'conv', input=Array('x'), weight=w, bias=b,
                     stride=[1, 1], padding=[1, 1])
    x = program.call('batch_norm.default', shape, 'bn', input=x, **norm, training=False,
                     momentum=0.1, eps=1e-5, cudnn_enabled=True)
    x = program.call('relu.default', shape, 'act', self=x)
    x = before(program, x)
    x = program.call('mean.dim', (1, 4), '', self=x, dim=[2, 3])
    x = program.call('linear.default', (1, 5), 'fc', input=x, weight=fc, bias=bias)
    return program.end(x)

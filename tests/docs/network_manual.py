"""cnnviz-network(5) is true: its operations, settings, defaults and shape rules are those
of the program, its examples are read, checked and run with the commands that it shows,
and the program says what the page explains.

Only Python's own library. network_oracle.py compares the examples with PyTorch.
"""
import filecmp
import json
import math
import os
import shutil
import struct
import subprocess
import sys
import tempfile

import manual_page

source = os.environ['top_srcdir']
build = os.environ['top_builddir']
program = os.environ.get('CNNVIZ', os.path.join(build, 'cnnviz'))
dump = os.path.join(build, 'tests', 'model', 'graph_dump')

# A value of each setting that must be given, and what the layers in front are
JOINS = ('add', 'sub', 'mul', 'div', 'concat', 'matmul', 'attention')
REQUIRED = {'out': '6', 'kernel': '3,2', 'output': '2,3', 'size': '3', 'pool': 'pool',
            'min': '-1', 'max': '2', 'range': '1,3', 'groups': '3', 'padding': '1',
            'scale': '2', 'like': 'input', 'shape': '27,3,3', 'order': '3,1,2',
            'factor': '2', 'exponent': '2', 'window': '2,1'}
BEFORE = {'linear': ['flat = flatten'], 'relative_bias': ['table = parameter shape=3,2'], 'max_unpool2d': ['pool = max_pool2d kernel=2'],
          **{name: ['a = relu', 'b = relu from=input'] for name in JOINS}}

# What a rule of the page has, for one direction
SIZES = [dict(H=9, kernel=3, stride=2, padding=1, dilation=2, output_padding=1),
         dict(H=12, kernel=2, stride=3, padding=0, dilation=1, output_padding=2),
         dict(H=7, kernel=5, stride=1, padding=2, dilation=1, output_padding=0)]

# Every key of [network] but input_size: its default, and another value
KEYS = {'name': ('tiny', 'other'), 'channels': ('RGB', 'BGR'), 'scale': ('1', '255'),
        'mean': ('0', '0.5'), 'std': ('1', '0.25, 0.25, 0.2'),
        'activation': ('softmax', 'sigmoid'), 'logits': ('fc', 'flatten'),
        'labels': (None, 'digits.labels'), 'weights': (None, 'tiny.pth'),
        'weights_url': (None, 'file:///tiny.pth'), 'weights_package': (None, 'tiny-weights'),
        'task': (None, 'score'), 'rename': (None, '.old ->, head. -> fc.'), 'ignore': (None, 'aux1., aux2.')}

NETWORK = '[network]\ninput_size = %d\n[layers]\n'

# Descriptions with one mistake each; together they give every message of the page
MISTAKES = [
    (8, 'a = conv out=3 kernel=3'),
    (8, 'a = conv2d out=3 kernel=3 pading=1'),
    (8, 'a = conv2d out=3 kernel=3, 3'),
    (8, 'a = relu\nb = add from=a,layer1'),
    (5, 'a = conv2d out=16 kernel=1\nfc = linear out=10'),
    (8, 'a = conv2d out=3 kernel=1\nb = conv2d out=5 kernel=1 from=input\n'
        'c = add from=a,b'),
    (4, 'a = conv2d out=3 kernel=5'),
    (8, 'a = conv2d out=3 kernel=1\nb = relu\nc = relu from=a\nflat = flatten'),
    (8, 'a = relu\nb = relu\nfc = flatten\nFC = relu'),
]

failures = checks = 0


def check(what, holds):
    global failures, checks
    checks += 1
    if not holds:
        failures += 1
        print('FAIL: ' + what)


def run(*command, **options):
    return subprocess.run(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE,
                          universal_newlines=True, **options)


def write(path, text):
    with open(path, 'w', encoding='utf-8') as stream:
        stream.write(text)


def read_graph(path):
    """The fields of every line of graph_dump, by their first word"""
    result = run(dump, path)
    check('%s is a description: %s' % (path, result.stderr), result.returncode == 0)
    found = {'node': [], 'weight': []}
    for line in result.stdout.splitlines():
        fields = line.split('\t')
        found.setdefault(fields[0], []).append(fields[1:])
    return found


def describe(operation, settings, height=9):
    """A network with the operation at work; the fields of its node"""
    given = ' '.join('%s=%s' % item for item in settings.items())
    inputs = 'a,b,a' if operation == 'attention' else 'a,b'
    joins = ' from=' + inputs if operation in JOINS else ''
    lines = BEFORE.get(operation, []) + ['layer = %s %s%s' % (operation, given, joins)]
    if operation != 'linear':
        lines.append('end = flatten')
    write('layer.ini', NETWORK % height + '\n'.join(lines) + '\n')
    return [node for node in read_graph('layer.ini')['node'] if node[0] == 'layer'][0]


def classified(keys):
    """What a network with such keys says of a picture"""
    text = manual_page.listings()['file: tiny.ini']
    lines = ''.join('%s = %s\n' % item for item in keys.items())
    write('tiny.ini', text.replace('[layers]', lines + '[layers]'))
    result = run(program, 'classify', '--json', '-m', 'tiny.ini', '-w', 'random', 'digit.png')
    check('a network has %s: %s' % (keys, result.stderr), result.returncode == 0)
    return result.stdout


def check_keys():
    check('the page has the keys of [network]',
          manual_page.network_keys() == sorted(['input_size', *KEYS]))
    manual_page.write_files('.')
    plain = classified({})
    for key, (default, other) in KEYS.items():
        if default is not None:
            check('%s is %s' % (key, default), classified({key: default}) == plain)
            check('%s matters' % key, classified({key: other}) != plain)
    # The names of classes are those of the usual logits.
    classified({key: other for key, (_, other) in KEYS.items() if key != 'logits'})


def check_table():
    """The page and the program have the same operations, settings and defaults."""
    table = {}
    for line in run(dump, 'operations').stdout.splitlines():
        kind, operation, *fields = line.split('\t')
        if kind == 'operation':
            table[operation] = {}
        else:
            table[operation][fields[0]] = None if fields[1] == '-' else fields[1]
    described = manual_page.operations()
    check('the program has operations', len(table) > 0)
    for operation in sorted({*table, *described}):
        check('%s: the program has %s, the page %s' % (
            operation, table.get(operation), described.get(operation)),
              table.get(operation) == described.get(operation))


def check_operations():
    """Each can be written as the page says, and its defaults are what is left out."""
    for operation, settings in manual_page.operations().items():
        required = {name: REQUIRED[name] for name, value in settings.items()
                    if value is None}
        plain = describe(operation, required)
        check('%s is an operation' % operation, plain[1] == operation)
        for name, value in settings.items():
            if value is None:
                continue
            value = required[value] if value in required else value
            check('%s has the default %s=%s' % (operation, name, value),
                  describe(operation, dict(required, **{name: value}))[2:] == plain[2:])


def check_rules():
    rules = manual_page.rules()
    check('the page has three shape rules', len(rules) == 3)
    for operation, rule in rules.items():
        for sizes in SIZES:
            known = manual_page.operations()[operation]
            settings = {name: value for name, value in sizes.items() if name in known}
            if 'out' in known:
                settings['out'] = 4
            values = dict(sizes, p=2 * sizes['padding'], floor=math.floor,
                          r=sizes['dilation'] * (sizes['kernel'] - 1) + 1)
            shape = describe(operation, settings, sizes['H'])[3]
            check('the rule of %s holds for %s: %s' % (operation, sizes, shape),
                  int(shape.split(',')[1]) == eval(rule, values))


def write_weights(description, path):
    """Tensors of the right names and shapes, small numbers, as safetensors"""
    header, offset = {}, 0
    for name, shape in read_graph(description)['weight']:
        extents = [int(extent) for extent in shape.split(',')]
        size = 4 * math.prod(extents)
        header[name] = {'dtype': 'F32', 'shape': extents,
                        'data_offsets': [offset, offset + size]}
        offset += size
    text = json.dumps(header).encode()
    values = [0.05 + 0.05 * math.sin(i) for i in range(offset // 4)]
    with open(path, 'wb') as stream:
        stream.write(struct.pack('<Q', len(text)) + text
                     + struct.pack('<%df' % len(values), *values))


def check_examples():
    """The commands run as they stand, and the installed files are those of the page."""
    names = manual_page.write_files('.')
    check('the page shows files', len(names) == 8)
    for name in names:
        installed = os.path.join(source, 'docs', 'examples', name)
        check('docs/examples has %s as the page does' % name,
              name == 'tiny.ini' or filecmp.cmp(name, installed, shallow=False))
    read_graph('tiny.ini')
    for name, maps in (('lenet', ['saliency/digit', 'grad_cam/digit']),
                       ('small_resnet', ['grad_cam/picture', 'guided_bp/picture'])):
        write_weights(name + '.ini', name + '.pth')
        result = run('sh', '-e', '-c', manual_page.commands(name))
        check('the commands for %s succeed: %s' % (name, result.stderr),
              result.returncode == 0)
        for folder in maps:
            path = os.path.join('results', folder, 'attribution.npy')
            check('%s is there' % path, os.path.exists(path))
        shutil.rmtree('results', ignore_errors=True)


def messages_of_weights():
    """What is said of weights of another LeNet: without a bias, of a larger input"""
    write('other.ini', manual_page.listings()['file: lenet.ini']
          .replace('name = lenet', 'name = other')
          .replace('input_size = 28', 'input_size = 32')
          .replace('fc1 = linear out=120', 'fc1 = linear out=120 bias=no'))
    write_weights('other.ini', 'lenet.pth')
    said = run(program, 'check', 'digits.ini').stderr
    write('other.ini', manual_page.listings()['file: lenet.ini']
          .replace('padding=2', 'padding=2 bias=no'))
    write_weights('lenet.ini', 'lenet.pth')
    return said + run(program, 'check', 'digits.ini', '-s',
                      'model.architecture=other.ini').stderr


def check_diagnostics():
    said = messages_of_weights()
    for height, layers in MISTAKES:
        write('mistake.ini', NETWORK % height + layers + '\n')
        result = run(program, 'layers', 'mistake.ini')
        check('%r is refused' % layers, result.returncode == 2)
        said += result.stderr
        check('the page explains: ' + result.stderr,
              any(message in result.stderr for message in manual_page.diagnostics()))
    for message in manual_page.diagnostics():
        check('the program says: ' + message, message in said)


def main():
    folder = tempfile.mkdtemp()
    try:
        os.mkdir(os.path.join(folder, 'bin'))
        os.symlink(program, os.path.join(folder, 'bin', 'cnnviz'))
        for name in ('digit.png', 'picture.png'):
            shutil.copy(os.path.join(source, 'tests', 'data', 'spot.png'),
                        os.path.join(folder, name))
        os.environ.update(CNNVIZ_ENGINE=os.path.join(build, 'core', 'engine',
                                                     'reference.la'),
                          PATH=os.path.join(folder, 'bin') + ':' + os.environ['PATH'])
        os.chdir(folder)
        check_keys()
        check_table()
        check_operations()
        check_rules()
        check_examples()
        check_diagnostics()
    finally:
        os.chdir('/')
        shutil.rmtree(folder)
    print('%d checks, %d failures' % (checks, failures))
    sys.exit(1 if failures else 0)


main()

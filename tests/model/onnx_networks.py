#!/usr/bin/env python3
"""An ONNX file is the network that a description with the same weights is: the same
layers, names and logits, however the file says it. Only Python's own library is needed."""
import json
import os
import struct
import subprocess
import sys
import tempfile

sys.path[:0] = [os.path.join(os.environ['top_srcdir'], 'tests', 'model'),
                os.path.join(os.environ['top_srcdir'], 'tests', 'run')]
import onnx_samples as samples
from onnx_writer import FLOAT, write
from scratch import write_png

os.environ['top_builddir'] = os.path.abspath(os.environ['top_builddir'])
CNNVIZ = os.path.join(os.environ['top_builddir'], 'cnnviz')
ENGINE = os.path.join(os.environ['top_builddir'], 'core', 'engine', 'reference.la')
failures = 0


def check(what, good, detail=''):
    global failures
    if not good:
        failures += 1
        print(f'FAIL: {what} {detail}')


def save_safetensors(path, weights):
    header, data = {}, b''
    for name, (shape, values) in weights.items():
        part = struct.pack(f'<{len(values)}f', *values)
        header[name] = {'dtype': 'F32', 'shape': list(shape),
                        'data_offsets': [len(data), len(data) + len(part)]}
        data += part
    text = json.dumps(header).encode()
    write(path, struct.pack('<Q', len(text)) + text + data)


def save_array(name, values, shape):
    header = repr({'descr': '<f4', 'fortran_order': False, 'shape': tuple(shape)})
    write(name, b'\x93NUMPY\x01\0' + struct.pack('<H', len(header)) + header.encode()
          + struct.pack(f'<{len(values)}f', *values))


def call(*words):
    """Exit code, output, messages"""
    environment = dict(os.environ, CNNVIZ_ENGINE=ENGINE, LC_ALL='C')
    done = subprocess.run([CNNVIZ, *words], capture_output=True, text=True,
                          env=environment, check=False)
    return done.returncode, done.stdout, done.stderr


def logits(*words):
    code, output, messages = call('classify', '--json', '-k', str(samples.CLASSES), *words,
                                  'ramp.png')
    if code != 0:
        print(messages)
        return None
    classes = json.loads(output)['pictures'][0]['classes']
    return [item['logit'] for item in sorted(classes, key=lambda item: item['index'])]


def layers(path):
    code, output, messages = call('layers', '--json', path)
    if code != 0:
        print(messages)
        return []
    return [(item['name'], item['operation'], item['shape'])
            for item in json.loads(output)['layers']]


def describe(name, text, weights):
    write(name + '.ini', text.encode())
    save_safetensors(name + '.safetensors', weights)
    return (layers(f'./{name}.ini'),
            logits('-m', f'./{name}.ini', '-w', f'./{name}.safetensors'))


PIXELS = ['-s', 'model.mean=0.5', '-s', 'model.std=0.25']


def check_sample(name, expected):
    path = f'./{name}.onnx'
    own, values = expected
    found = layers(path)
    check(f'{name}: layers', found == own, f'{found}\ninstead of\n{own}')
    read = logits('-m', path, *PIXELS)
    check(f'{name}: logits', read == values, f'{read} instead of {values}')


def check_samples():
    expected = describe('described', samples.DESCRIPTION, samples.WEIGHTS)
    wide = describe('wide', samples.WIDE_DESCRIPTION, samples.WIDE_WEIGHTS)
    check('the description has logits', expected[1] is not None
          and max(expected[1]) - min(expected[1]) > 0.01)
    others = {'channels_last': wide,
              'gated': describe('gates', samples.GATED_DESCRIPTION, samples.GATED_WEIGHTS),
              'attended': describe('attention', samples.ATTENDED_DESCRIPTION,
                                   samples.ATTENDED_WEIGHTS),
              'transformer': describe('transformers', samples.TRANSFORMER_DESCRIPTION,
                                      samples.TRANSFORMER_WEIGHTS),
              'resampled': describe('resampling', samples.RESAMPLED_DESCRIPTION,
                                    samples.RESAMPLED_WEIGHTS)}
    larger = describe('larger', samples.ENLARGED_DESCRIPTION, samples.ENLARGED_WEIGHTS)
    others.update((f'enlarged{opset}', larger) for opset in (7, 9, 10))
    for name, make in samples.SAMPLES.items():
        write(name + '.onnx', make())
        check_sample(name, others.get(name, expected))
    write('beside.onnx', samples.beside())
    write('beside.onnx.data', struct.pack('<6f', *samples.BIAS1))
    check_sample('beside', expected)
    # By content, whatever the name
    write('network.bin', samples.plain())
    check('another ending', layers('network.bin') == expected[0])


def check_run():
    """A job runs; layers go by their names in PyTorch and by those in the file."""
    maps = []
    for number, layer in enumerate(['features.add', '/features/Add', 'd']):
        write('run.ini', f"""[run]
output = out{number}
[model]
architecture = plain.onnx
mean = 0.5
std = 0.25
[input]
images = ramp.png:2
[grad_cam]
layer = {layer}
""".encode())
        code, _, messages = call('run', 'run.ini')
        check(f'run with layer = {layer}', code == 0, messages)
        with open(f'out{number}/grad_cam/ramp/attribution.npy', 'rb') as stream:
            maps.append(stream.read())
    check('one map for three names', maps[0] == maps[1] == maps[2])
    check('check', call('check', 'run.ini')[0] == 0)


def check_pixels():
    path = './plain.onnx'
    warning = 'does not say how pixels become numbers'
    check('a warning without mean and std', warning in call('classify', '-m', path,
                                                            'ramp.png')[2])
    check('none with them', warning not in call('classify', '-m', path, *PIXELS,
                                                'ramp.png')[2])
    same = logits('-m', path, *PIXELS)
    check('scale is the unit of mean and std', logits(
        '-m', path, '-s', 'model.scale=2', '-s', 'model.mean=1', '-s', 'model.std=0.5')
        == same)
    for config, keys in (
            ({'image_mean': [0.5] * 3, 'image_std': [0.25] * 3,
              'rescale_factor': 1 / 255}, PIXELS),
            ({'do_normalize': False}, ['-s', 'model.mean=0', '-s', 'model.std=1']),
            ({'do_rescale': False, 'image_mean': [100, 110, 120], 'image_std': [50] * 3},
             ['-s', 'model.scale=255', '-s', 'model.mean=100 110 120', '-s',
              'model.std=50'])):
        expected = logits('-m', path, *keys)
        write('preprocessor_config.json', json.dumps(config).encode())
        check(f'{config}: logits', logits('-m', path) == expected)
        check(f'{config}: no warning', warning not in call('classify', '-m', path,
                                                           'ramp.png')[2])
        os.remove('preprocessor_config.json')
    for config in ({'image_mean': [0.5], 'image_std': [0.5]}, {'image_mean': 0.5}, [], 'x',
                   {'image_mean': [0] * 3, 'image_std': [1, 0, 1]}):
        write('preprocessor_config.json', json.dumps(config).encode())
        check(f'{config}: a warning', warning in call('classify', '-m', path,
                                                      'ramp.png')[2])
        os.remove('preprocessor_config.json')
    check('channels change the logits',
          logits('-m', path, *PIXELS, '-s', 'model.channels=BGR') != same)


def names(*words):
    """Names of the classes, by index, and messages"""
    code, output, messages = call('classify', '--json', '-k', str(samples.CLASSES), *words,
                                  'ramp.png')
    if code != 0:
        return None, messages
    classes = json.loads(output)['pictures'][0]['classes']
    return [item['name'] for item in sorted(classes, key=lambda item: item['index'])
            ], messages


ANIMALS = ['ant', "bee's", 'cat "x"', 'dog', 'eel']
BIRDS = ['auk', 'bat hawk', 'crow', 'dove', 'emu']
DIGITS = ['0', '1', '2', '3', '4']


def check_metadata():
    """Names and pixels in the file, then in the files of Hugging Face's libraries"""
    warning = 'does not say how pixels become numbers'

    def write_file(**properties):
        write('told.onnx', samples.plain(properties=[
            (key.replace('__', '.'), value) for key, value in properties.items()]))
        return './told.onnx'

    path = write_file(cnnviz__mean='0.5', cnnviz__std='0.25 0.25 0.25')
    expected = logits('-m', path, *PIXELS)
    check('cnnviz.mean and cnnviz.std', logits('-m', path) == expected)
    check('no warning', warning not in names('-m', path)[1])
    check('[model] comes before metadata', logits('-m', path, '-s', 'model.mean=0')
          != expected)
    path = write_file(cnnviz__scale='255', cnnviz__channels='BGR', cnnviz__mean='100')
    check('cnnviz.scale and cnnviz.channels', logits('-m', path) == logits(
        '-m', './plain.onnx', '-s', 'model.scale=255', '-s', 'model.channels=BGR', '-s',
        'model.mean=100'))
    path = write_file(Image__BitmapPixelFormat='Bgr8',
                      Image__NominalPixelRange='Normalized_1_1')
    check("ONNX's own metadata", logits('-m', path) == logits(
        '-m', './plain.onnx', '-s', 'model.channels=BGR', '-s', 'model.mean=0.5', '-s',
        'model.std=0.5'))
    for key, value in (('mean', 'x'), ('mean', '1 2'), ('std', '0'), ('scale', '-1'),
                       ('channels', 'gray'), ('channels', 'CMYK'), ('labels', '{0: '),
                       ('activation', 'relu')):
        code, _, messages = call('layers', write_file(**{'cnnviz__' + key: value}))
        check(f'cnnviz.{key} = {value}', code == 2 and 'told.onnx: its metadata cnnviz.'
              + key in messages, messages)
    def probabilities(*words):
        return json.loads(call('classify', '--json', *words, 'ramp.png')[1])['pictures']

    check('cnnviz.activation', probabilities('-m', write_file(cnnviz__activation='sigmoid'))
          == probabilities('-m', './plain.onnx', '-s', 'model.activation=sigmoid'))
    for key in ('output', 'logits'):
        path = write_file(**{'cnnviz__' + key: '/features/Add'})
        check(f'cnnviz.{key}', probabilities('-m', path) == probabilities(
            '-m', './plain.onnx', '-s', f'model.{key}=/features/Add'))
        check(f'[model] {key} comes before it', probabilities(
            '-m', path, '-s', f'model.{key}=/fc/Gemm') == probabilities('-m', './plain.onnx'))
    check('an array called logits', probabilities('-m', './plain.onnx', '-s',
                                                  'model.logits=logits')
          == probabilities('-m', './plain.onnx'))
    # As Ultralytics writes it
    path = write_file(names=repr(dict(enumerate(ANIMALS))), imgsz='[12, 12]')
    check("Ultralytics' names", names('-m', path)[0] == ANIMALS)
    check('which say nothing about pixels', warning in names('-m', path)[1])
    write('config.json', json.dumps({'id2label': dict(enumerate(BIRDS))}).encode())
    check('metadata come before config.json', names('-m', path)[0] == ANIMALS)
    check('id2label', names('-m', './plain.onnx')[0] == BIRDS)
    write('own.labels', '\n'.join(reversed(BIRDS)).encode())
    check('labels come before all', names('-m', path, '-l', 'own.labels')[0]
          == BIRDS[::-1])
    write('config.json', b'{"id2label": {"0": 5}}')
    check('a config.json of another kind', names('-m', './plain.onnx')[0] == DIGITS)
    os.remove('config.json')
    for text in ('{0: __import__("os")}', '{0: f()', 'ant bee', '{}'):
        check(f'names = {text}', names('-m', write_file(names=text))[0] == DIGITS)
    found, messages = names('-m', write_file(cnnviz__labels="['a', 'b']"))
    check('too few names', found == DIGITS and '2 names for its 5 classes' in messages,
          messages)
    write('frame.ini', samples.RESAMPLED_DESCRIPTION.split('conv2 =')[0].encode())
    write('frame.onnx', samples.resampled([samples.port('e', [1, 6, 17, 17])]))
    check('padding at the end', layers('./frame.ini') == layers('./frame.onnx') != [])
    write('open.onnx', samples.model(
        samples.features() + samples.pool() + samples.head(),
        samples.layers() + samples.bounds(),
        [samples.port('input', ['n', 3, 'h', 'w'])], samples.OUTPUT,
        properties=[('imgsz', f'[{samples.SIZE}, {samples.SIZE}]')]))
    expected = logits('-m', './plain.onnx')
    check('imgsz of an open network', logits('-m', './open.onnx') == expected)
    write('open.onnx', samples.model(
        samples.features() + samples.pool() + samples.head(),
        samples.layers() + samples.bounds(),
        [samples.port('input', ['n', 3, 'h', 'w'])], samples.OUTPUT))
    for config in ({'size': {'height': samples.SIZE, 'width': samples.SIZE}},
                   {'size': {'shortest_edge': 16},
                    'crop_size': {'height': samples.SIZE, 'width': samples.SIZE}},
                   {'size': samples.SIZE}):
        write('preprocessor_config.json', json.dumps(config).encode())
        check(f'{config} of an open network', logits('-m', './open.onnx') == expected)
    os.remove('preprocessor_config.json')


def described(text):
    """Keys of a description's section"""
    lines = (line.partition('=') for line in text.splitlines()
             if '=' in line and not line.startswith('#'))
    return {key.strip(): value.strip() for key, _, value in lines}


def check_description():
    """[network] graph, and what import writes"""
    write('named.ini', b"""[network]
graph = plain.onnx
mean = 0.5
std = 0.25
channels = BGR
labels = own.labels
""")
    plain = './plain.onnx'
    check('graph: layers', layers('./named.ini') == layers(plain))
    check('graph: logits', logits('-m', './named.ini')
          == logits('-m', plain, *PIXELS, '-s', 'model.channels=BGR'))
    check('[model] comes before graph', logits('-m', './named.ini', *PIXELS, '-s',
                                               'model.channels=RGB')
          == logits('-m', plain, *PIXELS))
    check('graph: labels', names('-m', './named.ini')[0] == BIRDS[::-1])
    for text, sentence in (
            ('graph = none.onnx', 'none.onnx'),
            ('graph = own.labels', 'own.labels is neither an ONNX network'),
            ('graph = plain.onnx\nchannels = gray', 'has 3 channels'),
            ('graph = plain.onnx\ninput_size = 0', 'height and width'),
            ('graph = plain.onnx\nmeans = 1', 'unknown key; did you mean "mean"'),
            ('graph = plain.onnx\n[layers]\na = relu', 'remove one of the two')):
        write('bad.ini', f'[network]\n{text}\n'.encode())
        code, _, messages = call('layers', './bad.ini')
        check(f'{text!r} is refused', code == 2 and sentence in messages, messages)

    expected = logits('-m', './plain.onnx', *PIXELS)
    write('two.onnx', samples.model(
        samples.features() + samples.pool() + samples.head(),
        samples.layers() + samples.bounds(), samples.INPUT,
        samples.OUTPUT + [samples.port('d', [1, 6, 6, 6])]))
    for key, name in (('output', 'logits'), ('logits', '/fc/Gemm')):
        write('two.ini', f'[network]\ngraph = two.onnx\n{key} = {name}\nmean = 0.5\n'
              'std = 0.25\n'.encode())
        check(f'{key} in a description', logits('-m', './two.ini') == expected)
    write('two.ini', b'[network]\ngraph = two.onnx\noutput = d\nlogits = fc\n')
    check('-s comes before the description', logits(
        '-m', './two.ini', '-s', 'model.output=logits', *PIXELS) == expected)
    write('ends.ini', samples.DESCRIPTION.replace(
        '[layers]', 'logits = fc\n[layers]').encode() + b'more = relu\n')
    os.link('described.safetensors', 'ends.safetensors')
    check('logits of layers', logits('-m', './ends.ini', '-w', './ends.safetensors')
          == expected)
    for key, sentence in (('logits = none', 'none'), ('output = fc', 'logits = LAYER')):
        write('bad.ini', samples.DESCRIPTION.replace('[layers]', key + '\n[layers]')
              .encode())
        code, _, messages = call('layers', './bad.ini')
        check(f'{key} is refused', code == 2 and sentence in messages
              and 'bad.ini:5: [network] ' + key.split()[0] in messages, messages)

    code, output, messages = call('import', 'plain.onnx')
    check('import: guesses', code == 0 and output.count('# A guess') == 3, messages)
    check('import: keys', described(output) == {
        'graph': '"plain.onnx"', 'input_size': f'{samples.SIZE} {samples.SIZE}',
        'channels': 'RGB', 'scale': '1', 'mean': '0 0 0', 'std': '1 1 1',
        'activation': 'softmax'}, output)
    write('told.onnx', samples.plain(properties=[
        ('names', repr(dict(enumerate(ANIMALS)))), ('cnnviz.mean', '0.5 0.25 0.125'),
        ('cnnviz.channels', 'BGR')]))
    code, output, messages = call('import', 'told.onnx', '-i', 'ramp.png', '-o',
                                  'told.ini')
    check('import -o', code == 0 and output == '', messages)
    with open('told.ini', encoding='utf-8') as stream:
        text = stream.read()
    check('import: what is said', text.count('# A guess') == 1 and 'ant, bee' in text
          and described(text)['mean'] == '0.5 0.25 0.125', text)
    check('import -o: logits', logits('-m', './told.ini') == logits('-m', './told.onnx'))
    check('import -o: names', names('-m', './told.ini')[0] == ANIMALS)
    check('import -i: the recipes are told of once', 'normalized as' not in messages,
          messages)
    code, output, messages = call(
        'import', 'two.onnx', '-s', 'model.output=logits', '-s', 'model.mean=0.5', '-s',
        'model.std=0.25', '-s', 'model.activation=sigmoid', '-s', 'model.labels=own.labels',
        '-i', 'ramp.png')
    check('import -s', code == 0 and messages.count('normalized as') == 1, messages)
    keys = described(output)
    check('import -s: keys', keys['output'] == '"logits"' and keys['mean'] == '0.5 0.5 0.5'
          and keys['std'] == '0.25 0.25 0.25' and keys['activation'] == 'sigmoid'
          and keys['labels'] == f'"{os.path.abspath("own.labels")}"'
          and output.count('# A guess') == 1, output)
    write('two.ini', output.encode())
    check('import -s: the description', logits('-m', './two.ini')
          == logits('-m', './plain.onnx', *PIXELS))
    check('import -s refuses what is no key', call(
        'import', 'two.onnx', '-s', 'model.outputs=logits')[0] == 2)
    for keys in (['scale=1', 'mean=0', 'std=1'],
                 ['scale=1', 'mean=0.485 0.456 0.406', 'std=0.229 0.224 0.225'],
                 ['scale=1', 'mean=0.5', 'std=0.5'], ['scale=255', 'mean=0', 'std=1']):
        best = json.loads(call('classify', '--json', '-k', '1', '-m', './told.onnx', *[
            word for key in keys for word in ('-s', 'model.' + key)], 'ramp.png')[1]
                          )['pictures'][0]['classes'][0]
        line = ', '.join(key.replace('=', ' = ') for key in keys)
        check(f'import -i: {line}', f'#   {line}\n#       {best["probability"]:.4f}  '
              f'{best["index"]}  {best["name"]}\n' in text, text)
    code, output, messages = call('import', '--layers', 'told.onnx', '-o', 'listed.ini')
    check('import --layers: the layers are the same', code == 0
          and layers('./listed.ini') == layers('./told.onnx'), messages)
    with open('listed.ini', encoding='utf-8') as stream:
        text = stream.read()
    check('import --layers: no file is named, and pixels are', 'graph =' not in text
          and described(text)['channels'] == 'BGR', text)
    save_array('x.npy', [0.5] * 432, (3, 12, 12))
    for words, sentence in ((['told.onnx', '-o', 'told.ini'], 'is there already'),
                            (['told.ini'], 'is a description already'),
                            (['none.onnx'], 'there is no file'),
                            (['own.labels'], ''),
                            (['told.onnx', '-i', 'own.labels'], 'own.labels'),
                            (['told.onnx', '-i', 'x.npy'], 'give a picture')):
        code, _, messages = call('import', *words)
        check(f'import {words} is refused', code == 2 and sentence in messages, messages)


def check_choices():
    """logits and output end the network elsewhere; input_size makes it another one."""
    path = './plain.onnx'
    write('map.ini', samples.DESCRIPTION.split('pool =')[0].encode())
    save_safetensors('map.safetensors', {name: value for name, value in
                                         samples.WEIGHTS.items() if 'fc' not in name})
    code, theirs, messages = call('classify', '--json', '-m', './map.ini', '-w',
                                  './map.safetensors', 'ramp.png')
    check('a network of maps', code == 0, messages)
    for key in ('output', 'logits'):
        code, ours, messages = call('classify', '--json', '-m', path, *PIXELS, '-s',
                                    f'model.{key}=/features/Add', 'ramp.png')
        check(f'{key} = /features/Add', code == 0, messages)
        if code == 0:
            check(f'{key}: classes', json.loads(ours)['pictures']
                  == json.loads(theirs)['pictures'])
    write('open.onnx', samples.model(
        samples.features() + samples.pool() + samples.head(),
        samples.layers() + samples.bounds(),
        [samples.port('input', ['n', 3, 'h', 'w'])], samples.OUTPUT))
    check('input_size of an open network',
          logits('-m', './open.onnx', *PIXELS, '-s', f'model.input_size={samples.SIZE}')
          == logits('-m', path, *PIXELS))


def floats_of(path):
    with open(path, 'rb') as stream:
        data = stream.read()
    begin = 10 + struct.unpack('<H', data[8:10])[0]
    return [value for value, in struct.iter_unpack('<f', data[begin:])]


def check_one_output():
    """Class 0 is the positive side of one output, and "not 0" the other."""
    write('one.onnx', samples.model(
        samples.features() + samples.pool() + samples.head(),
        samples.layers()[:3] + samples.bounds() + [
            samples.tensor('fc.weight', [1, 6], samples.FC[:6]),
            samples.tensor('fc.bias', [1], samples.FC_BIAS[:1])],
        samples.INPUT, [samples.port('logits', [1, 1])]))
    write('one.ini', b"""[run]
output = one
[model]
architecture = one.onnx
mean = 0.5
std = 0.25
[input]
images = ramp.png:0, ramp.png:not 0
[vanilla_bp]
""")
    code, _, messages = call('run', 'one.ini')
    check('a network of one output', code == 0, messages)
    found = [floats_of(os.path.join(folder, name)) for folder, _, names in os.walk('one')
             for name in sorted(names) if name == 'attribution.npy']
    check('both sides', len(found) == 2 and any(found[0])
          and found[0] == [-value for value in found[1]], found)


def means(shape, kind=FLOAT, last=False, end=()):
    """The means of a picture's channels, times a matrix"""
    channels = shape[3 if last else 1]
    first = [samples.node('Transpose', ['input'], ['t'], perm=[0, 3, 1, 2])] if last else []
    if kind != FLOAT:
        first.append(samples.node('Cast', ['input'], ['t'], to=1))
    return samples.model(
        first + [samples.node('GlobalAveragePool', ['t' if first else 'input'], ['p'], 'pool'),
                 samples.node('Flatten', ['p'], ['f'], 'flat'),
                 samples.node('Gemm', ['f', 'fc'], ['logits'], 'fc', transB=1), *end],
        [samples.tensor('fc', [samples.CLASSES, channels],
                        samples.numbers('fc', samples.CLASSES * channels))],
        [samples.port('input', shape, kind)],
        [samples.port('scores' if end else 'logits', [1, samples.CLASSES])])


def check_channels():
    """Inputs of any number of channels, wherever they stand; bytes; sigmoids at the end"""
    for channels, height, width in ((2, 8, 8), (4, 8, 8), (4, 9, 7), (6, 8, 8), (13, 8, 8)):
        values = samples.numbers('input', channels * height * width)
        save_array('x.npy', values, (channels, height, width))
        area = height * width
        matrix = samples.numbers('fc', samples.CLASSES * channels)
        wanted = [sum(matrix[k * channels + c] * sum(values[c * area:(c + 1) * area]) / area
                      for c in range(channels)) for k in range(samples.CLASSES)]
        for last, shape in ((False, [1, channels, height, width]),
                            (True, [1, height, width, channels])):
            write('many.onnx', means(shape, last=last))
            code, output, messages = call('classify', '--json', '-k', '5', '-m',
                                          './many.onnx', '-s', 'model.scale=1', 'x.npy')
            found = code == 0 and {item['index']: item['logit'] for item in json.loads(
                output)['pictures'][0]['classes']}
            check(f'input {shape}', found and all(abs(found[k] - wanted[k]) < 1e-5
                                                  for k in range(samples.CLASSES)), messages)
    code, _, messages = call('classify', '-m', './many.onnx', 'ramp.png')
    check('no picture has 13 channels', code == 2 and 'takes 13 channels' in messages
          and '.npy' in messages, messages)
    write('bytes.onnx', means([1, 3, 12, 12], 2))
    write('float.onnx', means([1, 3, 12, 12]))
    check('bytes are 0 to 255', logits('-m', './bytes.onnx') == logits(
        '-m', './float.onnx', '-s', 'model.scale=255') is not None)
    check('and need no warning', 'does not say' not in call(
        'classify', '-m', './bytes.onnx', 'ramp.png')[2])
    write('preprocessor_config.json', json.dumps({
        'image_mean': [0.5] * 3, 'image_std': [0.25] * 3}).encode())
    check('what lies beside comes before bytes', logits('-m', './bytes.onnx') == logits(
        '-m', './float.onnx', *PIXELS) is not None)
    os.remove('preprocessor_config.json')
    write('sure.onnx', means([1, 3, 12, 12], end=[
        samples.node('Sigmoid', ['logits'], ['scores'], 'end')]))
    one, other = (json.loads(call('classify', '--json', '-k', '5', '-m', path, *more,
                                  'ramp.png')[1])['pictures']
                  for path, more in (('./sure.onnx', ()),
                                     ('./float.onnx', ('-s', 'model.activation=sigmoid'))))
    check('a sigmoid at the end', one == other)


def check_start():
    """Looking at a network loads no library that could run it."""
    for words in (['layers', './plain.onnx'], ['check', 'run.ini']):
        environment = dict(os.environ, LD_DEBUG='libs', LC_ALL='C')
        environment.pop('CNNVIZ_ENGINE', None)
        done = subprocess.run([CNNVIZ, *words], capture_output=True, text=True,
                              env=environment, check=False)
        check(f'{words}: libraries', 'libiniparser' in done.stderr
              and 'libtorch' not in done.stderr)


def main():
    with tempfile.TemporaryDirectory(prefix='onnx-', dir=os.path.join(
            os.environ['top_builddir'], 'tests')) as folder:
        os.chdir(folder)
        write_png('ramp.png', samples.SIZE, samples.SIZE,
                  lambda x, y: (x * 20, y * 20, 255 - x * y))
        check_samples()
        check_run()
        check_pixels()
        check_metadata()
        check_description()
        check_choices()
        check_one_output()
        check_channels()
        check_start()
        os.chdir('/')
    print(f'{failures} failures')
    sys.exit(1 if failures else 0)


main()

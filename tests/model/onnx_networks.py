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
from onnx_writer import write
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


def main():
    with tempfile.TemporaryDirectory(prefix='onnx-', dir=os.path.join(
            os.environ['top_builddir'], 'tests')) as folder:
        os.chdir(folder)
        write_png('ramp.png', samples.SIZE, samples.SIZE,
                  lambda x, y: (x * 20, y * 20, 255 - x * y))
        check_samples()
        check_run()
        check_pixels()
        check_choices()
        os.chdir('/')
    print(f'{failures} failures')
    sys.exit(1 if failures else 0)


main()

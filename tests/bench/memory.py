"""Weights are in memory once, packed once, and turned for gradients.

A run of one picture may take little more than a tiny network's, as weights leave memory when
they have been multiplied by, and so does what loading libraries has touched; one of many passes
keeps some of its weights at hand. A technique that looks at values alone keeps no layers for
gradients. And oneDNN itself tells what it has reordered and computed."""
import json
import os
import sys
import tempfile
from collections import Counter

HERE = os.path.dirname(os.path.abspath(__file__))
sys.path[:0] = [HERE, os.path.join(HERE, '..', 'oracle')]
import engine_tool
from sidebyside import measure

CNNVIZ = engine_tool.build_path('cnnviz')
PICTURE = engine_tool.source_path('tests', 'data', 'stripe.jpg')
# AlexNet's: 233 MiB, most of them in three linear layers
SHAPES = {
    'features.0': (64, 3, 11, 11), 'features.3': (192, 64, 5, 5),
    'features.6': (384, 192, 3, 3), 'features.8': (256, 384, 3, 3),
    'features.10': (256, 256, 3, 3), 'classifier.1': (4096, 9216),
    'classifier.4': (4096, 4096), 'classifier.6': (1000, 4096),
}


def size_of(shape):
    size = 4
    for extent in shape:
        size *= extent
    return size


def write_weights(path):
    """A sparse file of zeros takes no time to write, and as much memory when it is read."""
    header, end = {}, 0
    for name, shape in SHAPES.items():
        for key, extents in ('weight', shape), ('bias', shape[:1]):
            size = size_of(extents)
            header[f'{name}.{key}'] = {'dtype': 'F32', 'shape': extents,
                                       'data_offsets': [end, end + size]}
            end += size
    text = json.dumps(header).encode()
    text += b' ' * (-len(text) % 8)
    with open(path, 'wb') as stream:
        stream.write(len(text).to_bytes(8, 'little') + text)
        stream.truncate(8 + len(text) + end)
    return end


def peak(network, weights, technique, folder, *settings):
    """MiB of a run, forward and back"""
    return measure.run([CNNVIZ, '-q', 'explain', '-m', network, '-w', weights, '-t',
                        technique, '-s', 'run.threads=1', '-o',
                        os.path.join(folder, f'out-{network}-{technique}'), *settings,
                        PICTURE + ':0'], folder).memory / 1024


def check_peaks(folder):
    weights = os.path.join(folder, 'alexnet.safetensors')
    size = write_weights(weights) / 2 ** 20
    tiny = peak('conform', 'random', 'vanilla_bp', folder)
    once = peak('alexnet', weights, 'vanilla_bp', folder)
    often = peak('alexnet', weights, 'smooth_grad', folder, '-s', 'smooth_grad.samples=2', '-s',
                 'smooth_grad.copies_together=1')
    print(f'peak: {once:.0f} MiB with {size:.0f} MiB of weights, {often:.0f} in many passes, '
          f'{tiny:.0f} without')
    return once < tiny + size / 8 and often < tiny + size / 2


def operations(steps, folder):
    """What oneDNN does for so many steps, in batches of 4"""
    os.environ['DNNL_VERBOSE'] = '1'
    text = measure.run([CNNVIZ, 'explain', '-m', 'squeezenet1_1', '-w', 'random', '-t',
                        'integrated_gradients', '-s', f'integrated_gradients.steps={steps}',
                        '-s', 'run.threads=1', '-s', 'run.batch=4', '-s', 'input.size=64',
                        '-o', os.path.join(folder, f'steps-{steps}'), PICTURE + ':0'],
                       folder).output
    del os.environ['DNNL_VERBOSE']
    rows = [line.split(',') for line in text.splitlines()
            if line.split(',')[:2] in (['onednn_verbose', 'exec'], ['dnnl_verbose', 'exec'])]
    return [(row[3], row[5], row[-2]) for row in rows]


def packed(found):
    """How often weights were packed: what is reordered, and is more than a batch can be"""
    return sum(kind == 'reorder' and int(sizes.split('x')[0]) > 8 for kind, _, sizes in found)


def check_operations(folder):
    once, more = operations(4, folder), operations(10, folder)
    if not once:
        engine_tool.skip('built without oneDNN, or with one that tells nothing')
    slow = Counter(sizes for _, way, sizes in once if way == 'backward_data')
    print(f'weights were packed {packed(once)} times for one batch, {packed(more)} for '
          f'batches of 4, 4 and 2; backward in the usual way: {dict(slow)}')
    # The one at the picture has three channels on its other side.
    return packed(once) == packed(more) > 0 and sum(slow.values()) == 1


# Six layers of 2 MiB for each item
LAYERS = ''.join(f'conv{i} = conv2d out=8 kernel=3 padding=1\nrelu{i} = relu\n'
                 for i in range(6))
NETWORK = f"""[network]
name = level
input_size = 256 256
mean = 0.5
std = 0.25
[layers]
{LAYERS}pool = adaptive_avg_pool2d output=1
flatten = flatten
classifier = linear out=10
"""
ITEMS = 16


def values_peak(folder, together):
    """MiB of a run that looks at the logits of so many variants at once"""
    network = os.path.join(folder, 'level.ini')
    with open(network, 'w', encoding='utf-8') as stream:
        stream.write(NETWORK)
    return measure.run([CNNVIZ, '-q', 'explain', '-m', network, '-w', 'random', '-t', 'rise',
                        '-s', f'rise.masks={2 * ITEMS}', '-s',
                        f'rise.variants_together={together}', '-s', 'run.threads=1', '-o',
                        os.path.join(folder, f'values-{together}'), PICTURE + ':0'],
                       folder).memory / 1024


def check_values(folder):
    """Without gradients, a pass holds what one layer reads and writes."""
    one, many = values_peak(folder, 1), values_peak(folder, ITEMS)
    each = (many - one) / (ITEMS - 1)
    print(f'peak of variants: {one:.0f} MiB, {many:.0f} with {ITEMS} at once: {each:.1f} for '
          'each more, where all layers have 12')
    return each < 9


def main():
    if 'torch' not in engine_tool.engines():
        engine_tool.skip('built without libtorch')
    with tempfile.TemporaryDirectory(prefix='memory-', dir='.') as folder:
        folder = os.path.abspath(folder)
        good = [check_peaks(folder), check_operations(folder), check_values(folder)]
    return 0 if all(good) else 1


sys.exit(main())

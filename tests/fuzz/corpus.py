#!/usr/bin/env python3
"""Writes small files of every format into FOLDER/TARGET: seeds for the fuzz targets."""
import json
import os
import re
import struct
import subprocess
import sys
import zlib

HERE = os.path.dirname(os.path.abspath(__file__))
TESTS = os.path.dirname(HERE)

RUN = """[run]
output = "out" ; quoted
limits.jobs = 9
[model]
architecture = tiny.ini
weights = random:5
mean = 0.5, 0.5, 0.5
[input]
images = a.png, \\
    b?.jpg:tiger, @c.list
size = 16 16
region = all
[evaluation]
annotations = boxes.json
curve_steps = 4
[Saliency 2]
technique = saliency
colour = '#ff0000'
layer = features.3
filter = 0-3, 7
[vanilla_bp]
target = not 2
"""

IMPORTED = """[network]
name = resnet18
graph = torchvision.onnx
input_size = 224 224
mean = 0.485 0.456 0.406
std = 0.229 0.224 0.225
weights = resnet18-f37072fd.pth
"""

LIST = b'\xef\xbb\xbf# pictures\r\nspot.png\n"b c.png":not 2\n  stripe.jpg : tiger\n*.png:1\n'
TABLE = b'path,target\nspot.png,stripe\n"a ""b"".png","not 2"\n,3\n'

ANNOTATIONS = """{"pictures": [{"path": "spot.png", "objects": [
 {"class": "tiger", "box": [1, 2, 8.5, 9], "role": "main"},
 {"class": 2, "box": [0, 0, 4, 4], "role": "distractor",
  "mask": "mask.png", "mask_value": 3}]}]}"""

LABELS = ("tench\ngoldfish, Carassius\n\n# shark\n",
          "{0: 'tench',\n 1: \"gold 'fish'\", 2: 'a\\'b\\u00e9'}",
          '["tench", "gold \\"fish\\"", "\\u00e9\\ud83d\\ude00"]',
          '{"0": ["n01440764", "tench"], "1": ["n01443537", "goldfish"]}',
          "{0: 'tench', 2@: 'shark'}")


def chunk(kind, data):
    return (struct.pack('>I', len(data)) + kind + data
            + struct.pack('>I', zlib.crc32(kind + data)))


def png(depth, color, channels, more=b'', interlaced=0, extent=(5, 4)):
    """Rows of the same bytes; interlaced ones are too many, which is an error of its own"""
    width, height = extent
    row = b'\x00' + bytes(range(1, 1 + (width * channels * depth + 7) // 8))
    return (b'\x89PNG\r\n\x1a\n'
            + chunk(b'IHDR', struct.pack('>IIBBBBB', width, height, depth, color, 0, 0,
                                         interlaced))
            + more + chunk(b'IDAT', zlib.compress(row * height * (2 if interlaced else 1)))
            + chunk(b'IEND', b''))


def exif(orientation, order='<'):
    mark = b'II*\x00' if order == '<' else b'MM\x00*'
    return (mark + struct.pack(order + 'I', 8)
            + struct.pack(order + 'HHHIHHI', 1, 0x112, 3, 1, orientation, 0, 0))


def with_exif(jpeg, data):
    data = b'Exif\x00\x00' + data
    return jpeg[:2] + b'\xff\xe1' + struct.pack('>H', len(data) + 2) + data + jpeg[2:]


def npy(kind, shape, order, size, version=1):
    head = "{'descr': '%s', 'fortran_order': %s, 'shape': %r, }" % (kind, order, shape)
    head = head.ljust(117) + '\n'
    length = struct.pack('<H' if version == 1 else '<I', len(head))
    return b'\x93NUMPY' + bytes([version, 0]) + length + head.encode() + bytes(range(size))


def read(*path):
    with open(os.path.join(TESTS, *path), 'rb') as stream:
        return stream.read()


def pickles():
    """Those inside the torch.save files, and one of many opcodes"""
    stored = read('weights', 'data', 'zip.pth')
    start = stored.index(b'\x80\x02')
    yield stored[start:stored.index(b'PK', start)]
    yield read('weights', 'data', 'stream.pth')
    yield (b'\x80\x04\x95\x40\0\0\0\0\0\0\0}\x94(\x8c\x01a\x94K\x01\x8c\x01b\x94]\x94(N\x88\x89'
           b'J\xff\xff\xff\xffM\x01\x02G?\xf0\0\0\0\0\0\0e\x8c\x01c\x94\x8a\x09'
           b'\0\0\0\0\0\0\0\0\x01C\x02xy\x8f\x94(K\x02\x90K\x03\x85K\x04\x86\x87u.')


def journal(record):
    """A line for each member of a record, and for each item of its lists"""
    lines = []
    for name, value in json.loads(record).items():
        items = value if isinstance(value, list) else None
        lines += [{name: value}] if items is None else [{name: [item]} for item in items]
    return ''.join(json.dumps(line, ensure_ascii=False) + '\n' for line in lines).encode()


def portion():
    """What the only shard of an evaluation of three objects has measured"""
    with open(os.path.join(TESTS, '..', 'configure.ac'), encoding='utf-8') as stream:
        version = re.search(r'AC_INIT\(\[cnnviz\], \[(.*?)\]', stream.read())[1]
    one = 1 << 40
    tallies = [{'maps': maps, 'levels': [one] * 100, 'curves': maps,
                'deletion': [one, 7, 0], 'insertion': [0, 7, one]} for maps in (2, 1)]
    sources = [{'name': name, 'failure': failure, 'main': tallies[0],
                'distractor': tallies[1], 'similarity': similarity}
               for name, failure, similarity in
               (('job', 'no face', [{'maps': 1, 'totals': [-one, 3]}]),
                ('baseline', None, []))]
    score = [False, True, 1.0, 0.5, 0.25, 0.125, 0.5, 1e-300]
    return json.dumps({
        'cnnviz': version, 'shard': [1, 1], 'command': {}, 'engine': 'reference',
        'shared': {'sanity': {'pictures': 1, 'stages': ['fc']}, 'settings': {'seed': 3}},
        'sources': sources,
        'objects': [{'object': i, 'scores': [score + [[0.5, None, -0.0][i]], None]}
                    for i in range(3)]}).encode()


def seeds():
    """Pairs of a target and what it is given"""
    jpeg = read('data', 'stripe.jpg')
    for name in 'nested.pth', 'plain.safetensors', 'stream.pth', 'strided.pth', \
            'torchscript.pt', 'zip.pth':
        yield 'weights', read('weights', 'data', name)
    for name in 'nested.pth', 'torchscript.pt', 'zip.pth':
        yield 'zip', read('weights', 'data', name)
    yield 'record', read('output', 'record.json')
    yield 'earlier', read('output', 'record.json')
    yield 'journal', journal(read('output', 'record.json'))
    yield 'ini', RUN.encode()
    yield 'network', read('data', 'tiny.ini')
    yield 'network', IMPORTED.encode()
    yield 'network', read('..', 'models', 'convnext_tiny.ini')
    yield 'list', LIST
    yield 'list', TABLE
    yield 'annotations', ANNOTATIONS.encode()
    yield 'portion', portion()
    for text in LABELS:
        yield 'labels', text.encode()
    for data in pickles():
        yield 'pickle', data
    palette = chunk(b'PLTE', bytes(range(48))) + chunk(b'tRNS', b'\x00\x80')
    for data in (png(8, 2, 3), png(16, 6, 4), png(4, 3, 1, palette), png(1, 0, 1, interlaced=1),
                 png(8, 4, 2, chunk(b'eXIf', exif(6)) + chunk(b'tEXt', b'a\x00b'))):
        yield 'png', data
    for data in (jpeg, with_exif(jpeg, exif(6)), with_exif(jpeg, exif(8, '>')), exif(3)):
        yield 'jpeg', data
    for data in (npy('<f4', (3, 2, 2), 'False', 48), npy('>f8', (1, 2), 'True', 16),
                 npy('<f4', (), 'False', 4, 2)):
        yield 'npy', data


def main(folder):
    for i, (target, data) in enumerate(seeds()):
        os.makedirs(os.path.join(folder, target), exist_ok=True)
        with open(os.path.join(folder, target, 'seed%d' % i), 'wb') as stream:
            stream.write(data)
    for target, script in ('onnx', 'onnx_samples.py'), ('pt2', 'pt2_samples.py'):
        os.makedirs(os.path.join(folder, target), exist_ok=True)
        subprocess.run([sys.executable, os.path.join(TESTS, 'model', script),
                        os.path.join(folder, target)], check=True)


if __name__ == '__main__':
    main(sys.argv[1])

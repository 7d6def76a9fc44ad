#!/usr/bin/env python3
"""Every technique works on an ONNX network: conf/onnx.ini, conf/cams.ini, conf/perturbation.ini,
conf/demo_gradients.ini, conf/rules.ini, conf/attention.ini on a transformer, and conf/demo_segmentation.ini on a network that ends at maps. Rules act at the activations, however the file writes them, and
the manifest counts them. Only Python's own library is needed."""
import json
import os
import re
import subprocess
import sys

sys.path[:0] = [os.path.join(os.environ['top_srcdir'], 'tests', part)
                for part in ('run', 'model')]
from onnx_samples import CLASSES, heads, mix, numbers
from onnx_writer import INT64, model, node, port, tensor, write
from scratch import Scratch, build, program, source

SIZE, WIDTH = 32, 8
# Of techniques that go step by step
FEW = ['-s', 'smooth_grad.samples=2', '-s', 'integrated_gradients.steps=2', '-s',
       'filter_vis.iterations=2', '-s', 'class_image.iterations=2', '-s',
       'deep_dream.iterations=1', '-s', 'deep_dream.octaves=1', '-s',
       'inversion.iterations=2', '-s', 'fooling.iterations=2', '-s',
       'fooling.confidence=0.001', '-s', 'disguised_fooling.iterations=2', '-s',
       'disguised_fooling.confidence=0.001', '-s',
       'tcav.concept=' + ','.join(os.path.join(source, 'conf', 'pictures', name)
                                  for name in ('cat.jpg', 'espresso.jpg')), '-s',
       'tcav.random=' + os.path.join(source, 'conf', 'pictures', 'scenes', '*.jpg')]
FEW_CAMS = ['-s', 'layer_cam_merged.layer=features.3,features.7', '-s', 'is_cam.channels=2',
            '-s', 'ss_cam.channels=2']
FEW_MASKS = ['-s', 'occlusion.window=16', '-s', 'rise.masks=4', '-s', 'lime.samples=80', '-s',
             'kernel_shap.samples=80', '-s', 'shapley_sampling.orders=1', '-s',
             'sobol.designs=2', '-s', 'hsic.masks=4', '-s',
             'meaningful_perturbation.iterations=2', '-s', 'extremal_perturbation.iterations=2']
FEW_PATHS = [word for few in (
    'integrated_gradients.steps=2', 'from_white.steps=2', 'guided_integrated_gradients.steps=2',
    'blur_ig.steps=2', 'blur_ig.max_sigma=2', 'gradient_shap.samples=2',
    'gradient_shap.references=ramp.png', 'expected_gradients.samples=2',
    'expected_gradients.references=ramp.png', 'xrai.scales=250', 'smooth_grad.samples=2',
    'noise_grad.samples=2', 'fusion_grad.samples=2', 'model.weights=embedded')
    for word in ('-s', few)]
scratch = Scratch()


def conv(number, source_name, wide):
    """A layer of an nn.Sequential named features, and its weights"""
    name = f'features.{number}'
    return (node('Conv', [source_name, name + '.weight', name + '.bias'], [f'c{number}'],
                 f'/features/{name}/Conv', pads=[1, 1, 1, 1],
                 strides=[1 + number % 4 // 2] * 2),
            [tensor(name + '.weight', [WIDTH, wide, 3, 3],
                    numbers(name, WIDTH * wide * 9)),
             tensor(name + '.bias', [WIDTH], numbers(name + 'b', WIDTH))])


def parts(number, *operators):
    """The nodes of an activation"""
    return [node(operator, inputs, [output], f'/features/features.{number}/{operator}', **more)
            for operator, inputs, output, more in operators]


def features():
    """Four convolutions, each with another activation behind it"""
    activations = [
        parts(1, ('Relu', ['c0'], 'r1', {})),
        parts(3, ('Clip', ['c2', 'zero', 'six'], 'r3', {})),
        parts(5, ('Sigmoid', ['c4'], 's5', {}), ('Mul', ['c4', 's5'], 'r5', {})),
        parts(7, ('HardSigmoid', ['c6'], 's7', {'alpha': 1 / 6, 'beta': 0.5}),
              ('Mul', ['c6', 's7'], 'r7', {}))]
    nodes, tensors = [], [tensor('zero', [], [0]), tensor('six', [], [6])]
    for number, behind in zip((0, 2, 4, 6), activations):
        layer, weights = conv(number, f'r{number - 1}' if number else 'input',
                              WIDTH if number else 3)
        nodes += [layer] + behind
        tensors += weights
    return nodes, tensors


def write_networks():
    nodes, tensors = features()
    inputs = [port('input', [1, 3, SIZE, SIZE])]
    head = [node('GlobalAveragePool', ['r7'], ['p'], '/pool/GlobalAveragePool'),
            node('Flatten', ['p'], ['f'], '/Flatten'),
            node('Gemm', ['f', 'fc.weight', 'fc.bias'], ['logits'], '/fc/Gemm', transB=1)]
    linear = [tensor('fc.weight', [CLASSES, WIDTH], numbers('fc', CLASSES * WIDTH)),
              tensor('fc.bias', [CLASSES], numbers('fcb', CLASSES))]
    write(scratch.path('my.onnx'), model(nodes + head, tensors + linear, inputs,
                                         [port('logits', [1, CLASSES])]))
    write(scratch.path('maps.onnx'), model(nodes, tensors, inputs,
                                           [port('r7', [1, WIDTH, SIZE // 4, SIZE // 4])]))


def with_class_token():
    """A transformer of one block, whose class token is read"""
    nodes = [
        node('Conv', ['input', 'conv.weight'], ['c'], '/conv/Conv', strides=[8, 8]),
        node('Reshape', ['c', 'flat'], ['r'], '/rows/Reshape'),
        node('Transpose', ['r'], ['t'], '/tokens/Transpose', perm=[0, 2, 1]),
        node('Concat', ['token', 't'], ['one.in'], '/token/Concat', axis=1),
        *heads('one', 'q'), *heads('one', 'k', True), *heads('one', 'v'),
        node('MatMul', ['one.q', 'one.k'], ['one.s'], '/one/scores/MatMul'),
        *mix('one', 'one.s', 'end'),
        node('Gather', ['end', 'first'], ['f'], '/first/Gather', axis=1),
        node('Gemm', ['f', 'fc.weight'], ['logits'], '/fc/Gemm', transB=1)]
    return model(nodes, [
        tensor('conv.weight', [6, 3, 8, 8], numbers('conv', 6 * 192)),
        tensor('token', [1, 1, 6], numbers('token', 6)),
        *(tensor(f'one.{letter}.weight', [6, 6], numbers('one' + letter, 36))
          for letter in 'qkv'),
        tensor('fc.weight', [CLASSES, 6], numbers('fc', CLASSES * 6)),
        tensor('flat', [3], [0, 6, -1], INT64), tensor('split', [4], [0, -1, 2, 3], INT64),
        tensor('join', [3], [0, -1, 6], INT64), tensor('first', [], [0], INT64)],
        [port('input', [1, 3, SIZE, SIZE])], [port('logits', [1, CLASSES])], opset=17)


def run(name, output, *words):
    """A file of conf/ on a picture of the test's, and which techniques it ran"""
    with open(os.path.join(source, 'conf', name), encoding='utf-8') as stream:
        text = stream.read()
    with open(os.path.join(build, 'config.h'), encoding='utf-8') as stream:
        if '#define WITH_OPENCV' not in stream.read():
            text = re.sub(r'\[saliency_segmentation\][^[]*', '', text)
    with open(scratch.path('run.ini'), 'w', encoding='utf-8') as stream:
        stream.write(text)
    code, said = scratch.run('-o', output, '-s', 'input.images=ramp.png', *words)
    scratch.check(f'{name} runs', code == 0, said)
    manifest = scratch.manifest(output)
    sections = re.findall(r'^\[(\w+)\]', text, re.MULTILINE)
    for section in sections:
        if section not in ('run', 'model', 'input'):
            scratch.check(f'{name}: [{section}] made files', any(
                f'/{section}/' in f'/{path}' for path in scratch.files(output)),
                sorted(scratch.files(output)))
    return manifest


def techniques():
    """All that the program has, and those that the files show"""
    shown = set()
    for name in ('onnx.ini', 'cams.ini', 'perturbation.ini', 'attention.ini',
                 'demo_gradients.ini', 'rules.ini',
                 'demo_segmentation.ini'):
        with open(os.path.join(source, 'conf', name), encoding='utf-8') as stream:
            shown |= set(re.findall(r'^(?:technique *= *|\[)(\w+)', stream.read(),
                                    re.MULTILINE))
    done = subprocess.run([program, 'techniques', '--json'], capture_output=True,
                          text=True, check=True, env={
                              **scratch.environment, 'CNNVIZ_PLUGIN_PATH': ''})
    return {item['name'] for item in json.loads(done.stdout)['techniques']}, shown


write_networks()
own, shown = techniques()
scratch.check('every technique is shown on an ONNX network', own and own <= shown,
              own - shown)
rules = {}
for rule in run('onnx.ini', 'classes', *FEW)['rules']:
    rules.setdefault((rule['job'], rule['rule']), {})[rule['operation']] = rule['nodes']
kinds = {'relu': 1, 'relu6': 1, 'silu': 1, 'hardswish': 1}
for job, rule in (('guided_bp', 'guided'), ('deconvnet', 'deconvnet')):
    scratch.check(f'{job}: nodes in the manifest', rules.get((job, rule)) == kinds, rules)
for name, few in (('cams.ini', FEW_CAMS), ('perturbation.ini', FEW_MASKS),
                  ('demo_gradients.ini', FEW_PATHS),
                  ('rules.ini', ('-s', 'deep_lift_shap.baselines=1'))):
    run(name, name, '-s', 'model.architecture=my.onnx', *few)
write(scratch.path('tokens.onnx'), with_class_token())
run('attention.ini', 'tokens', '-s', 'model.architecture=tokens.onnx')
run('demo_segmentation.ini', 'maps', '-s', 'model.architecture=maps.onnx', '-s',
    'model.weights=embedded')
scratch.finish()

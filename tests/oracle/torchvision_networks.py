#!/usr/bin/env python3
"""Torchvision's networks with random weights: logits, gradients under the three rules,
and Grad-CAM at three layers (before its ReLU, which may leave nothing) are those that
PyTorch's autograd gives, for the reference engine in double precision.

The rules are put into every ReLU, functional ones too, as autograd functions of their
own; nothing of cnnviz takes part in what is expected."""
import json
import os
import struct
import sys
import time

sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))
import engine_tool as tool

tool.use_oracle('torch', 'torchvision')

import numpy as np
import torch
import torch.nn.functional as F
import torchvision

# name, input (height, width), layers, whether the slow reference engine is tried too
NETWORKS = [
    ('alexnet', (224, 224), ['features.2', 'features.10', 'features.12'], False),
    ('vgg16', (160, 224), ['features.16', 'features.28', 'features.30'], False),
    ('squeezenet1_0', (160, 224), ['features.0', 'features.7', 'features.12'], True),
    ('resnet18', (224, 160), ['layer1', 'layer3.0.conv2', 'layer4'], True),
    ('mobilenet_v2', (160, 224), ['features.4', 'features.14.conv.0', 'features.18'], True),
    ('googlenet', (160, 224), ['inception3a', 'inception4c', 'inception5b'], False),
    ('densenet121', (192, 160), ['features.denseblock2', 'features.transition3.conv',
                                 'features.norm5'], False),
]
SMALL = (72, 104)
RULE = 'plain'


class Ruled(torch.autograd.Function):
    """A ReLU, cut at a ceiling or not, whose gradient follows RULE"""

    @staticmethod
    def forward(context, x, ceiling):
        context.ceiling = ceiling
        context.save_for_backward(x)
        return x.clamp(0, ceiling)

    @staticmethod
    def backward(context, gradient):
        x, = context.saved_tensors
        if RULE != 'plain':
            gradient = gradient * (gradient > 0)
        if RULE != 'deconvnet':
            gradient = gradient * ((x > 0) & (x < context.ceiling))
        return gradient, None


def install_rules():
    F.relu = lambda x, inplace=False: Ruled.apply(x, float('inf'))
    F.hardtanh = lambda x, low, high, inplace=False: Ruled.apply(x, high)


def make(name):
    """A network whose every weight matters, with a spread of values that lasts"""
    torch.manual_seed(sum(map(ord, name)))
    extra = {'aux_logits': False, 'init_weights': False} if name == 'googlenet' else {}
    network = getattr(torchvision.models, name)(**extra).eval()
    for module in network.modules():
        if isinstance(module, torch.nn.BatchNorm2d):
            module.weight.data.uniform_(0.5, 1.5)
            module.bias.data.normal_(0, 0.2)
            module.running_mean.normal_(0, 0.2)
            module.running_var.uniform_(0.5, 1.5)
        elif getattr(module, 'bias', None) is not None:
            module.bias.data.normal_(0, 0.05)
    for parameter in network.parameters():
        parameter.requires_grad_(False)
    return network


def save_safetensors(state, path):
    """The format by its description: length, JSON header, bytes"""
    header, offset = {}, 0
    kinds = {torch.float32: 'F32', torch.int64: 'I64'}
    for name, value in state.items():
        size = value.numel() * value.element_size()
        header[name] = {'dtype': kinds[value.dtype], 'shape': list(value.shape),
                        'data_offsets': [offset, offset + size]}
        offset += size
    text = json.dumps(header).encode()
    text += b' ' * (-len(text) % 8)
    with open(path, 'wb') as file:
        file.write(struct.pack('<Q', len(text)) + text)
        for value in state.values():
            file.write(value.contiguous().numpy().tobytes())


def save_zip(state, path):
    torch.save(state, path)


def save_stream(state, path):
    torch.save({'epoch': 3, 'state_dict': {'module.' + k: v for k, v in state.items()}},
               path, _use_new_zipfile_serialization=False)


FORMATS = [('zip.pth', save_zip), ('stream.pth', save_stream),
           ('st.safetensors', save_safetensors)]


def expect(network, images, layers):
    """All that engine_tool writes, from autograd, and the seed of its gradients"""
    global RULE
    outputs = {}
    hooks = []
    for name in layers:
        def keep(module, arguments, output, name=name):
            output.retain_grad()
            outputs[name] = output
        hooks.append(network.get_submodule(name).register_forward_hook(keep))
    expected = {}
    for RULE in ('plain', 'guided', 'deconvnet'):
        x = torch.from_numpy(images).requires_grad_(True)
        logits = network(x)
        # The best class of the first picture, the second best of the second.
        order = logits.detach().argsort(1, descending=True)
        seed = torch.zeros_like(logits)
        for item in range(len(seed)):
            seed[item, order[item, item]] = 1
        logits.backward(seed)
        expected[RULE] = x.grad.numpy()
        if RULE == 'plain':
            expected['logits'] = logits.detach().numpy()
            for name, output in outputs.items():
                expected[name] = output.detach().numpy()
                expected[name + '.gradient'] = output.grad.numpy()
    for hook in hooks:
        hook.remove()
    return expected, seed.numpy()


def grad_cam(arrays, layer):
    weights = arrays[layer + '.gradient'].mean((2, 3), keepdims=True)
    return (weights * arrays[layer]).sum(1)


def compare(comparison, what, ours, expected, layers):
    for name, array in expected.items():
        comparison.check(f'{what}: {name}', ours.get(name), array)
    for name in layers:
        comparison.check(f'{what}: Grad-CAM at {name}', grad_cam(ours, name),
                         grad_cam(expected, name))


def try_network(comparison, folder, name, size, layers, small):
    network = make(name)
    state = network.state_dict()
    images = np.random.default_rng(5).standard_normal((2, 3, *size)).astype(np.float32)
    work = os.path.join(folder, 'work')
    first = None
    if 'torch' in tool.engines():
        expected, seed = expect(network, images, layers)
    for ending, save in FORMATS:
        weights = os.path.join(folder, f'{name}.{ending}')
        save(state, weights)
        if 'torch' not in tool.engines():
            pass
        elif first is None:
            first = tool.run('torch', name, weights, images, work, layers, seed)
            compare(comparison, name, first, expected, layers)
        else:
            again = tool.run('torch', name, weights, images, work)
            comparison.compared += 1
            if not np.array_equal(again['logits'], first['logits']):
                print(f'FAIL: {name}: {ending} gives other logits than {FORMATS[0][0]}')
                comparison.failures += 1
        if small and ending == FORMATS[-1][0]:
            tiny = images[:, :, :SMALL[0], :SMALL[1]]
            expected, seed = expect(network.double(), tiny.astype(np.float64), layers)
            ours = tool.run('reference', name, weights, tiny, work, layers, seed)
            compare(comparison, f'{name}, reference engine', ours, expected, layers)
        os.remove(weights)


def main():
    install_rules()
    torch.set_num_threads(os.cpu_count())
    comparison = tool.Comparison()
    chosen = sys.argv[1:]
    with tool.scratch() as folder:
        for name, size, layers, small in NETWORKS:
            if chosen and name not in chosen:
                continue
            start = time.monotonic()
            try_network(comparison, folder, name, size, layers, small)
            print(f'{name}: {time.monotonic() - start:.1f} s', flush=True)
    comparison.finish()


main()

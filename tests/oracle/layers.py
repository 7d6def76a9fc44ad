#!/usr/bin/env python3
"""Attributions to a layer, and to neurons in place of classes, against PyTorch's gradients; what
they sum to; and what is said of neurons in the manifest and the names of files."""
import json
import math
import os

import cam_network as scenes
import engine_tool as tool

tool.use_oracle('numpy', 'PIL', 'torch')

import numpy as np
import torch

STEPS = 6
PATH = f'steps = {STEPS}\nbaseline = mean\npoints_together = 4'
PLACE = f'{scenes.LAYER}:202:3:1'
CHANNEL = f'{scenes.SIGNED}:7'
network = scenes.network()


def run(x, layer, changed=None):
    """Logits, and the activation of a layer, which may be another one"""
    kept = {}

    def hook(module, inputs, output):
        kept['A'] = (output if changed is None else changed).requires_grad_()
        return kept['A']

    handle = network.get_submodule(layer).register_forward_hook(hook)
    logits = network(x)
    handle.remove()
    return logits, kept['A']


def layer_gradient(x, layer, index, changed=None):
    logits, A = run(x, layer, changed)
    return A.detach(), torch.autograd.grad(logits[:, index].sum(), A)[0]


def points(x, ends=False):
    """On the path from 0 to x, the mean of the pictures"""
    places = np.linspace(0, 1, STEPS + 1) if ends else (np.arange(STEPS) + 0.5) / STEPS
    return torch.cat([x * float(a) for a in places])


def conductance(x, layer, index):
    A, g = layer_gradient(points(x, ends=True), layer, index)
    return ((g[1:] + g[:-1]) / 2 * (A[1:] - A[:-1])).sum(0)


def layer_integrated(x, layer, index):
    with torch.no_grad():
        to, start = run(x, layer)[1], run(x * 0, layer)[1]
    path = torch.cat([start + float(a) * (to - start)
                      for a in (np.arange(STEPS) + 0.5) / STEPS])
    return (to - start)[0] * layer_gradient(x.expand(STEPS, -1, -1, -1), layer, index,
                                            path)[1].mean(0)


def neuron_gradient(x, neuron):
    """With respect to the input, of a channel's sum or one of its places"""
    layer, *numbers = neuron.split(':')
    x = x.clone().requires_grad_()
    A = run(x, layer)[1][(slice(None), *map(int, numbers))]
    return torch.autograd.grad(A.sum(), x)[0].detach()


def neuron_cam(x, neuron, layer):
    """HiResCAM of a neuron"""
    kept = {}
    handle = network.get_submodule(layer).register_forward_hook(
        lambda module, inputs, output: kept.update(A=output))
    name, *numbers = neuron.split(':')
    value = run(x.clone().requires_grad_(), name)[1][(slice(None), *map(int, numbers))].sum()
    handle.remove()
    gradient = torch.autograd.grad(value, kept['A'])[0]
    return (gradient * kept['A']).sum((0, 1)).clamp(min=0)


def layer_of(lines):
    return lines.split('layer = ')[1].split('\n')[0]


BOTH = [f'layer = {scenes.SIGNED}', f'layer = {scenes.LAYER}']
JOBS = {
    'vanilla_bp': (BOTH[0], lambda x, c, l: layer_gradient(x, l, c)[1]),
    'saliency': (BOTH[0], lambda x, c, l: layer_gradient(x, l, c)[1].abs().amax(1)),
    'smooth_grad': ('noise_level = 0', lambda x, c, l: layer_gradient(x, scenes.SIGNED, c)[1]),
    'layer_gradient_x_activation': (BOTH[1],
                                    lambda x, c, l: math.prod(layer_gradient(x, l, c))),
    'internal_influence': (f'{BOTH[1]}\n{PATH}',
                           lambda x, c, l: layer_gradient(points(x), l, c)[1].mean(0)),
    'conductance': (f'{BOTH[1]}\n{PATH}', lambda x, c, l: conductance(x, l, c)),
    'layer_integrated_gradients': (f'{BOTH[1]}\n{PATH}',
                                   lambda x, c, l: layer_integrated(x, l, c)),
    'plain': ('technique = vanilla_bp', None),
    'place': (f'technique = vanilla_bp\nneuron = {PLACE}',
              lambda x, c, l: neuron_gradient(x, PLACE)),
    'channel': (f'technique = vanilla_bp\nneuron = {CHANNEL}',
                lambda x, c, l: neuron_gradient(x, CHANNEL)),
    'cam': (f'technique = hires_cam\nneuron = {PLACE}\nlayer = {scenes.SHALLOW}',
            lambda x, c, l: neuron_cam(x, PLACE, scenes.SHALLOW)),
    'integrated': (f'technique = integrated_gradients\nbase = plain\nneuron = {CHANNEL}\n{PATH}',
                   lambda x, c, l: x * neuron_gradient(points(x), CHANNEL).mean(0)),
    'logit': ('technique = vanilla_bp\nneuron = logits:3',
              lambda x, c, l: logit_gradient(x, 3)),
}


def logit_gradient(x, index):
    x = x.clone().requires_grad_()
    return torch.autograd.grad(network(x)[:, index].sum(), x)[0]


def check_sums(maps, manifest, name, index):
    """Completeness: all goes through a layer of a chain"""
    x = torch.tensor(scenes.read_input(name))[None]
    with torch.no_grad():
        change = (network(x) - network(x * 0))[0, index].item()
    for job in ('conductance', 'layer_integrated_gradients'):
        told = {each['name']: each['value'] for each in manifest['artifacts']
                if each['job'] == job and each['picture'] == name and 'value' in each}
        made = np.load(os.path.join(folder, 'out', job, name, 'attribution.npy')).sum()
        maps.check(f'score of {job} of {name}',
                   np.array([told['score'] - told['score_of_baseline']]), np.array([change]), 1e-4)
        maps.check(f'sum of {job} of {name}', np.array([told['completeness_error']]),
                   np.array([abs(made - change) / abs(change)]), 1e-2)


def check_records(maps, manifest):
    item, = [each for each in manifest['artifacts'] if each['job'] == 'place'
             and each['picture'] == 'dog-cat' and each['name'] == 'attribution']
    good = (item['target'] == {'name': PLACE, 'neuron': {
        'layer': scenes.LAYER, 'channel': 202, 'row': 3, 'column': 1}}
        and item['path'] == f'place/dog-cat/attribution-{PLACE.replace(":", "_")}.npy')
    with open(os.path.join(folder, 'out', 'index.html'), encoding='utf-8') as file:
        page = file.read()
    for what, holds in (('manifest and name', good),
                        ('gallery', f'for the neuron {CHANNEL}' in page)):
        maps.compared += 1
        maps.failures += not holds
        print('ok  ' if holds else f'FAIL {item}', what)


maps = scenes.Maps()
with tool.scratch() as folder:
    ours = scenes.run(folder, {job: lines for job, (lines, _) in JOBS.items()})
    with open(os.path.join(folder, 'out', 'manifest.json'), encoding='utf-8') as file:
        manifest = json.load(file)
    check_records(maps, manifest)
    for name, label in scenes.CLASSES.items():
        index = scenes.labels().index(label)
        check_sums(maps, manifest, name, index)
        x = torch.tensor(scenes.read_input(name))[None]
        for job, (lines, theirs) in JOBS.items():
            if theirs is not None:
                layer = layer_of(lines) if 'layer =' in lines else None
                made = theirs(x, index, layer)
                maps.check(f'{job} of {name}', ours[job][name],
                           made.detach().numpy().squeeze())
maps.finish()

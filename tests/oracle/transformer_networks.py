#!/usr/bin/env python3
"""Torchvision's transformers and ConvNeXts as descriptions.

Of all of them: the tensors, the number of parameters that torchvision publishes, and the
layer that Grad-CAM takes. Of one of each kind, with fewer blocks one after the other and
random weights: logits, and gradients at the input and at layers, under all rules, as PyTorch's
autograd has them. The argument --kinds does so for one of every kind, which takes a minute;
other arguments are names of networks to compare at their full depth."""
import os
import re
import subprocess
import sys

sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))
import engine_tool as tool

tool.use_oracle('torch', 'torchvision')

import numpy as np
import torch
import torchvision

if not hasattr(torchvision.models, 'maxvit_t'):
    tool.skip('this torchvision has no transformers')

from torchvision.models import convnext, swin_transformer

import autograd

# Name: the layer of Grad-CAM, and modules whose values and gradients are compared
NETWORKS = {
    'convnext_tiny': ('features.7.2.add', ['features.1.0', 'features.4', 'features.7']),
    'convnext_small': ('features.7.2.add', ['features.5']),
    'convnext_base': ('features.7.2.add', ['features.5']),
    'vit_b_16': ('encoder.layers.encoder_layer_11.ln_1',
                 ['conv_proj', 'encoder.layers.encoder_layer_0', 'encoder.ln']),
    'vit_b_32': ('encoder.layers.encoder_layer_11.ln_1', ['conv_proj', 'encoder.ln']),
    'vit_l_16': ('encoder.layers.encoder_layer_23.ln_1', ['conv_proj', 'encoder.ln']),
    'swin_t': ('norm', ['features.1.1', 'features.4', 'norm']),
    'swin_s': ('norm', ['features.5']),
    'swin_b': ('norm', ['features.5']),
    'swin_v2_t': ('norm', ['features.1.1', 'features.4', 'norm']),
    'maxvit_t': ('blocks.3.layers.1.layers.grid_attention.end', ['stem', 'blocks.1.layers.0']),
}


def make_convnext():
    widths = (96, 192, 384, 768, None)
    return torchvision.models.ConvNeXt(
        [convnext.CNBlockConfig(widths[i], widths[i + 1], 1) for i in range(4)])


def make_vit():
    return torchvision.models.VisionTransformer(224, 16, 1, 12, 768, 3072)


def make_swin(window=7, **kinds):
    return torchvision.models.SwinTransformer([4, 4], 96, [2, 2, 2, 2], [3, 6, 12, 24],
                                              [window, window], **kinds)


def make_swin2():
    return make_swin(8, block=swin_transformer.SwinTransformerBlockV2,
                     downsample_layer=swin_transformer.PatchMergingV2)


def make_maxvit():
    return torchvision.models.MaxVit((224, 224), 64, 7, [64, 128, 256, 512], [2, 2, 2, 2], 32,
                                     0.2)


# Networks with fewer blocks, and how many are left where a name has a range; the first three
# are compared without an argument
REDUCED = {'convnext_tiny': (make_convnext, 1), 'vit_b_16': (make_vit, 1),
           'swin_t': (make_swin, 2), 'swin_v2_t': (make_swin2, 2), 'maxvit_t': (make_maxvit, 2)}


def spread(network, name):
    """Random weights of which each matters"""
    torch.manual_seed(sum(map(ord, name)))
    for key, weight in network.named_parameters():
        weight.requires_grad_(False)
        if weight.dim() > 1 and key.endswith('weight'):
            weight.normal_(0, (1.5 / weight[0].numel()) ** 0.5)
        elif key.endswith('weight'):
            weight.uniform_(0.5, 1.5)
        elif key.endswith('logit_scale'):
            weight.uniform_(1, 6)
        else:
            weight.normal_(0, 0.2)
    for key, value in network.named_buffers():
        if key.endswith('running_mean'):
            value.normal_(0, 0.2)
        elif key.endswith('running_var'):
            value.uniform_(0.5, 1.5)
    if name.startswith('swin_v2'):  # keys have no bias
        for key, weight in network.named_parameters():
            if key.endswith('qkv.bias'):
                weight[len(weight) // 3:2 * len(weight) // 3] = 0
    return network.eval()


def describe(name, folder, count=None):
    """The network's description, with ranges of `count` numbers unless it is None"""
    with open(tool.source_path('models', name + '.ini'), encoding='utf-8') as file:
        text = file.read()
    if count:
        text = re.sub(r'\{(\d)\.\.(\d+)\}', lambda match: '{%s..%d}' % (
            match[1], min(int(match[2]), count - 1)), text)
    path = os.path.join(folder, name + '.ini')
    with open(path, 'w', encoding='utf-8') as file:
        file.write(text.replace('labels     = imagenet.labels\n', ''))
    return path


def best(logits):
    return torch.nn.functional.one_hot(logits.argmax(1), logits.shape[1]).float()


def compare(comparison, name, network, description, folder):
    """Values and gradients of one picture"""
    network = spread(network, name)
    layers = NETWORKS[name][1]
    size = int(re.search(r'input_size = (\d+)', open(description).read())[1])
    images = np.random.default_rng(5).standard_normal((1, 3, size, size)).astype(np.float32)
    weights = os.path.join(folder, name + '.pth')
    torch.save(network.state_dict(), weights)
    expected, seed = autograd.expect(network, images, layers, best)
    ours = tool.run(tool.engines()[0], description, weights, images,
                    os.path.join(folder, 'work'), layers, seed)
    os.remove(weights)
    for key, theirs in expected.items():
        found = ours.get(key)
        if found is not None and found.shape != theirs.shape and found.ndim == 4:
            found = found.transpose(0, 2, 3, 1)
        check = comparison.check_gradient if autograd.is_gradient(key) else comparison.check
        check(f'{name}: {key}', found, theirs)


def build_only(name):
    """The network without values: its tensors' pages are never touched."""
    for word in ('kaiming_uniform_', 'normal_', 'ones_', 'trunc_normal_', 'uniform_',
                 'xavier_uniform_', 'zeros_', 'constant_', 'kaiming_normal_'):
        setattr(torch.nn.init, word, lambda tensor, *arguments, **named: tensor)
    return getattr(torchvision.models, name)()


def renamed(key, renames):
    for old, new in renames:
        if not old.endswith('$'):
            key = key.replace(old, new, 1)
        elif key.endswith(old[:-1]):
            key = key[:-len(old) + 1] + new
    return key


def dump(name):
    lines = subprocess.run([tool.build_path('tests', 'model', 'graph_dump'),
                            tool.source_path('models', name + '.ini')], check=True,
                           stdout=subprocess.PIPE, text=True).stdout.splitlines()
    found = {}
    for kind, *fields in (line.split('\t') for line in lines):
        found.setdefault(kind, []).append(fields)
    return found


def compare_tensors(name):
    """Whether names, shapes and the layer of Grad-CAM are right; returns the number of faults"""
    graph = dump(name)
    theirs = {key: tuple(value.shape) for key, value in build_only(name).state_dict().items()}
    kept = {renamed(key, graph.get('rename', [])): shape for key, shape in theirs.items()
            if not key.endswith(('num_batches_tracked', 'relative_position_index'))}
    ours = {key: tuple(map(int, shape.split(','))) for key, shape in graph['weight']}
    meta = next(iter(getattr(torchvision.models, next(
        word for word in dir(torchvision.models)
        if word.lower() == name + '_weights')))).meta
    count = sum(int(np.prod(shape)) for key, shape in ours.items()
                if not key.endswith(('running_mean', 'running_var', 'coords_table.weight')))
    facts = {'tensors': (ours, kept), 'parameters': (count, meta['num_params']),
             'names of our own': ({renamed(key, graph.get('rename', [])) for key in ours}, set(ours)),
             'last_features': (graph['last_features'][0][0], NETWORKS[name][0])}
    if name.startswith('vit'):
        old = {re.sub(r'mlp\.0\.', 'mlp.linear_1.', re.sub(r'mlp\.3\.', 'mlp.linear_2.', key))
               for key in theirs}
        facts['names of old'] = ({renamed(key, graph['rename']) for key in old}, set(kept))
    failures = 0
    for what, (one, other) in facts.items():
        if one != other:
            failures += 1
            print(f'FAIL: {name}: {what}',
                  sorted(set(one.items()) ^ set(other.items()))[:6]
                  if isinstance(one, dict) else (one, other))
    return failures


def main():
    autograd.install_rules()
    autograd.install_smooth('gelu')
    comparison = tool.Comparison()
    torch.set_num_threads(1)  # tests run side by side
    with tool.scratch() as folder:
        whole = [name for name in sys.argv[1:] if name != '--kinds']
        reduced = list(REDUCED) if '--kinds' in sys.argv else [] if whole else list(REDUCED)[:3]
        if 'torch' not in tool.engines() and not sys.argv[1:]:
            print('built without libtorch: tensors alone, the reference engine takes minutes')
            reduced = []
        for name in whole:
            compare(comparison, name, getattr(torchvision.models, name)(),
                    describe(name, folder), folder)
        for name in reduced:
            make, count = REDUCED[name]
            compare(comparison, name, make(), describe(name, folder, count), folder)
    for name in NETWORKS:
        comparison.compared += 1
        comparison.failures += compare_tensors(name)
    comparison.finish()


main()

#!/usr/bin/env python3
"""A transformer without a classifier, as DINO is: gradients of the similarity of its features to
another picture's, and of half their squared norm, are PyTorch's; the principal components of its
tokens are NumPy's singular vectors; a token of a layer is a neuron; and what does not fit together
is refused."""
import glob
import os
import subprocess
import sys
import warnings

import engine_tool as tool

tool.use_oracle('numpy', 'PIL', 'torch')

import numpy as np
import torch
import torch.nn.functional as F
from PIL import Image
from torch import nn

HEIGHT, WIDTH, PATCH, CHANNELS, HEADS = 32, 48, 8, 24, 3
ROWS, COLUMNS = HEIGHT // PATCH, WIDTH // PATCH
PICTURES = ('first', 'second')
RANGE = 1.5
NEURON = (2, 3, 5)  # row, column, channel
failures = 0


def check(what, good, *shown):
    global failures
    failures += not good
    print('ok  ' if good else 'FAIL', what, *(() if good else shown))


def check_close(what, ours, theirs, bound):
    error = tool.distance(ours, theirs) if ours.shape == theirs.shape else np.inf
    check(f'{what}: {error:.1e}', error <= bound, ours.shape, theirs.shape)


class Block(nn.Module):
    def __init__(self):
        super().__init__()
        self.norm1, self.norm2 = nn.LayerNorm(CHANNELS), nn.LayerNorm(CHANNELS)
        self.qkv, self.proj = nn.Linear(CHANNELS, 3 * CHANNELS), nn.Linear(CHANNELS, CHANNELS)
        self.fc1, self.fc2 = nn.Linear(CHANNELS, 48), nn.Linear(48, CHANNELS)

    def forward(self, x):
        q, k, v = self.qkv(self.norm1(x)).reshape(
            -1, ROWS * COLUMNS + 1, 3, HEADS, CHANNELS // HEADS).permute(2, 0, 3, 1, 4)
        mixed = (q @ k.transpose(-2, -1) / (CHANNELS // HEADS) ** 0.5).softmax(-1) @ v
        x = x + self.proj(mixed.transpose(1, 2).flatten(2))
        return x + self.fc2(F.gelu(self.fc1(self.norm2(x))))


class Backbone(nn.Module):
    """The class token behind the last norm"""

    def __init__(self):
        super().__init__()
        self.patch = nn.Conv2d(3, CHANNELS, PATCH, PATCH)
        self.token = nn.Parameter(torch.randn(1, 1, CHANNELS))
        self.place = nn.Parameter(torch.randn(1, ROWS * COLUMNS + 1, CHANNELS) / 4)
        self.blocks = nn.Sequential(Block(), Block())
        self.norm = nn.LayerNorm(CHANNELS)

    def forward(self, x):
        x = self.patch(x).flatten(2).transpose(1, 2)
        x = torch.cat([self.token.expand(x.shape[0], -1, -1), x], 1) + self.place
        return self.norm(self.blocks(x))[:, 0]


def program(engine, folder, text):
    with open(os.path.join(folder, 'run.ini'), 'w', encoding='utf-8') as file:
        file.write('[run]\noutput = out\n[model]\narchitecture = backbone.onnx\nmean = 0.5\n'
                   'std = 0.25\n[input]\nimages = first.png, second.png\n' + text)
    module = os.path.abspath(tool.build_path('core', 'engine', engine + '.la'))
    return subprocess.run([tool.build_path('cnnviz'), 'run', '-q', 'run.ini'], cwd=folder,
                          text=True, env={**os.environ, 'CNNVIZ_ENGINE': module},
                          capture_output=True)


def read_input(folder, name):
    pixels = np.asarray(Image.open(os.path.join(folder, name + '.png')), np.float32) / 255
    return ((torch.from_numpy(pixels.transpose(2, 0, 1)) - 0.5) / 0.25)[None]


def load(folder, job, name, array):
    path, = glob.glob(os.path.join(folder, 'out', job, name, array + '*.npy'))
    return np.load(path).squeeze()


def compare_objectives(engine, folder, network):
    with torch.no_grad():
        reference = network(read_input(folder, 'other'))
    objectives = {'similarity': lambda f: F.cosine_similarity(f, reference).sum(),
                  'norm': lambda f: f.square().sum() / 2}
    for name in PICTURES:
        for job, objective in objectives.items():
            x = read_input(folder, name).requires_grad_(True)
            objective(network(x)).backward()
            check_close(f'{engine}: {job} of {name}: gradient',
                        load(folder, job, name, 'attribution'), x.grad[0].numpy(), 1e-4)
    x = read_input(folder, 'first')
    steps = [(x * (k + 0.5) / 3).requires_grad_(True) for k in range(3)]
    for step in steps:
        objectives['similarity'](network(step)).backward()
    check_close(f'{engine}: integrated gradients of the similarity',
                load(folder, 'integrated', 'first', 'attribution'),
                (x * sum(step.grad for step in steps) / 3)[0].numpy(), 1e-4)


def compare_tokens(engine, folder, network):
    """A token of a layer as a neuron, and what all tokens of it contribute"""
    kept = []
    hook = network.blocks[0].register_forward_hook(lambda _, __, out: kept.append(out))
    x = read_input(folder, 'first').requires_grad_(True)
    norm = network(x).square().sum() / 2
    hook.remove()
    row, column, channel = NEURON
    gradient, = torch.autograd.grad(kept[0][0, 1 + row * COLUMNS + column, channel], x,
                                    retain_graph=True)
    check_close(f'{engine}: gradient of a token', load(folder, 'token', 'first', 'attribution'),
                gradient[0].numpy(), 1e-4)
    gradient, = torch.autograd.grad(norm, kept[0])
    theirs = (gradient * kept[0]).detach()[0, 1:].T.reshape(CHANNELS, ROWS, COLUMNS)
    check_close(f'{engine}: contributions of tokens',
                load(folder, 'layer_gradient_x_activation', 'first', 'attribution'),
                theirs.numpy(), 1e-4)


def components(rows):
    """Means, directions and standard deviations along them, by a singular value decomposition"""
    mean = rows.mean(0)
    _, values, directions = np.linalg.svd(rows - mean, full_matrices=False)
    directions = directions[:3]
    signs = [np.sign(v[np.abs(v).argmax()]) for v in directions]
    return mean, directions * np.array(signs)[:, None], values[:3] / len(rows) ** 0.5


def tokens(network, x):
    kept = []
    hook = network.blocks.register_forward_hook(lambda _, __, out: kept.append(out))
    with torch.no_grad():
        network(x)
    hook.remove()
    return kept[0][0, 1:].double().numpy()


def compare_components(engine, folder, network):
    rows = {name: tokens(network, read_input(folder, name)) for name in PICTURES}
    spans = {'joint': np.concatenate(list(rows.values()))}
    for name in PICTURES:
        for job in ('joint', 'alone'):
            mean, directions, deviations = components(spans.get(job, rows[name]))
            theirs = (directions @ (rows[name] - mean).T).reshape(3, ROWS, COLUMNS)
            check_close(f'{engine}: components of {name}, {job}',
                        load(folder, job, name, 'projections'), theirs, 1e-4)
            colors = (0.5 + theirs / (2 * RANGE * deviations[:, None, None])).clip(0, 1)
            drawn = F.interpolate(torch.from_numpy(colors)[None], (HEIGHT, WIDTH),
                                  mode='bilinear')[0].permute(1, 2, 0).numpy()
            ours = np.asarray(Image.open(os.path.join(folder, 'out', job, name,
                                                      'components.png'))) / 255
            off = np.abs(ours - drawn).max()
            check(f'{engine}: their colors, {job}', off < 1.01 / 255, off)


def refuse(folder):
    for what, keys, said in (
            ('a similarity to nothing', 'objective = similarity', 'reference = FILE'),
            ('a reference for a class', 'reference = other.png', 'objective = similarity'),
            ('a reference that is not there', 'objective = similarity\nreference = no.png',
             'no.png'),
            ('another objective than the base', 'objective = half_squared_norm\n'
             '[integrated_gradients]\nbase = vanilla_bp', 'explains something else'),
            ('a class of features', 'objective = half_squared_norm\ntarget = 3',
             'neither classes nor regions')):
        done = program('reference', folder, f'[vanilla_bp]\n{keys}\n')
        check(f'{what} is refused', done.returncode == 2 and said in done.stderr, done.stderr)


def draw(path, seed):
    pixels = np.random.default_rng(seed).integers(0, 256, (4, 6, 3), np.uint8)
    Image.fromarray(pixels).resize((WIDTH, HEIGHT), Image.BICUBIC).save(path)


JOBS = f"""[similarity]
technique = vanilla_bp
objective = similarity
reference = other.png
[norm]
technique = vanilla_bp
objective = half_squared_norm
[integrated]
technique = integrated_gradients
base = similarity
baseline = mean
steps = 3
objective = similarity
reference = other.png
[joint]
technique = pca_features
layer = blocks.1
range = {RANGE}
[alone]
technique = pca_features
layer = blocks.1
over = picture
range = {RANGE}
[token]
technique = vanilla_bp
neuron = blocks.0:{NEURON[2]}:{NEURON[0]}:{NEURON[1]}
[layer_gradient_x_activation]
layer = blocks.0
objective = half_squared_norm
"""

with tool.scratch() as scratch:
    torch.manual_seed(2)
    net = Backbone().eval()
    nn.init.normal_(net.norm.weight)
    words = {'dynamo': False} if hasattr(torch.onnx, 'ExportOptions') else {}
    with warnings.catch_warnings():
        warnings.simplefilter('ignore')
        torch.onnx.export(net, (torch.zeros(1, 3, HEIGHT, WIDTH),),
                          os.path.join(scratch, 'backbone.onnx'), opset_version=13, **words)
    for number, file in enumerate((*PICTURES, 'other')):
        draw(os.path.join(scratch, file + '.png'), number)
    for each in tool.engines():
        ran = program(each, scratch, JOBS)
        check(f'{each}: it runs', ran.returncode == 0, ran.stderr)
        compare_objectives(each, scratch, net)
        compare_components(each, scratch, net)
        compare_tokens(each, scratch, net)
    refuse(scratch)
sys.exit(1 if failures else 0)

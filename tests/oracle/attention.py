#!/usr/bin/env python3
"""attention_rollout, attention_grad and attention_map against their formulas in PyTorch, on
two small transformers, one with a class token and one whose tokens' mean is taken; and what
refuses networks and layers that have no such attention."""
import os
import re
import shutil
import subprocess
import sys

import engine_tool as tool

tool.use_oracle('numpy', 'torch', 'PIL')

import numpy as np
import torch
from PIL import Image
from torch.nn import functional as F

ROWS, COLUMNS, WIDTH, HEADS, BLOCKS, CLASSES = 4, 5, 12, 3, 3, 6
TARGET, BOUND = 2, 1e-5
HEADER = '''[network]
input_size = 16 20
mean = 0.5 0.5 0.5
std = 0.25 0.25 0.25
[layers]
patches = conv2d out=12 kernel=4 stride=4
rows = reshape shape=12,20
tokens = permute order=2,1
'''
TOKEN = '''token = parameter shape=1,12
all = concat from=token,tokens
place = parameter shape=21,12
start = add from=all,place
'''
BLOCK = '''{0}.norm = layer_norm from={3}
{0}.qkv = linear out=36
{0}.split = reshape shape={1},3,3,4
{0}.turned = permute order=2,3,1,4
{0}.q3 = slice range=0,1
{0}.q = reshape shape=3,{1},4
{0}.k3 = slice range=1,2 from={0}.turned
{0}.k = reshape shape=3,{1},4
{0}.v3 = slice range=2,0 from={0}.turned
{0}.v = reshape shape=3,{1},4
{0}.attention = attention from={0}.q,{0}.k,{0}.v{2}
{0}.back = permute order=2,1,3
{0}.join = reshape shape={1},12
{0}.proj = linear out=12
{0}.sum = add from={3},{0}.proj
'''
# Section: keys beside `technique`
JOBS = {'attention_rollout': '', 'rollout_max': 'head_fusion = max\ndiscard_ratio = 0.6\n',
        'rollout_min': 'head_fusion = min\nresidual = 0.3\n', 'attention_grad': '',
        'attention_map': '', 'map_head': 'layer = b1.attention\nhead = 2\nfrom = mean\n'}
TECHNIQUES = {'rollout_max': 'attention_rollout', 'rollout_min': 'attention_rollout',
              'map_head': 'attention_map'}
failures = 0


def check(what, good, detail=''):
    global failures
    failures += not good
    print(f'ok   {what}' if good else f'FAIL {what}: {detail}')


def describe(token):
    """A network of three blocks; the second one has a bias of its scores and another scale."""
    count = ROWS * COLUMNS + token
    text, before = HEADER + (TOKEN if token else ''), 'start' if token else 'tokens'
    for i in range(BLOCKS):
        if i == 1:
            text += f'bias = parameter shape=3,{count},{count}\n'
        text += BLOCK.format(f'b{i}', count, ',bias scale=0.8' if i == 1 else '', before)
        before = f'b{i}.sum'
    return text + ('cls = slice range=0,1\nflat = flatten\n' if token else 'flat = mean\n'
                   ) + 'classifier = linear out=6\n'


def draw_weights(token):
    count = ROWS * COLUMNS + token
    shapes = {'patches': (WIDTH, 3, 4, 4), 'classifier': (CLASSES, WIDTH),
              'bias': (HEADS, count, count)}
    if token:
        shapes.update(token=(1, WIDTH), place=(count, WIDTH))
    for i in range(BLOCKS):
        shapes.update({f'b{i}.norm': (WIDTH,), f'b{i}.qkv': (3 * WIDTH, WIDTH),
                       f'b{i}.proj': (WIDTH, WIDTH)})
    weights = {}
    for name, shape in shapes.items():
        weights[name + '.weight'] = torch.randn(shape) / (4 if name == 'patches' else 2)
        if name not in ('token', 'place', 'bias'):
            weights[name + '.bias'] = torch.randn(shape[0]) / 4
    return weights


def through(weights, x, token):
    """Logits, and the attention weights of all blocks"""
    def w(name):
        return weights[name + '.weight'], weights.get(name + '.bias')

    seen = []
    x = F.conv2d(x, *w('patches'), stride=4).flatten(2).transpose(1, 2)
    if token:
        x = torch.cat([w('token')[0].expand(len(x), -1, -1), x], 1) + w('place')[0]
    for i in range(BLOCKS):
        q, k, v = F.linear(F.layer_norm(x, (WIDTH,), *w(f'b{i}.norm')), *w(f'b{i}.qkv')).reshape(
            len(x), -1, 3, HEADS, WIDTH // HEADS).permute(2, 0, 3, 1, 4)
        scores = q @ k.transpose(-1, -2)
        scores = scores * 0.8 + w('bias')[0] if i == 1 else scores / 2
        seen.append(scores.softmax(-1))
        seen[-1].requires_grad_().retain_grad()
        x = x + F.linear((seen[-1] @ v).transpose(1, 2).flatten(2), *w(f'b{i}.proj'))
    return F.linear(x[:, 0] if token else x.mean(1), *w('classifier')), seen


def rollout(seen, fuse, discard=0, residual=0.5):
    count = seen[0].shape[-1]
    result = torch.eye(count)
    for A in seen:
        A = fuse(A[0].detach()).flatten().clone()
        A[A.argsort()[:int(discard * len(A))]] = 0
        A = (1 - residual) * A.reshape(count, count) + residual * torch.eye(count)
        result = A / A.sum(-1, keepdim=True) @ result
    return result


def relevance(seen):
    result = torch.eye(seen[0].shape[-1])
    for A in seen:
        result = result + (A[0] * A.grad[0]).clamp(min=0).mean(0) @ result
    return result.detach()


def expected(weights, x, token):
    logits, seen = through(weights, x, token)
    logits[0, TARGET].backward()
    rows = {'attention_rollout': rollout(seen, lambda A: A.mean(0)),
            'rollout_max': rollout(seen, lambda A: A.amax(0), discard=0.6),
            'rollout_min': rollout(seen, lambda A: A.amin(0), residual=0.3),
            'attention_grad': relevance(seen),
            'attention_map': seen[-1][0].detach().mean(0),
            'map_head': seen[1][0, 1].detach()}
    maps = {'weights': seen[1].detach().numpy(), 'gradient': seen[1].grad.numpy()}
    for job, matrix in rows.items():
        row = matrix[0] if token and job != 'map_head' else matrix.mean(0)
        maps[job] = row[token:].reshape(ROWS, COLUMNS).numpy()
    return maps


def sections(jobs):
    return ''.join(f'[{job}]\n' + (f'technique = {TECHNIQUES[job]}\n' if job in TECHNIQUES
                                   else '') + keys for job, keys in jobs.items())


def add_plugin(folder):
    """The technique that asks for weights as they are"""
    os.makedirs(os.path.join(folder, 'plugins'), exist_ok=True)
    shutil.copy(tool.build_path('tests', 'run', '.libs', 'attending.so'),
                os.path.join(folder, 'plugins'))


def run(folder, engine, network, jobs, weights='random'):
    with open(os.path.join(folder, 'run.ini'), 'w', encoding='utf-8') as file:
        file.write(f'[run]\noutput = out\n[model]\narchitecture = {network}\nweights = {weights}'
                   f'\n[input]\nimages = small.png:{TARGET}\n{jobs}')
    module = os.path.abspath(tool.build_path('core', 'engine', engine + '.la'))
    return subprocess.run([os.path.abspath(tool.build_path('cnnviz')), 'run', '-q', 'run.ini'],
                          cwd=folder, stderr=subprocess.PIPE, text=True,
                          env={**os.environ, 'CNNVIZ_ENGINE': module,
                               'CNNVIZ_PLUGIN_PATH': os.path.join(folder, 'plugins')})


def compare(folder, token):
    torch.manual_seed(5 + token)
    weights = draw_weights(token)
    with open(os.path.join(folder, 'network.ini'), 'w', encoding='utf-8') as file:
        file.write(describe(token))
    torch.save(weights, os.path.join(folder, 'network.pth'))
    pixels = np.asarray(Image.open(os.path.join(folder, 'small.png')), np.float32)
    x = torch.from_numpy((pixels / 255 - 0.5) / 0.25).permute(2, 0, 1)[None]
    theirs = expected(weights, x, token)
    for engine in tool.engines():
        done = run(folder, engine, 'network.ini', sections(JOBS)
                   + '[attending]\nlayer = b1.attention\n', 'network.pth')
        check(f'{engine} runs', done.returncode == 0, done.stderr)
        for name in ('weights', 'gradient'):
            found = np.load(os.path.join(folder, 'out', 'attending', 'small', name + '.npy'))
            error = tool.distance(found.reshape(theirs[name].shape), theirs[name])
            check(f'{engine}: {name} of each head', error < BOUND, error)
        for job in JOBS:
            path = os.path.join(folder, 'out', job, 'small', 'attribution.npy')
            error = tool.distance(np.load(path).squeeze(), theirs[job])
            check(f'{engine}: {job}, {"with" if token else "without"} a class token',
                  error < BOUND, error)


def check_refusal(folder, what, network, jobs, sentence):
    with open(os.path.join(folder, 'refused.ini'), 'w', encoding='utf-8') as file:
        file.write(network)
    done = run(folder, 'reference', 'refused.ini', jobs)
    check(what, done.returncode == 2 and re.search(sentence, done.stderr), done.stderr)


# What `attending` does wrong, and what it is told
MISTAKES = {'uncaptured': 'is no attention that the pass has captured',
            'layer': 'is no attention that the pass has captured',
            'forward': 'made with CNNVIZ_PASS_FORWARD_ONLY', 'seeds': 'without a seed'}


def check_mistakes(folder):
    jobs = ''.join(f'[{mistake}]\ntechnique = attending\nlayer = b1.attention\n'
                   f'mistake = {mistake}\n' for mistake in MISTAKES)
    done = run(folder, 'reference', 'network.ini', jobs, 'network.pth')
    for mistake, sentence in MISTAKES.items():
        check(f'a plugin that asks wrongly ({mistake}) is told', re.search(
            rf'\[{mistake}\] .*{sentence}', done.stderr), done.stderr)
    check_refusal(folder, 'weights are refused in check()', describe(True),
                  '[attending]\nlayer = b1.attention\nmistake = early\n',
                  r'pass->attention\(\) is not available in check\(\)')


def check_refusals(folder):
    token = describe(True)
    windows = re.sub(r'(= reshape shape=)3,20,4', r'\g<1>2,3,10,4', describe(False).replace(
        'bias = parameter shape=3,20,20', 'bias = parameter shape=2,3,10,10'))
    windows = re.sub(r'back = permute order=2,1,3', 'back = permute order=1,3,2,4', windows)
    convolutions = re.sub(r'rows = .*', 'flat = flatten\nclassifier = linear out=6\n',
                          HEADER, flags=re.S)
    for job in ('attention_rollout', 'attention_grad', 'attention_map'):
        check_refusal(folder, f'{job} of a network without attention', convolutions,
                      f'[{job}]\n', 'has no attention, .*take grad_cam')
        check_refusal(folder, f'{job} of windows', windows, f'[{job}]\n',
                      r'layer b\d.attention attends among tokens .*take grad_cam')
    check_refusal(folder, 'a layer that is no attention', token,
                  '[attention_map]\nlayer = b1.proj\n',
                  'layer b1.proj is no attention; the one next to it is b1.attention')
    check_refusal(folder, 'a head too many', token, '[attention_map]\nhead = 4\n',
                  'head = 4, but layer b2.attention has 3')
    check_refusal(folder, 'a class token that is not there', describe(False),
                  '[attention_map]\nfrom = class\n', 'has no class token; take mean')


with tool.scratch() as scratch:
    random = np.random.default_rng(3).integers(0, 256, (16, 20, 3), dtype=np.uint8)
    Image.fromarray(random).save(os.path.join(scratch, 'small.png'))
    add_plugin(scratch)
    for with_token in (1, 0):
        compare(scratch, with_token)
    check_mistakes(scratch)
    check_refusals(scratch)
sys.exit(failures > 0)

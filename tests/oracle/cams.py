#!/usr/bin/env python3
"""Every class activation map against its paper's formula, written down once more with
PyTorch's own differentiation and NumPy, on the classifier that ships."""
import cam_network as scenes
import engine_tool as tool

tool.use_oracle('torch', 'numpy', 'PIL')
if tool.engines()[0] != 'torch':
    tool.skip('this build has no libtorch engine, and the other would take minutes')

import numpy as np
import torch
import torch.nn.functional as F

network = scenes.network().double()
single = scenes.network()


class Features:
    """A layer's feature maps A (k,i,j) for one input, and their gradient"""

    def __init__(self, x, index, layer):
        kept = []
        handle = network.get_submodule(layer).register_forward_hook(
            lambda module, inputs, output: kept.append(output))
        scores = network(x)[0]
        handle.remove()
        g, = torch.autograd.grad(scores[index], kept[0])
        self.x, self.index, self.layer = x, index, layer
        self.A, self.g = kept[0][0].detach().numpy(), g[0].numpy()


def relu(values):
    return np.maximum(values, 0)


def weighted(weights, f):
    return np.tensordot(weights, f.A, 1)


def component(terms, centered=True):
    """Projections on the first right singular vector, in the sign of the sum"""
    rows = terms.reshape(len(terms), -1).T
    if centered:
        rows = rows - rows.mean(0)
    projection = rows @ np.linalg.svd(rows, full_matrices=False)[2][0]
    projection *= np.sign(projection @ rows.sum(1))
    return projection.reshape(terms.shape[1:])


def grad_cam(f):
    return weighted(f.g.mean((1, 2)), f)


def grad_cam_pp(f, epsilon=0.0):
    divisor = 2 * f.g ** 2 + f.g ** 3 * f.A.sum((1, 2), keepdims=True) + epsilon
    alpha = np.divide(f.g ** 2, divisor, out=np.zeros_like(f.g), where=divisor != 0)
    return weighted((alpha * relu(f.g)).sum((1, 2)), f)


def xgrad_cam(f):
    total = f.A.sum((1, 2))
    return weighted(np.divide((f.g * f.A).sum((1, 2)), total, out=np.zeros_like(total),
                              where=total != 0), f)


def masked_inputs(f):
    size = f.x.shape[2:]
    masks = F.interpolate(torch.tensor(f.A)[:, None], size, mode='bilinear',
                          align_corners=False)
    low, high = masks.amin((2, 3), keepdim=True), masks.amax((2, 3), keepdim=True)
    masks = torch.where(high > low, (masks - low) / (high - low), torch.zeros_like(masks))
    return f.x * masks


def scores(inputs, f):
    """In single precision where there are many, in half the time"""
    run = network if len(inputs) < 64 else single
    with torch.no_grad():
        return torch.cat([run(part.to(next(run.parameters()).dtype))[:, f.index]
                          for part in inputs.split(64)]).double()


def score_cam(f):
    return weighted(torch.softmax(scores(masked_inputs(f), f), 0).numpy(), f)


def few_score_cam(f, count=5):
    tried = np.sort(np.argsort(-f.A.var((1, 2)), kind='stable')[:count])
    weights = np.zeros(len(f.A))
    weights[tried] = torch.softmax(scores(masked_inputs(f)[tried], f), 0).numpy()
    return weighted(weights, f)


def is_cam(f, count=5, samples=3):
    tried = np.sort(np.argsort(-f.A.var((1, 2)), kind='stable')[:count])
    inputs, coefficient, total, weights = masked_inputs(f)[tried], 0, 0, np.zeros(len(f.A))
    for i in range(samples):
        coefficient += (i + 1) / samples
        total = total + scores(coefficient * inputs, f)
    weights[tried] = torch.softmax(total / samples, 0).numpy()
    return weighted(weights, f)


def fem(f, share=False):
    mean, deviation = f.A.mean((1, 2), keepdims=True), f.A.std((1, 2), keepdims=True)
    inside = (f.A >= mean + 2 * deviation) & (deviation > 0)
    if share:
        return weighted(inside.mean((1, 2)), f)
    return (mean * inside).sum(0)


def kpca_cam(f, rbf=False):
    rows = f.A.reshape(len(f.A), -1).T
    rows = rows - rows.mean(0)
    products, gamma = rows @ rows.T, 1 / rows.shape[1]
    squares = np.diag(products)
    K = (np.exp(-gamma * (squares[:, None] + squares - 2 * products)) if rbf
         else np.tanh(gamma * products + 1))
    C = np.eye(len(K)) - 1 / len(K)
    values, vectors = np.linalg.eigh(C @ K @ C)
    projection = np.sqrt(values[-1]) * vectors[:, -1]
    projection *= np.sign(projection @ rows.sum(1))
    return projection.reshape(f.A.shape[1:])


def logits_from(layer, A):
    """What the layers behind make of feature maps"""
    A = network.features[int(layer.split('.')[1]) + 1:](A)
    return network.classifier(network.avgpool(A).flatten(1))


def finer_cam(f, references=3, alpha=0.6, scored=None):
    """By a gradient of its own: the objective is written as in the paper."""
    A = torch.tensor(f.A)[None].requires_grad_(True)
    y = logits_from(f.layer, A)[0]
    nearest = (y - y[f.index]).abs().argsort()[1:references + 1]
    weights = torch.softmax(y, 0)[nearest] if scored else torch.ones(references)
    objective = (weights * (y[f.index] - alpha * y[nearest])).sum() / weights.sum()
    g, = torch.autograd.grad(objective, A)
    return weighted(g[0].mean((1, 2)).numpy(), f)


def rest(A, f, logits=True):
    """The scores of changed feature maps"""
    with torch.no_grad():
        y = logits_from(f.layer, torch.tensor(A))
    return (y if logits else torch.softmax(y, 1))[:, f.index].numpy()


def ablation_cam(f):
    ablated = np.stack([f.A] * len(f.A))
    for k in range(len(f.A)):
        ablated[k, k] = 0
    y = rest(f.A[None], f)[0]
    return weighted((y - rest(ablated, f)) / y, f)


def recipro_cam(f, kernel=((1 / 16, 1 / 8, 1 / 16), (1 / 8, 1 / 4, 1 / 8), (1 / 16, 1 / 8, 1 / 16))):
    height, width = f.A.shape[1:]
    masks = np.zeros((height, width, height + 2, width + 2))
    for i in range(height):
        for j in range(width):
            masks[i, j, i:i + 3, j:j + 3] = kernel
    kept = f.A * masks[:, :, 1:-1, 1:-1].reshape(-1, 1, height, width)
    seen = rest(kept, f, logits=False).reshape(height, width)
    return seen - seen.min()


def full_grad(x, index, joint=False, smooth=False):
    """The input's and all offsets' contributions; joint: each layer is scaled as a whole;
    smooth: their first component, of the input's channels and of layers"""
    layers = [layer for layer in network.features if isinstance(layer, torch.nn.BatchNorm2d)]
    kept, x = [], x.clone().requires_grad_(True)
    handles = [layer.register_forward_hook(lambda module, inputs, output: kept.append(output))
               for layer in layers]
    score = network(x)[0, index]
    for handle in handles:
        handle.remove()
    at_input, *gradients = torch.autograd.grad(score, [x] + kept)
    offsets = [layer.bias - layer.running_mean * layer.weight
               / torch.sqrt(layer.running_var + layer.eps) for layer in layers]
    rows = []
    for terms in [x * at_input] + [offset.reshape(1, -1, 1, 1) * gradient
                                   for offset, gradient in zip(offsets, gradients)]:
        terms, over = terms.detach().abs(), (1, 2, 3) if joint else (2, 3)
        low, high = terms.amin(over, keepdim=True), terms.amax(over, keepdim=True)
        terms = torch.where(high > low, (terms - low) / (high - low), torch.zeros_like(terms))
        enlarged = F.interpolate(terms, x.shape[2:], mode='bilinear', align_corners=False)[0]
        rows.append(enlarged if not rows else enlarged.sum(0, keepdim=True))
    rows = torch.cat(rows).numpy()
    return relu(component(rows)) if smooth else rows.sum(0)


def scaled(values):
    return values / values.max()


def enlarged(values, size):
    return F.interpolate(torch.tensor(values)[None, None], size, mode='bilinear',
                         align_corners=False)[0, 0].numpy()


def to_merge(formula, layers):
    """The maps of several layers' features, of the input's size"""
    return np.stack([enlarged(scaled(relu(formula(f))), f.x.shape[2:]) for f in layers])


def augmented(make, x):
    """The mean of the maps of changed copies, each scaled to its maximum"""
    total = 0
    for contrast in (0.9, 1, 1.1):
        for flip in (False, True):
            one = scaled(make(contrast * (x.flip(3) if flip else x)))
            total = total + (one[:, ::-1] if flip else one) / 6
    return total


# Job: its lines beside `layer`, and the formula

FORMULAS = {
    'grad_cam': ('', grad_cam),
    'grad_cam_pp': ('', grad_cam_pp),
    'with_epsilon': ('technique = grad_cam_pp\nepsilon = 0.001',
                     lambda f: grad_cam_pp(f, 0.001)),
    'xgrad_cam': ('', xgrad_cam),
    'hires_cam': ('', lambda f: (f.g * f.A).sum(0)),
    'layer_cam': ('', lambda f: (relu(f.g) * f.A).sum(0)),
    'grad_cam_elementwise': ('', lambda f: relu(f.g * f.A).sum(0)),
    'eigen_grad_cam': ('', lambda f: component(f.g * f.A)),
    'eigen_cam': ('', lambda f: component(f.A, centered=False)),
    'centered': ('technique = eigen_cam\ncenter = yes', lambda f: component(f.A)),
    'fem': ('', fem),
    'share': ('technique = fem\nsum = share', lambda f: fem(f, True)),
    'kpca_cam': ('', kpca_cam),
    'rbf': ('technique = kpca_cam\nkernel = rbf', lambda f: kpca_cam(f, True)),
    'smooth': ('technique = grad_cam\neigen_smooth = yes',
               lambda f: component(f.g.mean((1, 2), keepdims=True) * f.A)),
    'smooth_layer_cam': ('technique = layer_cam\neigen_smooth = yes',
                         lambda f: component(relu(f.g) * f.A)),
}
LAST = {
    'finer_cam': ('', finer_cam),
    'weighted': ('technique = finer_cam\nweighted = yes\nalpha = 1\nreferences = 5',
                 lambda f: finer_cam(f, 5, 1, True)),
}
# Where feature maps have values of either sign, Grad-CAM++ divides by numbers near zero, and
# the first component of what is negative in sum has no positive part.
SIGNED = {job: both for job, both in FORMULAS.items()
          if job not in ('grad_cam_pp', 'with_epsilon', 'eigen_cam', 'share')}
SLOW = {
    **LAST,
    'ablation_cam': ('', ablation_cam),
    'recipro_cam': ('variants_together = 10', recipro_cam),
    'point': ('technique = recipro_cam\nmask = point',
              lambda f: recipro_cam(f, ((0, 0, 0), (0, 1, 0), (0, 0, 0)))),
    'is_cam': ('channels = 5\nsamples = 3', is_cam),
    'still': ('technique = ss_cam\nchannels = 5\nsamples = 2\ndeviation = 0', few_score_cam),
    'score_cam': ('masks_together = 40', score_cam),
    'few': ('technique = score_cam\nchannels = 5', few_score_cam),
}

jobs = {job: f'{lines}\nlayer = {scenes.LAYER}'
        for job, (lines, _) in {**FORMULAS, **SLOW}.items()}
for job, (lines, _) in SIGNED.items():
    technique = '' if 'technique' in lines else f'technique = {job}\n'
    jobs['signed_' + job] = f'{technique}{lines}\nlayer = {scenes.SIGNED}'
MERGES = {'mean': np.mean, 'max': np.max, 'product': np.prod}
LAYERS = [scenes.SHALLOW, scenes.LAYER]
for merge in MERGES:
    jobs['merge_' + merge] = (f'technique = layer_cam\nlayer = {", ".join(LAYERS)}\n'
                              f'merge = {merge}')
jobs['augmented'] = f'technique = grad_cam\nlayer = {scenes.LAYER}\naug_smooth = yes'

# Every technique takes several layers; the mean is the default. How they are merged does not
# depend on the technique, so those that try many inputs are merged once.
NEXT = [scenes.BEFORE, scenes.LAYER]
MERGED = {job: both for job, both in {**FORMULAS, **SLOW}.items() if job != 'score_cam'}
for job, (lines, _) in MERGED.items():
    technique = '' if 'technique' in lines else f'technique = {job}\n'
    jobs['mean_' + job] = f'{technique}{lines}\nlayer = {", ".join(NEXT)}'
    if job in FORMULAS:
        jobs['max_' + job] = jobs['mean_' + job] + '\nmerge = max'

FULL = {
    'full_grad': ('', full_grad),
    'joint': ('scale = layer', lambda x, c: full_grad(x, c, joint=True)),
    'full_grad_smooth': ('eigen_smooth = yes', lambda x, c: full_grad(x, c, smooth=True)),
    'full_grad_augmented': ('aug_smooth = yes',
                            lambda x, c: augmented(lambda copy: full_grad(copy, c), x)),
}
for job, (lines, _) in FULL.items():
    jobs[job] = 'technique = full_grad\n' + lines
jobs['same'] = f'technique = finer_cam\nlayer = {scenes.LAYER}\nalpha = 0'
jobs['noisy'] = (f'technique = ss_cam\nlayer = {scenes.LAYER}\nchannels = 2\n'
                 'samples = 100\ndeviation = 0.5')


def ss_cam(f, count=2, samples=100, deviation=0.5):
    tried = np.sort(np.argsort(-f.A.var((1, 2)), kind='stable')[:count])
    masked, weights, total = masked_inputs(f)[tried], np.zeros(len(f.A)), 0
    for _ in range(samples):
        noise = deviation * torch.randn(count, 1, *masked.shape[2:]).double()
        total = total + scores(masked + f.x * noise, f)
    weights[tried] = torch.softmax(total / samples, 0).numpy()
    return weighted(weights, f)


# CAM needs a network that ends in an average and a linear layer.

AVERAGED = '''
[network]
name = averaged
input_size = 128 128
mean = 0.5
std = 0.25
weights = averaged.pth

[layers]
0 = conv2d out=6 kernel=5 stride=4
1 = relu
2 = conv2d out=8 kernel=3
3 = relu
4 = adaptive_avg_pool2d output=1
5 = flatten
6 = linear out=20
'''


def compare_cam(maps, folder):
    torch.manual_seed(1)
    averaged = torch.nn.Sequential(
        torch.nn.Conv2d(3, 6, 5, 4), torch.nn.ReLU(), torch.nn.Conv2d(6, 8, 3),
        torch.nn.ReLU(), torch.nn.AdaptiveAvgPool2d(1), torch.nn.Flatten(),
        torch.nn.Linear(8, 20))
    torch.save(averaged.state_dict(), f'{folder}/averaged.pth')
    with open(f'{folder}/averaged.ini', 'w', encoding='utf-8') as file:
        file.write(AVERAGED)
    ours = scenes.run(folder, {'cam': '', 'grad_cam': ''}, architecture='averaged.ini')
    for name, label in scenes.CLASSES.items():
        A = averaged[:4](torch.tensor(scenes.read_input(name))[None])[0].detach().numpy()
        index = scenes.labels().index(label)
        theirs = relu(np.tensordot(averaged[6].weight[index].detach().numpy(), A, 1))
        maps.check(f'cam of {name}', ours['cam'][name], theirs)
        maps.check(f'cam of {name} is as often grad_cam as there are positions',
                   ours['cam'][name], ours['grad_cam'][name] * A[0].size)


maps = scenes.Maps()
with tool.scratch() as folder:
    compare_cam(maps, folder)
    ours = scenes.run(folder, jobs)
for name, label in scenes.CLASSES.items():
    x = torch.tensor(scenes.read_input(name))[None].double()
    index = scenes.labels().index(label)
    features = Features(x, index, scenes.LAYER)
    signed = Features(x, index, scenes.SIGNED)
    for job, (_, formula) in {**FORMULAS, **SLOW}.items():
        maps.check(f'{job} of {name}', ours[job][name], relu(formula(features)))
    for job, (_, formula) in SIGNED.items():
        maps.check(f'{job} of values of either sign, {name}', ours['signed_' + job][name],
                   relu(formula(signed)))
    for merge, function in MERGES.items():
        maps.check(f'the {merge} over layers, {name}', ours['merge_' + merge][name],
                   scaled(function(to_merge(FORMULAS['layer_cam'][1],
                                            [Features(x, index, scenes.SHALLOW), features]),
                                   axis=0)))
    maps.check(f'finer_cam without the others is grad_cam, {name}', ours['same'][name],
               ours['grad_cam'][name], bound=0)
    for job, (_, formula) in FULL.items():
        maps.check(f'{job} of {name}', ours[job][name], formula(x, index))
    before = Features(x, index, scenes.BEFORE)
    for job, (_, formula) in MERGED.items():
        parts = to_merge(formula, [before, features])
        for merge in ('mean', 'max') if job in FORMULAS else ('mean',):
            maps.check(f'{job} of {name}, the {merge} over layers', ours[f'{merge}_{job}'][name],
                       scaled(MERGES[merge](parts, axis=0)))
    torch.manual_seed(2)
    maps.check(f'ss_cam of {name}, with noise of its own', ours['noisy'][name],
               relu(ss_cam(features)), bound=0.04)
    maps.check(f'aug_smooth of {name}', ours['augmented'][name],
               augmented(lambda copy: to_merge(
                   grad_cam, [Features(copy, index, scenes.LAYER)])[0], x))
maps.finish()

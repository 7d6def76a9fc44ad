#!/usr/bin/env python3
"""Every class activation map against its paper's formula, written down once more with
PyTorch's own differentiation and NumPy, on the classifier that ships."""
import cam_network as scenes
import engine_tool as tool

tool.use_oracle('torch', 'numpy', 'PIL')

import numpy as np
import torch
import torch.nn.functional as F

network = scenes.network().double()


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
    with torch.no_grad():
        return torch.cat([network(part)[:, f.index] for part in inputs.split(64)])


def score_cam(f):
    return weighted(torch.softmax(scores(masked_inputs(f), f), 0).numpy(), f)


def few_score_cam(f, count=5):
    tried = np.sort(np.argsort(-f.A.var((1, 2)), kind='stable')[:count])
    weights = np.zeros(len(f.A))
    weights[tried] = torch.softmax(scores(masked_inputs(f)[tried], f), 0).numpy()
    return weighted(weights, f)


def scaled(values):
    return values / values.max()


def enlarged(values, size):
    return F.interpolate(torch.tensor(values)[None, None], size, mode='bilinear',
                         align_corners=False)[0, 0].numpy()


def merged(formula, merge, x, index, layers):
    maps = [enlarged(scaled(relu(formula(Features(x, index, layer)))), x.shape[2:])
            for layer in layers]
    return scaled(merge(np.stack(maps), axis=0))


def augmented(formula, x, index, layer):
    total = 0
    for contrast in (0.9, 1, 1.1):
        for flip in (False, True):
            changed = contrast * (x.flip(3) if flip else x)
            one = merged(formula, np.mean, changed, index, [layer])
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
    'smooth': ('technique = grad_cam\neigen_smooth = yes',
               lambda f: component(f.g.mean((1, 2), keepdims=True) * f.A)),
    'smooth_layer_cam': ('technique = layer_cam\neigen_smooth = yes',
                         lambda f: component(relu(f.g) * f.A)),
}
# Where feature maps have values of either sign, Grad-CAM++ divides by numbers near zero, and
# the first component of what is negative in sum has no positive part.
SIGNED = {job: both for job, both in FORMULAS.items()
          if job not in ('grad_cam_pp', 'with_epsilon', 'eigen_cam')}
SLOW = {
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

with tool.scratch() as folder:
    ours = scenes.run(folder, jobs)
maps = scenes.Maps()
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
                   merged(lambda f: (relu(f.g) * f.A).sum(0), function, x, index, LAYERS))
    maps.check(f'aug_smooth of {name}', ours['augmented'][name],
               augmented(grad_cam, x, index, scenes.LAYER))
maps.finish()

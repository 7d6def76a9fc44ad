#!/usr/bin/env python3
"""Rules of layers against their formulas in PyTorch, and by what must hold for them, in both
engines."""

import json
import os

import engine_tool as tool
import rule_network as rules

tool.use_oracle('numpy', 'torch')
import numpy as np
import torch
from torch.nn import functional as F

x = torch.tensor(rules.inputs()).double()
failures = compared = 0


def check(what, error, limit=1e-5):
    global failures, compared
    print(f'{what}: {error:.1e}')
    compared += 1
    failures += not error <= limit


class Rectify(torch.autograd.Function):
    """RectGrad's ReLU (Kim et al. 2019): what is above the percentile of activation times R"""

    @staticmethod
    def forward(context, z):
        context.save_for_backward(z.clamp(min=0))
        return z.clamp(min=0)

    @staticmethod
    def backward(context, R):
        a, = context.saved_tensors
        matters = (a * R).flatten(1)
        place = int(np.rint(0.8 * (matters.shape[1] - 1)))
        return R * (matters > matters.sort(1)[0][:, place:place + 1]).reshape(R.shape)


def rect_grad(trained):
    network = rules.network().double()
    network.load_state_dict(trained.state_dict())
    for name in ('relu1', 'relu2', 'relu3', 'relu4'):
        module = torch.nn.Module()
        module.forward = Rectify.apply
        setattr(network, name, module)
    given = x.clone().requires_grad_()
    network(given)[:, rules.TARGET].sum().backward()
    return given.grad.numpy()


def plain(network):
    """Gradient times input, and the logit"""
    given = x.clone().requires_grad_()
    logits = network(given)[:, rules.TARGET]
    logits.sum().backward()
    return (given * given.grad).detach().numpy(), logits.detach().numpy()


def without_biases(trained):
    network = rules.network()
    network.load_state_dict(trained.state_dict())
    with torch.no_grad():
        for name, values in list(network.named_parameters()) + list(network.named_buffers()):
            if name.endswith(('bias', 'running_mean')):
                values.zero_()
    return network


def scalars(folder, engine, job, name):
    """A number about each map of a job, as the manifest has it"""
    with open(os.path.join(folder, engine, 'manifest.json'), encoding='utf-8') as file:
        return [each['value'] for each in json.load(file)['artifacts']
                if each['job'] == job and each['name'] == name]


trained = rules.network()
bare = without_biases(trained)
revealed = []
with tool.scratch() as folder:
    for engine in tool.engines():
        ours = rules.run(folder, engine, trained, {
            'rect_grad': 'cut = 80', 'deep_lift': 'baseline = mean',
            'lift_layer': 'technique = deep_lift\nlayer = relu1\nbaseline = mean',
            'reveal': 'technique = deep_lift\nrule = reveal_cancel\nbaseline = black',
            'shap': 'technique = deep_lift_shap\nbaselines = 3'})
        check(f'rect_grad, {engine}', tool.distance(ours['rect_grad'], rect_grad(trained)))
        change = [(trained.double()(x) - trained.double()(x0))[:, rules.TARGET].detach().numpy()
                  for x0 in (torch.zeros_like(x),
                             torch.tensor(np.broadcast_to(-rules.bounds_of_pixels()[0]
                                                          / rules.bounds_of_pixels()[1],
                                                          x.shape).copy()).double())]
        trained.float()
        for job, expected in (('deep_lift', change[0]), ('lift_layer', change[0]),
                              ('reveal', change[1])):
            check(f'{job} sums to the change of the score, {engine}',
                  tool.distance(ours[job].sum((1, 2, 3)), expected))
        revealed.append(ours['reveal'])
        for error in scalars(folder, engine, 'shap', 'completeness_error') or [np.inf]:
            check(f'deep_lift_shap sums to the change from the mean score, {engine}', error)
        ours = rules.run(folder, engine, bare, {
            'epsilon': 'technique = lrp\ncomposite = epsilon\nepsilon = 0',
            'lrp': '', 'lrp_layer': 'technique = lrp\nlayer = relu1', 'alpha_beta': 'technique = lrp\ncomposite = epsilon_alpha2_beta1'})
        expected, logits = plain(bare.double())
        bare.float()
        check(f'epsilon of 0 without biases is gradient times input, {engine}',
              tool.distance(ours['epsilon'], expected), 1e-4)
        for job in ('epsilon', 'lrp', 'lrp_layer'):
            check(f'{job} keeps all relevance without biases, {engine}',
                  tool.distance(ours[job].sum((1, 2, 3)), logits), 1e-4)
for each in revealed[1:]:
    check('reveal_cancel is the same in both engines', tool.distance(revealed[0], each))
print(f'{compared} compared, {failures} off')
raise SystemExit(1 if failures else 0)

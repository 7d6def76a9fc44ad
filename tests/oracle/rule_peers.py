#!/usr/bin/env python3
"""Relevance by rules of layers against the code of zennit and captum themselves, in both engines.
PEERS_PYTHON names a Python that has both."""

import engine_tool as tool
import rule_network as rules

PEERS = tool.use_peers('PEERS_PYTHON', 'zennit and captum')
try:
    import numpy as np
    import torch
    from captum.attr import DeepLift, DeepLiftShap, LayerDeepLift
    from zennit import canonizers, composites
    from zennit.attribution import Gradient
    from zennit.layer import Sum
    from zennit.rules import WSquare
except ImportError as error:
    tool.skip(f'{PEERS}: {error}; pip install zennit captum')

x = torch.tensor(rules.inputs()).double()
mean, std = (torch.tensor(each).double() for each in rules.bounds_of_pixels())
trained = rules.network()


class Merge(canonizers.NamedMergeBatchNorm):
    """Without the eps that it leaves in a norm that is to do nothing"""

    def merge_batch_norm(self, modules, batch_norm):
        super().merge_batch_norm(modules, batch_norm)
        batch_norm.eps = 0


def fresh(add=None):
    """In double precision, since canonizers and hooks change what they are given"""
    small = rules.network(add)
    small.load_state_dict(trained.state_dict())
    return small.double()


def share(name, merge=True, unit=False, **options):
    """Relevance of a composite of zennit, beginning with the logit or with 1"""
    small = fresh(Sum())
    # Pairs are named: modules of one that is no Sequential have no order.
    norms = [Merge([(['conv2'], 'bn2'), (['conv3'], 'bn3')])]
    composite = composites.COMPOSITES[name](canonizers=norms if merge else [], **options)
    hot = torch.eye(rules.CLASSES).double()[[rules.TARGET] * len(x)]
    with Gradient(small, composite) as found:
        return found(x, lambda out: hot if unit else out * hot)[1].detach().numpy()


def lift(baselines):
    return DeepLift(fresh()).attribute(x, baselines, target=rules.TARGET).detach().numpy()


def lift_layer(baselines):
    small = fresh()
    return LayerDeepLift(small, small.relu1).attribute(
        x, baselines, target=rules.TARGET).detach().numpy()


def lift_shap(background):
    return np.concatenate([DeepLiftShap(fresh()).attribute(
        each[None], background, target=rules.TARGET).detach().numpy() for each in x])


box = {'low': (0 - mean) / std, 'high': (1 - mean) / std}
background = torch.tensor(rules.inputs()[::-1].copy()).double()
# Job: its lines, and the peer's map
JOBS = {
    'lrp': ('', lambda: share('epsilon_plus')),
    'box': ('technique = lrp\ncomposite = epsilon_gamma_box',
            lambda: share('epsilon_gamma_box', **box)),
    'alpha_beta': ('technique = lrp\ncomposite = epsilon_alpha2_beta1',
                   lambda: share('epsilon_alpha2_beta1')),
    'plus_apart': ('technique = lrp\nmerge_norms = no\nepsilon = 0.1',
                   lambda: share('epsilon_plus', merge=False, epsilon=0.1)),
    'box_apart': ('technique = lrp\ncomposite = epsilon_gamma_box\nmerge_norms = no\n'
                  'gamma = 0.5',
                  lambda: share('epsilon_gamma_box', merge=False, gamma=0.5, **box)),
    'alpha_beta_apart': ('technique = lrp\ncomposite = epsilon_alpha2_beta1\n'
                         'merge_norms = no',
                         lambda: share('epsilon_alpha2_beta1', merge=False)),
    'flat': ('technique = lrp\npixels = flat', lambda: share('epsilon_plus_flat')),
    'w_square': ('technique = lrp\ncomposite = epsilon_gamma_box\npixels = w_square',
                 lambda: share('epsilon_gamma_box', **box,
                               first_map=[((torch.nn.Conv2d,), WSquare(1e-6))])),
    'excitation_bp': ('', lambda: share('excitation_backprop', unit=True, stabilizer=1e-12,
                                        zero_params='bias').sum(1, keepdims=True)),
    'deep_lift': ('baseline = mean', lambda: lift(torch.zeros_like(x))),
    'deep_lift_black': ('technique = deep_lift',
                        lambda: lift(box['low'].expand(x.shape).clone())),
    'lift_layer': ('technique = deep_lift\nlayer = relu1\nbaseline = mean',
                   lambda: lift_layer(torch.zeros_like(x))),
    'deep_lift_shap': ('background = 0.npy, 1.npy', lambda: lift_shap(background)),
}
comparison = tool.Comparison()
with tool.scratch() as folder:
    for engine in tool.engines():
        ours = rules.run(folder, engine, trained, {job: JOBS[job][0] for job in JOBS})
        for job, (_, theirs) in JOBS.items():
            theirs = theirs()
            error = tool.distance(ours[job], theirs)
            print(f'{job}, {engine}: {error:.1e} in relative L2')
            comparison.compared += 1
            comparison.failures += not error <= 1e-5
comparison.finish()

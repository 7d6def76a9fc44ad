#!/usr/bin/env python3
"""The perturbation family against captum, where BENCH_PYTHON names a Python that has it: with
the same parts, samples and orders the same maps."""
import os
import sys

sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))
import engine_tool as tool

PEERS = tool.use_peers('BENCH_PYTHON', 'captum and scikit-learn')

try:
    import numpy as np
    import sklearn  # noqa: F401
    import torch
    from captum._utils.models.linear_model import SkLearnLasso, SkLearnRidge
    from captum.attr import (FeatureAblation, KernelShap, Lime, Occlusion, ShapleyValues,
                             ShapleyValueSampling)
except ImportError as error:
    tool.skip(f'{PEERS}: {error}; pip install captum scikit-learn')

import perturbed

LIMIT = 1e-5
failures = 0


def near(what, found, expected, limit=LIMIT):
    global failures
    error = np.linalg.norm(found - expected) / np.linalg.norm(expected)
    print(f'{what}: {error:.1e} in relative L2')
    if not error <= limit:
        print('FAIL', what)
        failures += 1


class Peer:
    """captum's arguments for one job and picture"""

    def __init__(self, run, job, n):
        self.picture = picture = run.view(job, n)
        network = run.network
        self.forward = (network if picture.score == 'logit'
                        else lambda inputs: network(inputs).softmax(1))
        self.shared = dict(inputs=picture.x[None], target=picture.target,
                           baselines=picture.baseline.expand(picture.x.shape)[None].clone())

    def parts(self, parts=None):
        parts = self.picture.parts() if parts is None else parts
        return dict(self.shared, feature_mask=torch.tensor(parts)[None, None])


def value(map):
    """(H,W) of (1,C,H,W), whose channels are alike"""
    return map[0, 0].detach().numpy()


def lime(peer, model):
    """With the samples and weights that the job drew"""
    kept, weights = perturbed.lime_samples(peer.picture)

    def samples(_, **more):
        for row in kept:
            yield torch.tensor(row[None])

    def weight(_, __, row, **more):
        return weights[np.nonzero((kept == row.numpy()).all(1))[0][0]]

    method = Lime(peer.forward, interpretable_model=model, similarity_func=weight,
                  perturb_func=samples)
    return value(method.attribute(**peer.parts(), n_samples=len(kept)))


def sampled(peer):
    method = ShapleyValueSampling(peer.forward)
    orders = perturbed.draw_orders(peer.picture)
    method.permutation_generator = lambda *_: iter(orders)
    return value(method.attribute(**peer.parts(), n_samples=len(orders)))


with tool.scratch() as folder:
    run = perturbed.Run(folder)
    maps = run.run('out')
    for n in range(2):
        peer = {job: Peer(run, job, n) for job in run.jobs}
        found = {job: maps[job][n] for job in run.jobs}
        near('Occlusion', found['occlusion'], value(Occlusion(peer['occlusion'].forward).attribute(
            **peer['occlusion'].shared, sliding_window_shapes=(3, 7, 7), strides=(3, 3, 3))))
        for job, parts in (('ablation_grid', None), ('ablation_mask', run.parts)):
            near('FeatureAblation, ' + job, found[job], value(FeatureAblation(
                peer[job].forward).attribute(**peer[job].parts(parts))))
        near('Lime, ridge', found['lime'],
             lime(peer['lime'], SkLearnRidge(alpha=peer['lime'].picture.alpha)))
        near('Lime, lasso', found['lasso'],
             lime(peer['lasso'], SkLearnLasso(alpha=peer['lasso'].picture.alpha, tol=1e-7,
                                              max_iter=100000)))
        near('ShapleyValueSampling', found['shapley'], sampled(peer['shapley']))
        near('ShapleyValues', found['shap_of_all'], value(ShapleyValues(
            peer['shap_of_all'].forward).attribute(**peer['shap_of_all'].parts())))
        # Both draw; captum's samples are others.
        torch.manual_seed(n)
        near('KernelShap', found['shap_drawn'], value(KernelShap(
            peer['shap_drawn'].forward).attribute(**peer['shap_drawn'].parts(),
                                                  n_samples=2000)), 0.1)
print(f'{failures} failures')
sys.exit(failures > 0)

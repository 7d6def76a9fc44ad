#!/usr/bin/env python3
"""Measures of maps against the code of pytorch-grad-cam, captum and Quantus themselves, with the
same random numbers. PEERS_PYTHON names a Python that has them."""
import os
import sys

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), '..', 'oracle'))
import engine_tool as tool

PEERS = tool.use_peers('PEERS_PYTHON', 'grad-cam, captum and quantus')
try:
    import numpy as np
    import torch
    from captum.metrics import infidelity, infidelity_perturb_func_decorator, sensitivity_max
    from pytorch_grad_cam.metrics import road
    from pytorch_grad_cam.metrics.cam_mult_image import DropInConfidence, IncreaseInConfidence
    from pytorch_grad_cam.utils.model_targets import ClassifierOutputSoftmaxTarget
    import quantus
except ImportError as error:
    tool.skip(f'{PEERS}: {error}; pip install grad-cam captum quantus')

import measured
from measured import FIDELITY, HEIGHT, RADIUS, SENSITIVITY, WIDTH

evaluation = measured.Evaluation()
network = evaluation.double
check = measured.Check()


def tensor(x):
    return torch.tensor(np.asarray(x, np.float64))


def masked(picture, plane):
    """Its drop is not divided by what it is a drop of."""
    arguments = (tensor(picture.x)[None], [measured.scale(plane.astype(np.float64))],
                 [ClassifierOutputSoftmaxTarget(picture.target)], network)
    before = evaluation.probability(picture.x[None], picture.target)[0]
    return {'average_drop': DropInConfidence()(*arguments)[0] / before,
            'increase': IncreaseInConfidence()(*arguments)[0]}


def distinct(job, plane):
    """It removes all pixels of equal value together, so only a map without any is compared."""
    return job == 'vanilla_bp' and len(np.unique(plane)) == plane.size


def removal(picture, plane):
    """With the run's noise in place of its own"""
    stream = picture.stream('(road)')
    once = []

    def noise(like):
        removed, = once
        once.clear()
        return torch.tensor(stream.normal(3 * HEIGHT * WIDTH).reshape(3, -1)[:, removed])

    linear = road.NoisyLinearImputer.__call__

    def impute(self, image, mask):
        once.append(np.flatnonzero(mask.numpy().ravel() == 0))
        return linear(self, image, mask)

    arguments = (tensor(picture.x)[None], [plane.astype(np.float64)],
                 [ClassifierOutputSoftmaxTarget(picture.target)], network)
    before, road.torch.randn_like = torch.randn_like, noise
    road.NoisyLinearImputer.__call__ = impute
    try:
        morf = road.ROADMostRelevantFirstAverage()(*arguments)[0]
        lerf = road.ROADLeastRelevantFirstAverage()(*arguments)[0]
    finally:
        road.torch.randn_like = before
        road.NoisyLinearImputer.__call__ = linear
    return {'road_morf': morf, 'road_lerf': lerf, 'road': (lerf - morf) / 2}


def unfaithful(job, picture, given):
    """Global attributions are of what is taken away, others of how much it is there."""
    stream = picture.stream('(infidelity)')
    side = WIDTH // 4

    def without_squares(inputs):
        made = inputs.clone()
        for each in made:
            chance = stream.uniform(2)
            top = int(chance[0] * (HEIGHT - side + 1))
            left = int(chance[1] * (WIDTH - side + 1))
            each[:, top:top + side, left:left + side] = 0
        return made

    perturb = infidelity_perturb_func_decorator(job != 'vanilla_bp')(without_squares)
    # A map of one channel is shared out among the picture's.
    attribution = tensor(np.broadcast_to(given, picture.x.shape)) * len(given) / 3
    return infidelity(network, perturb, tensor(picture.x)[None], attribution[None],
                      target=picture.target, n_perturb_samples=FIDELITY, normalize=True).item()


def sensitive(job, picture):
    moves = [(2 * picture.stream(f'(sensitivity {i})').uniform(3, HEIGHT, WIDTH) - 1) * RADIUS
             for i in range(SENSITIVITY)]

    def explain(inputs):
        if isinstance(inputs, tuple):
            return explain(inputs[0]),
        with torch.enable_grad():
            return torch.stack([tensor(evaluation.explain(job, x.numpy(), picture.target))
                                for x in inputs])

    def move(inputs):
        return tensor(np.float32(inputs.numpy() + np.array(moves)))

    return sensitivity_max(explain, tensor(picture.x)[None], move,
                           n_perturb_samples=SENSITIVITY).item()


def quantified(metric, picture, plane):
    found, = metric(disable_warnings=True)(
        model=network, x_batch=picture.x[None].astype(np.float64),
        y_batch=np.array([picture.target]), a_batch=plane[None, None].astype(np.float64))
    return found


def peers(job, picture):
    given = evaluation.explain(job, picture.x, picture.target)
    plane = measured.plane_of(job, given)
    found = {**masked(picture, plane), 'infidelity': unfaithful(job, picture, given),
             'sensitivity': sensitive(job, picture),
             'sparseness': quantified(quantus.Sparseness, picture, plane),
             'complexity': quantified(quantus.Complexity, picture, plane)}
    if distinct(job, plane):
        found.update(removal(picture, plane))
    return found


roads = 0
for job in measured.JOBS:
    for picture in evaluation.pictures:
        for key, value in peers(job, picture).items():
            check.near(f'{key} of {job}, picture {picture.number}',
                       evaluation.measured(job, picture, key), float(value))
            roads += key == 'road'
assert roads, 'no map has distinct values'
check.finish()

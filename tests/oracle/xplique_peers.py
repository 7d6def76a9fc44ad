#!/usr/bin/env python3
"""RISE, Sobol' indices and HSIC against xplique, by the authors of the latter two, where
XPLIQUE_PYTHON names a Python that has it and PyTorch: with the same masks the same maps."""
import os
import sys

sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))
import engine_tool as tool

PYTHON = tool.use_peers('XPLIQUE_PYTHON', 'xplique and torch')
try:
    import numpy as np
    import tensorflow as tf
    import torch
    from PIL import Image  # noqa: F401, of perturbed
    from xplique.attributions import HsicAttributionMethod, Rise, SobolAttributionMethod
    from xplique.attributions.global_sensitivity_analysis import samplers, replicated_designs
except ImportError as error:
    tool.skip(f'{PYTHON}: {error}; pip install xplique torch')

import perturbed

LIMIT = 1e-5
JOBS = {job: perturbed.JOBS[job] for job in ('rise', 'sobol')}
# Of probabilities, which are nearly the same here, its single precision leaves four digits.
JOBS['hsic'] = ('hsic', dict(perturbed.JOBS['hsic'][1], score='logit'))
failures = 0


def near(what, found, expected):
    global failures
    error = np.linalg.norm(found - expected) / np.linalg.norm(expected)
    print(f'{what}: {error:.1e} in relative L2')
    if not error <= LIMIT:
        print('FAIL', what)
        failures += 1


def explain(picture, method, **options):
    """What the method says of a picture, (H,W), by our network"""
    def score(model, inputs, targets):
        inputs = torch.tensor(inputs.numpy().transpose(0, 3, 1, 2).astype(np.float64))
        return tf.constant(picture.of_inputs(inputs).astype(np.float32))

    x = picture.x.numpy().transpose(1, 2, 0)[None].astype(np.float32)
    explainer = method(None, operator=score, **options)
    return explainer(x, np.ones((1, 1), np.float32)).numpy()[0, :, :, 0]


def rise(picture):
    """Which divides by how often a pixel was seen, and not by how often it is expected to be"""
    masks = perturbed.rise_masks(picture).astype(np.float32)[..., None]
    Rise._get_masks = staticmethod(lambda *_: tf.constant(masks))
    Rise._apply_masks = staticmethod(lambda x, seen, _: (seen * x, seen))
    found = explain(picture, Rise, nb_samples=len(masks), batch_size=16)
    return found * masks[..., 0].mean(0) / picture.keep


class Design(replicated_designs.ReplicatedSampler):
    """A, B, and for each part A with that of B"""

    def __init__(self, picture):
        self.a, self.b = [perturbed.hypercube(picture).astype(np.float32) for _ in range(2)]

    def __call__(self, dimension, nb_design):
        return tf.concat([self.a, self.b, self.build_replicated_design(self.a, self.b)], 0)


class Kept(samplers.Sampler):
    """Masks that keep each part or not"""

    def __init__(self, picture):
        super().__init__(binary=True)
        self.masks = picture.stream.uniform(picture.parameters['masks'], picture.grid ** 2) < 0.5

    def __call__(self, dimension, nb_design):
        return tf.constant(self.masks.astype(np.float32))


def sobol(picture):
    return explain(picture, SobolAttributionMethod, grid_size=picture.grid,
                   nb_design=picture.designs, sampler=Design(picture))


def hsic(picture):
    """Which divides by n, and not by (n - 1)^2"""
    n = picture.parameters['masks']
    return explain(picture, HsicAttributionMethod, grid_size=picture.grid, nb_design=n,
                   sampler=Kept(picture)) * n / (n - 1) ** 2


def enlarge(images, size, method=None):
    """Masks and maps part by part, where xplique enlarges maps with bicubic splines"""
    rows, columns = [np.arange(int(after)) * before // int(after)
                     for before, after in zip(images.shape[-3:-1], size)]
    return tf.gather(tf.gather(images, rows, axis=-3), columns, axis=-2)


tf.image.resize = enlarge
with tool.scratch() as folder:
    run = perturbed.Run(folder, jobs=JOBS)
    maps = run.run('out')
    for n in range(2):
        for job, theirs in zip(JOBS, (rise, sobol, hsic)):
            near(job, maps[job][n], theirs(run.view(job, n)))
print(f'{failures} failures')
sys.exit(failures > 0)

#!/usr/bin/env python3
"""Measures of maps against the code of xplique, with the same random numbers. XPLIQUE_PYTHON names
a Python that has it and PyTorch."""
import os
import sys

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), '..', 'oracle'))
import engine_tool as tool

PYTHON = tool.use_peers('XPLIQUE_PYTHON', 'xplique and torch')
try:
    import numpy as np
    import tensorflow as tf
    import torch  # noqa: F401, of measured
    from scipy.ndimage import gaussian_filter
    from xplique.metrics import Deletion, Insertion, MuFidelity
    from xplique.metrics.fidelity import AverageDropMetric, AverageIncreaseMetric
except ImportError as error:
    tool.skip(f'{PYTHON}: {error}; pip install xplique torch')

import measured
from measured import FIDELITY, HEIGHT, STEPS, WIDTH

evaluation = measured.Evaluation()
# It computes in single precision.
check = measured.Check(3e-5)


def asked(picture, score):
    """An operator of xplique that asks our network"""
    def operator(model, inputs, targets):
        found = score(inputs.numpy().transpose(0, 3, 1, 2), picture.target)
        return tf.constant(found.astype(np.float32))
    return operator


def mu_fidelity(picture, evidence, arguments):
    stream = picture.stream('(mu_fidelity)')
    drawn = tf.constant(stream.uniform(FIDELITY, 81).astype(np.float32))
    before, tf.random.uniform = tf.random.uniform, lambda *_, **__: drawn
    tf.config.run_functions_eagerly(True)
    try:
        metric = MuFidelity(None, *arguments, batch_size=FIDELITY, nb_samples=FIDELITY,
                            operator=asked(picture, evaluation.logits))
        return metric(evidence[None].astype(np.float32))
    finally:
        tf.random.uniform = before
        tf.config.run_functions_eagerly(False)


def curves(picture, plane, arguments):
    """Its steps round down where ours round, so they are as many as divide the pixels."""
    assert HEIGHT * WIDTH % STEPS == 0
    mean = picture.x.mean((1, 2))
    deviation = HEIGHT * 5 / 224
    bases = {'zero': 0.0, 'mean': lambda x: np.broadcast_to(mean, x.shape).copy(),
             'blur': lambda x: gaussian_filter(x, (0, deviation, deviation, 0), mode='reflect',
                                               radius=int(np.ceil(3 * deviation)))}
    for name, base in bases.items():
        for kind, metric in (('deletion', Deletion), ('insertion', Insertion)):
            yield f'{kind}_{name}', metric(
                None, *arguments, steps=STEPS, baseline_mode=base,
                operator=asked(picture, evaluation.probability))(plane[None])


for job in measured.JOBS:
    for picture in evaluation.pictures:
        given = evaluation.explain(job, picture.x, picture.target)
        plane = measured.plane_of(job, given)
        arguments = picture.x.transpose(1, 2, 0)[None], np.ones((1, 1), np.float32)
        found = {'mu_fidelity': mu_fidelity(picture, measured.evidence_of(job, given),
                                            arguments)}
        operator = asked(picture, evaluation.probability)
        found['average_drop'] = AverageDropMetric(None, *arguments, operator=operator)(
            plane[None])
        found['increase'] = AverageIncreaseMetric(None, *arguments, operator=operator)(
            plane[None])
        if len(np.unique(plane)) == plane.size:  # it orders equal pixels otherwise
            found.update(curves(picture, plane, arguments))
        for key, value in found.items():
            check.near(f'{key} of {job}, picture {picture.number}',
                       evaluation.measured(job, picture, key), float(value))
check.finish()

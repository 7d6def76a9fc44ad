#!/usr/bin/env python3
"""Techniques that integrate gradients along paths, or average them over noise, against PyTorch:
with the same random numbers the same maps, and what must hold whatever the network."""
import os
import sys

sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))
import engine_tool as tool

tool.use_oracle('numpy', 'torch', 'PIL')

import numpy as np

import gradient_network as small
from gradient_network import JOBS, Run, blur, draws, noisy_network

LIMIT = 1e-5
failures = 0


def check(what, holds, *found):
    global failures
    if not holds:
        print('FAIL', what, *found)
        failures += 1


def near(what, found, expected, limit=LIMIT):
    error = tool.distance(found, expected)
    print(f'{what}: {error:.1e} in relative L2')
    check(what, error <= limit)


def expectation(run, job, n):
    pictures, baselines, places = draws(run, job, n)
    differences = pictures - baselines
    points = baselines + places[:, None, None, None] * differences
    return (run.gradient(n, points) * differences).mean(0)


def straight(run, n, steps, both_ends):
    """Integrated gradients from black, by the left ends of the steps or by both"""
    x = run.inputs[n]
    black = np.broadcast_to((-small.MEAN / small.STD)[:, None, None], x.shape)
    points = black + np.arange(steps + 1)[:, None, None, None] / steps * (x - black)
    gradient = run.gradient(n, points)
    if both_ends:
        gradient = (gradient + np.roll(gradient, -1, 0)) / 2
    return gradient[:steps].mean(0) * (x - black)


def blurred(run, n, steps, most):
    path = [blur(run.inputs[n], most * (k / steps) ** 2) for k in range(steps + 1)]
    ends = np.array(path)
    return (run.gradient(n, (ends[:-1] + ends[1:]) / 2) * (ends[:-1] - ends[1:])).sum(0)


def noise_grad(run, job, n):
    parameters = JOBS[job][1]
    x, maps = run.inputs[n][None], []
    for k in range(parameters['samples']):
        network = noisy_network(run, job, k, parameters.get('noise_level', 0.2))
        if parameters.get('base') == 'smooth':
            copies = JOBS['smooth'][1]['samples']
            noise = run.stream('smooth', n + ((k + 1) << 32)).normal(copies * x.size)
            sigma = JOBS['smooth'][1]['noise_level'] * (x.max() - x.min())
            inputs = x + sigma * noise.reshape((copies,) + x.shape[1:])
        else:
            inputs = x
        maps.append(run.gradient(n, inputs, network).mean(0))
    return np.mean(maps, 0)


def check_completeness(run, job, n, baseline, limit=None):
    """The map sums to the change of the score, or the figures say by how much it does not."""
    picture = small.PICTURES[n]
    scores = [run.score(n, run.inputs[n]), run.score(n, baseline)]
    total = run.read(job, n).sum(dtype=np.float64)
    error = abs(total - (scores[0] - scores[1])) / abs(scores[0] - scores[1])
    told = [run.figures[job, picture, name]
            for name in ('score', 'score_of_baseline', 'completeness_error')]
    print(f'{job} of {picture} misses the change of the score by {error:.1e}')
    check(f'{job} of {picture} sums to the change of the score',
          limit is None or error <= limit, total, scores)
    check(f'{job} of {picture}: its figures', np.allclose(told, [*scores, error], rtol=1e-3, atol=1e-5),
          told, scores, error)


def check_regions(run, job, n, base, smallest):
    """Regions cover the picture, each has the mean of the base, and they are ranked by it."""
    values, ranks = run.read(job, n)[0], run.read(job, n, 'ranks')[0]
    found = np.unique(ranks)
    what = f'{job} of {small.PICTURES[n]}'
    check(what + ': ranks count from 1', len(found) > 2
          and np.array_equal(found, np.arange(1, len(found) + 1)), found)
    for rank in found:
        place = ranks == rank
        check(f'{what}: region {rank} has the mean of the base',
              np.allclose(values[place], base[place].mean(), rtol=1e-5, atol=1e-7))
        check(f'{what}: region {rank} is no smaller than allowed',
              place.sum() >= smallest or rank == found[-1], place.sum())
    densities = [values[ranks == rank][0] for rank in found]
    check(what + ': the densest first', (np.diff(densities[:-1]) <= 0).all(), densities)


with tool.scratch() as folder:
    run = Run(folder)
    run.run()
    for n, picture in enumerate(small.PICTURES):
        for job in ('shap', 'shap_of_many', 'expected'):
            near(f'{job} of {picture}', run.read(job, n), expectation(run, job, n))
        for job in ('straight', 'trapezoid'):
            near(f'a {job} path of {picture}', run.read(job, n),
                 straight(run, n, 15, job == 'trapezoid'))
        for job, color in (('means', 0), ('starts', 0), ('guided', 1)):
            check_completeness(run, job, n, np.broadcast_to(
                ((color - small.MEAN) / small.STD)[:, None, None], run.inputs[n].shape))
        means, starts = (run.figures[job, picture, 'completeness_error']
                         for job in ('means', 'starts'))
        check(f'{picture}: both ends of a step miss less of the change', means < starts / 2,
              means, starts)
        check(f'the guided path of {picture} is another one',
              tool.distance(run.read('free', n), run.read('straight', n)) > 0.05)
        near(f'blurred {picture}', run.read('blurred', n), blurred(run, n, 20, 6))
        check_completeness(run, 'close', n, blur(run.inputs[n], 6), 1e-2)
        for job in ('noisy', 'fusion'):
            near(f'{job} of {picture}', run.read(job, n), noise_grad(run, job, n))
        plain = run.read('vanilla_bp', n).astype(np.float64)
        check_regions(run, 'regions', n, plain.max(0), 5)
        check(f'a scale without end leaves one part of {picture}', np.allclose(
            run.read('whole', n), plain.sum(0).mean(), rtol=1e-5))
        check_regions(run, 'summed', n, (plain + run.read('shap', n)).sum(0) / 2, 1)
print(f'{failures} failures')
sys.exit(failures > 0)

#!/usr/bin/env python3
"""Every measure of [evaluation] measures follows from the network and the map, by the papers'
formulas in NumPy, with the same random numbers."""
import os
import sys

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), '..', 'oracle'))
import engine_tool as tool

tool.use_oracle('torch', 'numpy')

import numpy as np

import measured
from measured import FIDELITY, HEIGHT, RADIUS, SENSITIVITY, STEPS, WIDTH

AREA = HEIGHT * WIDTH
evaluation = measured.Evaluation()
check = measured.Check()


def order_of(picture, plane):
    """Pixels, the most important first; equal ones by chance"""
    chance = picture.stream('(order of equal pixels)').uniform(AREA)
    return np.lexsort((np.arange(AREA), chance, -plane.ravel()))


def area_under(points):
    return (sum(points) - (points[0] + points[-1]) / 2) / (len(points) - 1)


def blur(x, deviation):
    radius = int(np.ceil(3 * deviation))
    weights = np.exp(-np.arange(-radius, radius + 1) ** 2 / (2 * deviation ** 2))
    weights /= weights.sum()
    for axis in (1, 2):
        pad = [(0, 0)] * 3
        pad[axis] = (radius, radius)
        padded = np.pad(x, pad, mode='symmetric')
        x = sum(w * np.take(padded, range(k, k + x.shape[axis]), axis)
                for k, w in enumerate(weights))
    return x


def curve(picture, order, start, end):
    """Probabilities while pixels of one picture take the place of those of another"""
    pictures = []
    for step in range(STEPS + 1):
        made = np.array(start, np.float64).reshape(3, AREA)
        changed = order[:int(step / STEPS * AREA + 0.5)]
        made[:, changed] = np.reshape(end, (3, AREA))[:, changed]
        pictures.append(made.reshape(3, HEIGHT, WIDTH))
    return area_under(evaluation.probability(pictures, picture.target))


def curves(picture, plane):
    x = picture.x.astype(np.float64)
    order = order_of(picture, plane)
    bases = {'zero': np.zeros_like(x),
             'mean': np.broadcast_to(x.mean((1, 2), keepdims=True), x.shape),
             'blur': blur(x, HEIGHT * 5 / 224)}
    for name, base in bases.items():
        yield 'deletion_' + name, curve(picture, order, x, base)
        yield 'insertion_' + name, curve(picture, order, base, x)


def impute(x, removed):
    """The linear system, dense"""
    unknown = np.flatnonzero(removed)
    place = {pixel: i for i, pixel in enumerate(unknown)}
    matrix, right = np.zeros((len(unknown),) * 2), np.zeros((len(unknown), 3))
    for i, pixel in enumerate(unknown):
        for dy in (-1, 0, 1):
            for dx in (-1, 0, 1):
                row, column = pixel // WIDTH + dy, pixel % WIDTH + dx
                if (dy, dx) == (0, 0) or not (0 <= row < HEIGHT and 0 <= column < WIDTH):
                    continue
                weight = 1 / 6 if dy == 0 or dx == 0 else 1 / 12
                other = row * WIDTH + column
                matrix[i, i] += weight
                if other in place:
                    matrix[i, place[other]] -= weight
                else:
                    right[i] += weight * x.reshape(3, AREA)[:, other]
    made = x.reshape(3, AREA).copy()
    made[:, unknown] = np.linalg.solve(matrix, right).T
    return made


def road(picture, plane):
    order = order_of(picture, plane)
    noise = picture.stream('(road)')
    changes = []
    for ranking in (order[::-1], order):  # what is kept comes first
        pictures = []
        for percent in range(10, 100, 10):
            removed = np.ones(AREA, bool)
            removed[ranking[:int(np.ceil(percent * (AREA - 1) / 100))]] = False
            made = impute(picture.x.astype(np.float64), removed)
            made += np.where(removed, 0.01 * noise.normal(3 * AREA).reshape(3, AREA), 0)
            pictures.append(made.reshape(3, HEIGHT, WIDTH))
        changes.append(evaluation.probability(pictures, picture.target).mean()
                       - evaluation.probability(picture.x[None], picture.target)[0])
    morf, lerf = changes
    return {'road_morf': morf, 'road_lerf': lerf, 'road': (lerf - morf) / 2}


def infidelity(picture, linear):
    side = WIDTH // 4
    stream = picture.stream('(infidelity)')
    told, pictures = [], []
    for _ in range(FIDELITY):
        chance = stream.uniform(2)
        top, left = int(chance[0] * (HEIGHT - side + 1)), int(chance[1] * (WIDTH - side + 1))
        made = picture.x.copy()
        made[:, top:top + side, left:left + side] = 0
        told.append(linear[top:top + side, left:left + side].sum())
        pictures.append(made)
    told = np.array(told)
    fall = (evaluation.logits(picture.x[None], picture.target)
            - evaluation.logits(pictures, picture.target))
    best = (told * fall).sum() / (told ** 2).sum()
    return ((best * told - fall) ** 2).mean()


def ranks(values):
    return np.array([(values < v).sum() + ((values == v).sum() + 1) / 2 for v in values])


def mu_fidelity(picture, evidence):
    rows = (np.arange(HEIGHT) + 0.5) * 9 // HEIGHT
    columns = (np.arange(WIDTH) + 0.5) * 9 // WIDTH
    cells = (rows[:, None] * 9 + columns).astype(int)
    stream = picture.stream('(mu_fidelity)')
    told, pictures = [], []
    for _ in range(FIDELITY):
        removed = (stream.uniform(81) <= 0.2)[cells]
        told.append(evidence[removed].sum())
        pictures.append(np.where(removed, 0, picture.x))
    fall = (evaluation.logits(picture.x[None], picture.target)
            - evaluation.logits(pictures, picture.target))
    return np.corrcoef(ranks(np.float32(told)), ranks(np.float32(fall)))[0, 1]


def masked(job, picture, plane):
    """Average drop, increase, and ADCC with its parts"""
    scaled = measured.scale(plane)
    covered = picture.x * scaled
    before = evaluation.probability(picture.x[None], picture.target)[0]
    after = evaluation.probability(covered[None], picture.target)[0]
    drop = max(0, before - after) / before
    again = measured.plane_of(job, evaluation.explain(job, covered, picture.target))
    coherency = (np.corrcoef(plane.ravel(), again.ravel())[0, 1] + 1) / 2
    complexity = scaled.astype(np.float64).mean()
    return {'average_drop': drop, 'increase': float(after > before), 'coherency': coherency,
            'adcc_complexity': complexity,
            'adcc': 3 / (1 / (1 - drop) + 1 / coherency + 1 / (1 - complexity))}


def sensitivity(job, picture, given):
    largest = 0
    for sample in range(SENSITIVITY):
        stream = picture.stream(f'(sensitivity {sample})')
        moved = picture.x + (2 * stream.uniform(3, HEIGHT, WIDTH) - 1) * RADIUS
        other = evaluation.explain(job, moved.astype(np.float32), picture.target)
        largest = max(largest, np.linalg.norm(given - other) / np.linalg.norm(given))
    return largest


def gini(values):
    """Half the mean difference of all pairs, over the mean"""
    values = values.ravel().astype(np.float64)
    return np.abs(values[:, None] - values).mean() / (2 * values.mean())


def entropy(plane):
    shares = plane[plane > 0].astype(np.float64) / plane.astype(np.float64).sum()
    return -(shares * np.log(shares)).sum()


def expected(job, picture):
    given = evaluation.explain(job, picture.x, picture.target)
    plane = measured.plane_of(job, given)
    evidence = measured.evidence_of(job, given)
    linear = measured.linear_of(job, given, picture.x)
    return {**masked(job, picture, plane), **road(picture, plane),
            **dict(curves(picture, plane)), 'infidelity': infidelity(picture, linear),
            'mu_fidelity': mu_fidelity(picture, evidence),
            'sensitivity': sensitivity(job, picture, given), 'sparseness': gini(plane),
            'complexity': entropy(plane)}


for job in measured.JOBS:
    everything = {}
    for picture in evaluation.pictures:
        found = expected(job, picture)
        for key, value in found.items():
            check.near(f'{key} of {job}, picture {picture.number}',
                       evaluation.measured(job, picture, key), value)
            everything.setdefault(key, []).append(value)
    means = evaluation.source(job)['main']['measures']
    assert set(means) == set(everything) and len(means) == 19, means
    for key, (one, other) in everything.items():
        check.near(f'mean {key} of {job}', means[key]['mean'], (one + other) / 2)
        check.near(f'interval of {key} of {job}', means[key]['interval'],
                   1.959964 * abs(one - other) / 2)

# What the measures are of maps that do not look at the picture

for name in ('(random)', '(center)'):
    still = evaluation.source(name)['main']['measures']
    check.near(f'sensitivity of {name}', still['sensitivity']['mean'], 0)
    check.near(f'coherency of {name}', still['coherency']['mean'], 1)
for source in evaluation.report['jobs']:
    for old, new in (('deletion', 'deletion_zero'), ('insertion', 'insertion_blur')):
        check.near(f'{old} of {source["name"]}', source['main'][old],
                   source['main']['measures'][new]['mean'])

# The same numbers in batches of one

other = measured.Evaluation('-s', 'run.batch=1')
for one, single in zip(evaluation.report['jobs'], other.report['jobs']):
    check.near(f'{one["name"]} alone', 0, one['main'] != single['main'])
check.finish()

#!/usr/bin/env python3
"""RISE and extremal perturbation against TorchRay, by the authors of the latter, where
BENCH_PYTHON names a Python that has it: with the same masks and blurs the same maps."""
import copy
import os
import sys

sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))
import engine_tool as tool

PYTHON = tool.use_peers('BENCH_PYTHON', 'torchray and matplotlib')
try:
    import numpy as np
    import torch
    from PIL import Image  # noqa: F401, of perturbed
    from torchray.attribution import extremal_perturbation as peer
    from torchray.attribution.rise import rise_class
except ImportError as error:
    tool.skip(f'{PYTHON}: {error}; pip install torchray matplotlib')

import perturbed

LIMIT = 1e-5
SEARCHES = ('extremal', 'extremal_delete')
failures = 0


def near(what, found, expected):
    global failures
    error = np.linalg.norm(found - expected) / np.linalg.norm(expected)
    print(f'{what}: {error:.1e} in relative L2')
    if not error <= LIMIT:
        print('FAIL', what)
        failures += 1


def rise(picture):
    """Which takes a sigmoid, and leaves out the factor 1 / p"""
    masks = torch.tensor(perturbed.rise_masks(picture))[:, None]
    found = rise_class(lambda inputs: picture.network(inputs).softmax(1).logit(),
                       picture.x[None], target=[picture.target], num_masks=len(masks),
                       filter_masks=masks)
    return found[0, 0].numpy() / picture.keep


class SharedSort(torch.autograd.Function):
    """Values in order. Those that are equal to the one at the edge of the area have the mean of
    their slopes, where TorchRay takes the order in which its sort happens to leave them."""

    @staticmethod
    def forward(context, values, areas):
        ordered, order = values.sort(dim=1)
        edges = [row[int(row.numel() * (1 - area))] for row, area in zip(ordered, areas)]
        context.equal = [(row - edge).abs() <= 1e-5 for row, edge in zip(ordered, edges)]
        context.order = order
        return ordered

    @staticmethod
    def backward(context, slopes):
        shared = slopes.clone()
        for row, equal in zip(shared, context.equal):
            row[equal] = row[equal].mean()
        return torch.zeros_like(slopes).scatter(1, context.order, shared), None


class Sorted:
    """What TorchRay's loop finds as the mask: it reshapes, and takes the first of sort()"""

    def __init__(self, mask, areas):
        self.mask, self.areas = mask, areas

    def reshape(self, *shape):
        return Sorted(self.mask.reshape(*shape), self.areas)

    def sort(self, dim):
        return [SharedSort.apply(self.mask, self.areas)]


def prepare(picture, areas):
    """Blur as we do, beyond the edges as in a mirror, and share what is equal"""
    def smooth(inputs, sigma):
        sigma = float(sigma)
        if sigma == 0:
            return inputs
        return (perturbed.gaussian(perturbed.HEIGHT, sigma) @ inputs
                @ perturbed.gaussian(perturbed.WIDTH, sigma).T)

    class Pyramid(original_perturbation):
        def __init__(self, inputs, **options):
            super().__init__(inputs, max_blur=picture.blur, **options)

    class Generator(original_generator):
        def generate(self, values):
            cropped, mask = super().generate(values)
            return cropped, Sorted(mask, areas)

    peer.imsmooth, peer.Perturbation, peer.MaskGenerator = smooth, Pyramid, Generator


def extremal(picture):
    areas = [float(area) for area in str(picture.areas).split(',')]
    prepare(picture, areas)
    torch.set_default_dtype(torch.float64)
    masks, _ = peer.extremal_perturbation(
        copy.deepcopy(picture.network), picture.x[None], picture.target,
        areas=areas,
        max_iter=picture.iterations, step=picture.step, sigma=picture.sigma,
        jitter=picture.parameters.get('mirror') != 'no',
        variant=picture.parameters.get('game', 'preserve'))
    torch.set_default_dtype(torch.float32)
    return masks.mean(0)[0].numpy()


original_perturbation, original_generator = peer.Perturbation, peer.MaskGenerator
with tool.scratch() as folder:
    run = perturbed.Run(folder, jobs={job: perturbed.JOBS[job] for job in ('rise',) + SEARCHES})
    maps = run.run('out')
    for n in range(2):
        near('rise', maps['rise'][n], rise(run.view('rise', n)))
        for job in SEARCHES:
            near(job, maps[job][n], extremal(run.view(job, n)))
print(f'{failures} failures')
sys.exit(failures > 0)

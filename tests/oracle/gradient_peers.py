#!/usr/bin/env python3
"""Techniques that integrate gradients against the code of captum and of PAIR's saliency
themselves: with the same random numbers and blurs the same maps. PEERS_PYTHON names a Python that
has both."""
import os
import sys

sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))
import engine_tool as tool

PEERS = tool.use_peers('PEERS_PYTHON', 'captum, saliency and scikit-image')

try:
    import numpy as np
    import torch
    from PIL import Image
    from captum.attr import GradientShap
    from saliency.core import blur_ig, guided_ig, xrai
    from saliency.core.base import INPUT_OUTPUT_GRADIENTS
    from skimage.segmentation import felzenszwalb
except ImportError as error:
    tool.skip(f'{PEERS}: {error}; pip install captum saliency scikit-image')

import gradient_network as small
from gradient_network import JOBS, Run, blur, draws

LIMIT = 1e-5
failures = 0
black = (-small.MEAN / small.STD)[:, None, None]
white = ((1 - small.MEAN) / small.STD)[:, None, None]


def check(what, holds):
    global failures
    if not holds:
        print('FAIL', what)
        failures += 1


def near(what, found, expected, limit=LIMIT):
    error = tool.distance(found, expected)
    print(f'{what}: {error:.1e} in relative L2')
    check(what, error <= limit)


def caller(run, n):
    """The gradient in single precision, as ours comes from the engine"""
    def call(inputs, call_model_args=None, expected_keys=None):
        gradient = run.gradient(n, np.asarray(inputs, np.float32).astype(np.float64))
        return {INPUT_OUTPUT_GRADIENTS: np.float32(gradient)}
    return call


# It asks numpy by a word that is gone.
quantile = np.quantile
guided_ig.np.quantile = lambda values, q, interpolation: quantile(values, q,
                                                                  method=interpolation)


def guided(run, job, n):
    parameters, x = JOBS[job][1], run.inputs[n].astype(np.float32)
    baseline = white if parameters.get('baseline') == 'white' else black
    return guided_ig.GuidedIG().GetMask(
        x, caller(run, n), x_baseline=np.broadcast_to(np.float32(baseline), x.shape),
        x_steps=parameters['steps'], fraction=parameters.get('fraction', 0.25),
        max_dist=parameters['max_distance'])



def shap(run, job, n):
    """With the draws that the job has made, one at a time"""
    uniform, total = np.random.uniform, 0
    method = GradientShap(run.network)
    for picture, baseline, place in zip(*draws(run, job, n)):
        np.random.uniform = lambda low, high, count, place=place: np.full(count, place)
        total = total + method.attribute(torch.tensor(picture[None]), torch.tensor(
            baseline[None].copy()), n_samples=1, target=run.targets[n])[0].numpy()
    np.random.uniform = uniform
    return total / JOBS[job][1]['samples']


def blurred(run, n, steps, most, in_middle):
    """With pictures mirrored at their edges. In the middle: where ours takes the gradient, the
    blur's change over a whole step, and deviations that grow as ours do"""
    x, call, done = run.inputs[n], caller(run, n), []

    def call_turned(inputs, **more):
        points = inputs.transpose(0, 3, 1, 2)
        done.append(points)
        if in_middle:
            points = (points + blur(x, most * (len(done) / steps) ** 2)) / 2
        gradient = call(points)[INPUT_OUTPUT_GRADIENTS]
        return {INPUT_OUTPUT_GRADIENTS: gradient.transpose(0, 2, 3, 1)}

    def blur_turned(image, sigma):
        return blur(image.transpose(2, 0, 1),
                    sigma ** 2 / most if in_middle else sigma).transpose(1, 2, 0)

    blur_ig.gaussian_blur = blur_turned
    return blur_ig.BlurIG().GetMask(
        x.transpose(1, 2, 0), call_turned, max_sigma=most, steps=steps,
        grad_step=most / steps if in_middle else 0.01).transpose(2, 0, 1)


LARGE = '''
[network]
name = large
input_size = 224 224
mean = 0.5 0.5 0.5
std = 0.5 0.5 0.5

[layers]
0 = conv2d out=4 kernel=16 stride=16
1 = silu
2 = flatten
3 = linear out=5
'''
REGIONS = {
    'xrai': {},
    'parts': dict(scales=100, dilation=0, min_pixels=1),
    'coarse': dict(scales=800, dilation=0, min_pixels=1),
}


def run_large(folder):
    """A picture of the size that is segmented: its map, and what xrai makes of it"""
    draw = np.random.default_rng(5)
    spots = Image.fromarray(draw.integers(0, 256, (9, 9, 3)).astype(np.uint8))
    pixels = np.asarray(spots.resize((224, 224), Image.BICUBIC)).astype(int)
    pixels = (pixels + draw.integers(-12, 13, pixels.shape)).clip(0, 255).astype(np.uint8)
    Image.fromarray(pixels).save(os.path.join(folder, 'spots.png'))
    with open(os.path.join(folder, 'large.ini'), 'w') as file:
        file.write(LARGE)
    with open(os.path.join(folder, 'regions.ini'), 'w') as file:
        file.write('[model]\narchitecture = large.ini\nweights = random:3\n[input]\n'
                   'images = spots.png:1\n[vanilla_bp]\n')
        for job, parameters in REGIONS.items():
            file.write(f'[{job}]\ntechnique = xrai\nbase = vanilla_bp\n' + ''.join(
                f'{key} = {value}\n' for key, value in parameters.items()))
    small.run_program(folder, 'regions.ini', 'large')
    read = lambda job, name: np.load(os.path.join(folder, 'large', job, 'spots',
                                                  name + '.npy'))
    return np.float32(pixels / 127.5 - 1), read


def segment(picture, scale, sigma, min_size):
    """By scikit-image, but for the blur, whose radius is another one"""
    smooth = picture.transpose(2, 0, 1)
    for axis in (0, 1):  # as the host rounds: along rows, then along columns
        smooth = np.float32(smooth @ small.gaussian(224, sigma).T).transpose(0, 2, 1)
    return felzenszwalb(np.float64(smooth.transpose(1, 2, 0)), scale=scale, sigma=0,
                        min_size=min_size)


def check_regions(folder):
    picture, read = run_large(folder)
    base = read('vanilla_bp', 'attribution').astype(np.float64).transpose(1, 2, 0)
    low, high = picture.min(), picture.max()
    scaled = 2 * ((picture - low) / (high - low)) - 1
    for job in ('parts', 'coarse'):
        parts = segment(scaled, REGIONS[job]['scales'], 0.8, 150)
        pairs = np.unique(parts * 10000 + read(job, 'ranks')[0].astype(int))
        print(f'felzenszwalb: {parts.max() + 1} {job}')
        check(f'felzenszwalb: {job} are those of scikit-image',
              len(pairs) == parts.max() + 1 == read(job, 'ranks').max() > 5)
    xrai.segmentation.felzenszwalb = lambda image, scale, sigma, min_size: segment(
        np.float32(image), scale, sigma, min_size)
    options = xrai.XRAIParameters()
    options.return_xrai_segments = True
    found = xrai.XRAI().GetMaskWithDetails(picture, None, base_attribution=base,
                                           extra_parameters=options)
    near('XRAI: values', read('xrai', 'attribution')[0], found.attribution_mask)
    check('XRAI: ranks', np.array_equal(read('xrai', 'ranks')[0], found.segments))


with tool.scratch() as folder:
    run = Run(folder)
    run.run()
    for n, picture in enumerate(small.PICTURES):
        for job in ('shap', 'shap_of_many', 'expected'):
            near(f'GradientShap: {job} of {picture}', run.read(job, n), shap(run, job, n))
        for job in ('straight', 'guided', 'free'):
            near(f'GuidedIG: {job} of {picture}', run.read(job, n), guided(run, job, n))
        near(f'BlurIG of {picture}', run.read('blurred', n), blurred(run, n, 20, 6, True))
        near(f'BlurIG of {picture} in its own steps', run.read('close', n),
             blurred(run, n, 400, 6, False), 0.03)
    check_regions(folder)
print(f'{failures} failures')
sys.exit(failures > 0)

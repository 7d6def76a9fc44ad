#!/usr/bin/env python3
"""Every technique of the perturbation family gives what its paper says, worked out with
PyTorch and numpy; and what must hold without any other program does."""
import os
import subprocess
import sys

sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))
import engine_tool as tool

tool.use_oracle('torch', 'PIL')

import numpy as np
from torch import nn

import perturbed
from perturbed import HEIGHT, JOBS, WIDTH

LIMIT = 1e-5
# Of masks that are searched: slopes next to 0, which rounding changes, make steps of full size
SEARCHED_LIMIT = 1e-2
failures = 0
# What is compared as it is: the job, and the same by other means
EXPECTED = {
    'occlusion': perturbed.occlusion,
    'ablation_grid': perturbed.ablation,
    'rise': perturbed.rise,
    'rise_centered': perturbed.rise,
    'lime': perturbed.ridge,
    'shap_of_all': lambda p: perturbed.shapley_of_orders(p, perturbed.all_orders(p)),
    'shap_drawn': perturbed.kernel_shap,
    'shapley': lambda p: perturbed.shapley_of_orders(p, perturbed.draw_orders(p)),
    'sobol': perturbed.sobol,
    'sobol_first': perturbed.sobol,
    'hsic': perturbed.hsic,
    'meaningful': perturbed.meaningful,
    'extremal': perturbed.extremal_mean,
    'extremal_delete': perturbed.extremal_mean,
}
# Jobs that make variants and go forward only; the others follow a gradient.
SCORED = [job for job, (technique, _) in JOBS.items()
          if technique not in ('meaningful_perturbation', 'extremal_perturbation')]
MAP_JOBS = {'occlusion': ('occlusion', dict(window=7, stride=3)),
            'occlusion_logit': ('occlusion', dict(window=7, stride=3, score='logit'))}
# With a cell for each pixel, the first step of Adam tells the signs of the slopes alone.
STEP = dict(iterations=1, cell=1, smooth=0.1, blur=2, jitter=0, edge_weight=0, learning_rate=0.25,
            score='logit')
LINEAR_JOBS = {
    'first_step': ('meaningful_perturbation', dict(STEP, area_weight=0)),
    'first_step_of_few': ('meaningful_perturbation', dict(STEP, area_weight=0.02)),
    'occlusion': ('occlusion', dict(window=1, stride=1, score='logit')),
    'sobol': ('sobol', dict(designs=512, grid=2)),
    'sobol_first': ('sobol', dict(designs=512, grid=2, index='first')),
    'hsic': ('hsic', dict(masks=400, grid=2, score='logit')),
}


def check(true, fact):
    global failures
    if not true:
        print('FAIL', fact)
    failures += not true


def near(what, found, expected, limit=LIMIT):
    error = np.linalg.norm(found - expected) / np.linalg.norm(expected)
    print(f'{what}: {error:.1e} in relative L2')
    check(error <= limit, what)


def one_of_each(values, parts):
    """The value of each part, which all its pixels have"""
    numbers = np.unique(parts)
    for f in numbers:
        check(np.ptp(values[parts == f]) == 0, f'part {f} has one value')
    return np.array([values[parts == f][0] for f in numbers])


def connected(pixels):
    """How many of the pixels the first one reaches"""
    left = set(zip(*np.nonzero(pixels)))
    ends = [left.pop()]
    while ends:
        y, x = ends.pop()
        for step in ((y - 1, x), (y + 1, x), (y, x - 1), (y, x + 1)):
            if step in left:
                left.remove(step)
                ends.append(step)
    return len(left) == 0


def check_superpixels(run, found, n):
    """Parts as the map shows them: each is connected, and takes from the score what it says"""
    parts = np.unique(found, return_inverse=True)[1].reshape(found.shape)
    near(f'ablation_slic {n}', found, perturbed.ablation(run.view('ablation_slic', n), parts))
    check(n > 0 or 6 <= parts.max() + 1 <= 24, f'{parts.max() + 1} superpixels of about 12')
    for f in range(parts.max() + 1):
        check(connected(parts == f), f'superpixel {f} is connected')
        if n == 0:
            dark = np.nonzero(parts == f)[1] < 6
            check(dark.mean() in (0, 1), f'superpixel {f} keeps to one side of the border')


def check_lasso(run, found, n):
    """Where a coefficient is 0 the loss falls less than the penalty rises, else as fast"""
    picture = run.view('lasso', n)
    values = one_of_each(found, picture.parts())
    slopes = perturbed.lasso_slopes(picture, values)
    check((np.abs(slopes[values == 0]) <= picture.alpha * (1 + LIMIT)).all(), 'small slopes at 0')
    check(np.abs(slopes - picture.alpha * np.sign(values))[values != 0].max() < 1e-7,
          'slopes of alpha elsewhere')
    check(0 < (values != 0).sum() < values.size, 'some of the coefficients are 0')


def check_sums(run, maps, n):
    """Shapley values sum to what the picture has more than the baseline"""
    for job in ('shap_of_all', 'shap_drawn', 'shapley'):
        picture = run.view(job, n)
        values = one_of_each(maps[job][n], picture.parts())
        none, whole = picture.of_parts([np.zeros(values.size), np.ones(values.size)])
        near(f'{job} {n}, its sum', values.sum(), whole - none)


def check_refusals(folder):
    """Before anything is computed, with the key and a way out"""
    for setting, words in (('occlusion.stride=8', ('`stride`', 'at most 7')),
                           ('lime.features=mask', ('mask = PATH',)),
                           ('sobol.baseline=picture', ('picture = PATH',))):
        done = subprocess.run([tool.build_path('cnnviz'), 'check', 'run.ini', '-s', setting],
                              cwd=folder, capture_output=True, text=True)
        check(done.returncode == 2 and all(word in done.stderr for word in words),
              f'{setting} is refused: {done.stderr}')


def check_network(folder):
    run = perturbed.Run(folder)
    check_refusals(folder)
    maps = run.run('together')
    for n in range(2):
        for job, expected in EXPECTED.items():
            near(f'{job} {n}', maps[job][n], expected(run.view(job, n)),
                 LIMIT if job in SCORED else SEARCHED_LIMIT)
        near(f'ablation_mask {n}', maps['ablation_mask'][n],
             perturbed.ablation(run.view('ablation_mask', n), run.parts))
        check_superpixels(run, maps['ablation_slic'][n], n)
        check_lasso(run, maps['lasso'][n], n)
        check_sums(run, maps, n)
        whole = run.view('rise_of_all', n).of_masks(np.ones((1, HEIGHT, WIDTH)))
        near(f'rise_of_all {n}', maps['rise_of_all'][n], np.full((HEIGHT, WIDTH), whole))
    # Neither how many variants a pass has nor how many threads there are changes a map.
    alone = run.run('alone', '-s', 'run.threads=1',
                    *[word for job in JOBS if job in SCORED
                      for word in ('-s', job + '.variants_together=1')])
    for job in JOBS:
        near(f'{job}, one variant in a pass', np.stack(alone[job]), np.stack(maps[job]), 1e-6)


def check_first_step(run, maps, n, weights):
    """What is blurred by the length of the step is what the class loses more by than it costs"""
    for job in ('first_step', 'first_step_of_few'):
        picture = run.view(job, n)
        blurred, sharp = perturbed.pyramid(picture, 2)
        loss = (weights[picture.target] * (sharp - blurred)).sum(0).numpy() - picture.area_weight
        near(f'{job} {n} of a linear network', maps[job][n],
             0.25 * np.maximum(loss / (np.abs(loss) + 1e-8), 0))
        check(0 < (maps[job][n] > 0).sum() < HEIGHT * WIDTH, 'some of the pixels are blurred')


def check_linear_network(folder):
    """Nothing works together with anything, and one part does nothing"""
    network = nn.Sequential(nn.Flatten(), nn.Linear(3 * HEIGHT * WIDTH, 7))
    weights = network[1].weight.data.view(7, 3, HEIGHT, WIDTH)
    weights[:, :, HEIGHT // 2:, WIDTH // 2:] = 0
    run = perturbed.Run(folder, '0 = flatten\n1 = linear out=7\n', network, LINEAR_JOBS)
    maps = run.run('out')
    for n in range(2):
        product = (weights[run.targets[n]] * run.inputs[n]).sum(0).numpy()
        near(f'occlusion {n} of a linear network', maps['occlusion'][n], product)
        check_first_step(run, maps, n, weights)
        parts = run.view('sobol', n).parts()
        amount = np.array([product[parts == f].sum() ** 2 for f in range(4)])
        total = one_of_each(maps['sobol'][n], parts)
        near(f'sobol {n} of a linear network', total, amount / amount.sum(), 0.1)
        first = one_of_each(maps['sobol_first'][n], parts)
        check((total >= first - 0.1).all(), 'the total index is not below the first')
        check(total[3] == 0, "a part without weights has no total index")
        dependence = one_of_each(maps['hsic'][n], parts)
        check(dependence[3] < 0.05 * dependence.max(), 'nor does the score depend on it')


def check_segmentation_network(folder):
    """The score is that of the picture's region, not of what is labeled so in a variant"""
    network = nn.Sequential(nn.Conv2d(3, 7, 3, padding=1))
    run = perturbed.Run(folder, '0 = conv2d out=7 kernel=3 padding=1\n', network, MAP_JOBS)
    maps = run.run('segmented')
    for n in range(2):
        region = (network(run.inputs[n:n + 1])[0].argmax(0) == run.targets[n]).numpy()
        check(0 < region.sum() < region.size, f'a region of {region.sum()} pixels')
        for job, combine in (('occlusion', np.mean), ('occlusion_logit', np.sum)):
            picture = run.view(job, n)
            of_pixels = picture.of_inputs
            picture.of_inputs = lambda inputs: combine(of_pixels(inputs)[:, region], 1)
            near(f'{job} {n} of a region', maps[job][n], perturbed.occlusion(picture))


with tool.scratch() as place:
    check_network(place)
    check_segmentation_network(place)
    check_linear_network(place)
print(f'{failures} failures')
sys.exit(failures > 0)

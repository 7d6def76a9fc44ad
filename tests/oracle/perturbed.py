"""A small network whose pictures are perturbed by every technique of the family, in one run,
and what these techniques do by their papers. For perturbation.py and perturbation_peers.py."""
import itertools
import json
import os
import subprocess
import sys

import numpy as np
import torch
import torch.nn.functional as F
from PIL import Image
from torch import nn

import engine_tool as tool
from random_numbers import Stream

HEIGHT, WIDTH, SEED = 24, 16, 11
MEAN, STD = np.array([0.5, 0.4, 0.3]), np.array([0.25, 0.3, 0.2])
HEAD = '''
[network]
name = small
input_size = 24 16
mean = 0.5 0.4 0.3
std = 0.25 0.3 0.2

[layers]
'''
LAYERS = '''0 = conv2d out=6 kernel=3 padding=1
1 = relu
2 = max_pool2d kernel=2 stride=2
3 = conv2d out=8 kernel=3 padding=1
4 = relu
5 = flatten
6 = linear out=7
'''
# job: technique and parameters
JOBS = {
    'occlusion': ('occlusion', dict(window=7, stride=3)),
    'ablation_grid': ('feature_ablation', dict(features='grid', grid=5)),
    'ablation_mask': ('feature_ablation', dict(features='mask', mask='parts.png',
                                               score='logit')),
    'ablation_slic': ('feature_ablation', dict(superpixels=12)),
    'rise': ('rise', dict(masks=60, grid=4, keep=0.6, center='no')),
    'rise_centered': ('rise', dict(masks=60, grid=3)),
    'rise_of_all': ('rise', dict(masks=3, keep=1, center='no')),
    'lime': ('lime', dict(samples=120, alpha=0.5, features='grid', grid=3)),
    'lasso': ('lime', dict(samples=120, alpha=0.002, model='lasso', features='grid', grid=3,
                           score='logit')),
    'shap_of_all': ('kernel_shap', dict(features='grid', grid=2, baseline='black')),
    'shap_drawn': ('kernel_shap', dict(samples=150, features='grid', grid=3,
                                       baseline='black')),
    'shapley': ('shapley_sampling', dict(orders=6, features='grid', grid=3)),
    'sobol': ('sobol', dict(designs=8, grid=2)),
    'sobol_first': ('sobol', dict(designs=8, grid=2, index='first')),
    'hsic': ('hsic', dict(masks=60, grid=3)),
    'meaningful': ('meaningful_perturbation', dict(iterations=4, cell=3, smooth=2, blur=1.5,
                                                   area_weight=0.00001, edge_weight=0.1,
                                                   jitter=2, score='logit')),
    'extremal': ('extremal_perturbation', dict(iterations=6, step=3, sigma=5, blur=3,
                                               areas='0.3, 0.6')),
    'extremal_delete': ('extremal_perturbation', dict(iterations=6, step=3, sigma=4, blur=3,
                                                      areas=0.4, game='delete', mirror='no')),
}
DEFAULTS = dict(occlusion='probability', feature_ablation='probability', rise='probability',
                lime='probability', hsic='probability', kernel_shap='logit',
                shapley_sampling='logit', sobol='logit', extremal_perturbation='logit',
                meaningful_perturbation='probability')


class Run:
    """What the run found for each picture, and the network and pictures it was given"""

    def __init__(self, folder, layers=LAYERS, network=None, jobs=None):
        torch.manual_seed(2)
        self.folder, self.jobs = folder, JOBS if jobs is None else jobs
        self.network = network or nn.Sequential(
            nn.Conv2d(3, 6, 3, padding=1), nn.ReLU(), nn.MaxPool2d(2),
            nn.Conv2d(6, 8, 3, padding=1), nn.ReLU(), nn.Flatten(), nn.Linear(8 * 12 * 8, 7))
        torch.save(self.network.state_dict(), os.path.join(folder, 'weights.pth'))
        self.network.double()
        self.write(layers)

    def write(self, layers):
        pixels = np.random.default_rng(3).integers(0, 256, (2, HEIGHT, WIDTH, 3))
        # Little noise and a border, which superpixels should follow
        pixels[0] = 150 + pixels[0] // 32
        pixels[0, :, :6] //= 8
        for name, picture in zip('ab', pixels):
            self.save(name, picture)
        self.parts = (np.arange(HEIGHT) // 9)[:, None] * 2 + (np.arange(WIDTH) > 4)
        self.save('parts', self.parts[..., None] * np.array([40, 20, 3]))
        self.inputs = torch.tensor(((pixels / 255 - MEAN) / STD).transpose(0, 3, 1, 2))
        with open(os.path.join(self.folder, 'network.ini'), 'w') as file:
            file.write(HEAD + layers)
        with open(os.path.join(self.folder, 'run.ini'), 'w') as file:
            file.write(f'[run]\nseed = {SEED}\n[model]\narchitecture = network.ini\n'
                       'weights = weights.pth\n[input]\nimages = a.png, b.png:3\n')
            for job, (technique, parameters) in self.jobs.items():
                file.write(f'[{job}]\ntechnique = {technique}\n')
                file.write(''.join(f'{key} = {value}\n' for key, value in parameters.items()))

    def save(self, name, pixels):
        Image.fromarray(pixels.astype(np.uint8)).save(os.path.join(self.folder, name + '.png'))

    def run(self, name, *words):
        """Maps by job and picture"""
        environment = dict(os.environ, CNNVIZ_ENGINE=tool.build_path(
            'core', 'engine', tool.engines()[0] + '.la'))
        done = subprocess.run([tool.build_path('cnnviz'), 'run', '-q', 'run.ini', '-o', name,
                               *words], cwd=self.folder, env=environment)
        if done.returncode != 0:
            sys.exit('FAIL the run failed')
        with open(os.path.join(self.folder, name, 'manifest.json')) as file:
            self.targets = [p['target']['index'] for p in json.load(file)['pictures']]
        return {job: [np.load(os.path.join(self.folder, name, job, picture,
                                           'attribution.npy')).reshape(HEIGHT, WIDTH)
                      for picture in 'ab'] for job in self.jobs}

    def view(self, job, n):
        technique, parameters = self.jobs[job]
        score = parameters.get('score', DEFAULTS.get(technique))
        baseline = (torch.zeros(3).double() if parameters.get('baseline') != 'black'
                    else torch.tensor(-MEAN / STD))
        return Picture(self.network, self.inputs[n], self.targets[n], score,
                       baseline[:, None, None], Stream(SEED, job, n), dict(parameters, job=job))


class Picture:
    """One picture, as one job sees it"""

    def __init__(self, network, x, target, score, baseline, stream, parameters):
        self.network, self.x, self.target, self.score = network, x, target, score
        self.baseline, self.stream, self.parameters = baseline, stream, parameters

    def __getattr__(self, name):
        return self.parameters[name]

    def of_inputs(self, inputs):
        with torch.no_grad():
            logits = self.network(inputs)
        values = logits if self.score == 'logit' else logits.softmax(1)
        return values[:, self.target].numpy()

    def of_masks(self, masks):
        """Scores of what masks (n,H,W) leave"""
        masks = torch.tensor(np.asarray(masks, np.float64))[:, None]
        return self.of_inputs(masks * self.x + (1 - masks) * self.baseline)

    def parts(self):
        """(H,W) numbers of the squares of the grid"""
        rows = np.arange(HEIGHT) * self.grid // HEIGHT
        return rows[:, None] * self.grid + np.arange(WIDTH) * self.grid // WIDTH

    def of_parts(self, kept):
        return self.of_masks(np.asarray(kept)[:, self.parts()])


# ---- What each technique does -------------------------------------------------------


def ablation(picture, parts=None):
    parts = picture.parts() if parts is None else parts
    whole = picture.of_masks(np.ones((1, HEIGHT, WIDTH)))[0]
    return whole - picture.of_masks(np.stack([parts != f for f in np.unique(parts)]))[
        np.unique(parts, return_inverse=True)[1].reshape(parts.shape)]


def occlusion(picture):
    corners = [[(y, x) for y in range(0, HEIGHT - 7 + 3, 3) for x in range(0, WIDTH - 7 + 3, 3)]]
    masks = np.ones((len(corners[0]), HEIGHT, WIDTH))
    for mask, (y, x) in zip(masks, corners[0]):
        mask[y:y + 7, x:x + 7] = 0
    falls = picture.of_masks(np.ones((1, HEIGHT, WIDTH))) - picture.of_masks(masks)
    return np.tensordot(falls, 1 - masks, 1) / (1 - masks).sum(0)


def rise_masks(picture):
    """Enlarged by PyTorch, then cropped"""
    grid, masks = picture.grid, []
    cells = [-(-HEIGHT // grid), -(-WIDTH // grid)]
    for _ in range(picture.parameters['masks']):
        small = picture.stream.uniform(grid, grid) < np.float32(
            picture.parameters.get('keep', 0.5))
        large = F.interpolate(torch.tensor(small[None, None].astype(np.float64)),
                              [(grid + 1) * cell for cell in cells], mode='bilinear',
                              align_corners=False)[0, 0].numpy()
        y, x = [int(picture.stream.uniform(1)[0] * cell) for cell in cells]
        masks.append(large[y:y + HEIGHT, x:x + WIDTH])
    return np.stack(masks)


def rise(picture):
    masks = rise_masks(picture)
    scores = picture.of_masks(masks)
    if picture.parameters.get('center') != 'no':
        scores = scores - scores.mean()
    return np.tensordot(scores, masks, 1) / len(masks) / picture.parameters.get('keep', 0.5)


def lime_samples(picture):
    """Sets of parts, and their weights"""
    kept = np.ones((picture.samples, picture.grid ** 2))
    kept[1:] = picture.stream.uniform(picture.samples - 1, kept.shape[1]) < 0.5
    distance = 1 - np.sqrt(kept.mean(1))
    return kept, np.sqrt(np.exp(-distance ** 2 / 0.25 ** 2))


def ridge(picture):
    kept, weights = lime_samples(picture)
    design = np.concatenate([kept, np.ones((len(kept), 1))], 1)
    penalty = picture.alpha * np.eye(design.shape[1])
    penalty[-1, -1] = 0
    solution = np.linalg.solve(design.T @ (weights[:, None] * design) + penalty,
                               design.T @ (weights * picture.of_parts(kept)))
    return solution[:-1][picture.parts()]


def lasso_slopes(picture, coefficients):
    """The loss's gradient at coefficients, which tells whether they are the minimum"""
    kept, weights = lime_samples(picture)
    scores = picture.of_parts(kept)
    kept = kept - weights @ kept / weights.sum()
    rest = scores - weights @ scores / weights.sum() - kept @ coefficients
    return kept.T @ (weights * rest) / weights.sum()


def shapley_of_orders(picture, orders):
    parts = len(orders[0])
    values = np.zeros(parts)
    for order in orders:
        kept = np.zeros((parts + 1, parts))
        for n, part in enumerate(order):
            kept[n + 1:, part] = 1
        values[np.array(order)] += np.diff(picture.of_parts(kept)) / len(orders)
    return values[picture.parts()]


def draw_orders(picture):
    orders = []
    for _ in range(picture.orders):
        order = []
        for f in range(picture.grid ** 2):
            other = int(picture.stream.uniform(1)[0] * (f + 1))
            order.append(f)
            order[f], order[other] = order[other], f
        orders.append(order)
    return orders


def all_orders(picture):
    return list(itertools.permutations(range(picture.grid ** 2)))


def draw_sets(picture):
    """Kernel SHAP's sets of parts and their complements"""
    parts, kept = picture.grid ** 2, []
    sizes = np.arange(1, parts)
    chances = np.cumsum(1 / (sizes * (parts - sizes)))
    while len(kept) < picture.samples:
        at = picture.stream.uniform(1)[0] * chances[-1]
        missing = min(int(np.searchsorted(chances, at, side='right')) + 1, parts - 1)
        row = np.zeros(parts)
        for f in range(parts):
            row[f] = picture.stream.uniform(1)[0] * (parts - f) < missing
            missing -= row[f]
        kept += [row, 1 - row]
    return np.array(kept[:picture.samples])


def kernel_shap(picture):
    """The constraint eliminated, and least squares for the rest"""
    kept = draw_sets(picture)
    none, whole = picture.of_parts([np.zeros(kept.shape[1]), np.ones(kept.shape[1])])
    last = kept[:, -1]
    values = np.linalg.lstsq(kept[:, :-1] - last[:, None],
                             picture.of_parts(kept) - none - last * (whole - none),
                             rcond=None)[0]
    return np.append(values, whole - none - values.sum())[picture.parts()]


def hypercube(picture):
    parts, designs = picture.grid ** 2, picture.designs
    values = np.zeros((designs, parts))
    for f in range(parts):
        for n in range(designs):
            units = picture.stream.uniform(2)
            other = int(units[0] * (n + 1))
            values[n, f] = values[other, f]
            values[other, f] = (n + units[1]) / designs
    return values


def sobol(picture):
    a, b = hypercube(picture), hypercube(picture)
    of_a, of_b = picture.of_parts(a), picture.of_parts(b)
    first = picture.parameters.get('index') == 'first'
    indices = []
    for f in range(a.shape[1]):
        c = a.copy()
        c[:, f] = b[:, f]
        change = (of_b if first else of_a) - picture.of_parts(c)
        share = (change ** 2).mean() / (2 * of_a.var(ddof=1))
        indices.append(max(1 - share, 0) if first else share)
    return np.array(indices)[picture.parts()]


def hsic(picture):
    n = picture.parameters['masks']
    kept = picture.stream.uniform(n, picture.grid ** 2) < 0.5
    scores = picture.of_parts(kept)
    center = np.eye(n) - 1 / n
    near = np.exp(-(scores[:, None] - scores) ** 2 / (2 * np.median(scores) ** 2))
    values = [np.trace((1.5 - (z[:, None] != z)) @ center @ near @ center) / (n - 1) ** 2
              for z in kept.T]
    return np.array(values)[picture.parts()]


# ---- Masks that are searched, by PyTorch's automatic differentiation ------------------


def gaussian(count, deviation):
    """(count,count): blur along a side, with a mirror at each edge and a radius of three
    deviations"""
    radius = int(np.ceil(3 * deviation))
    at = np.arange(-radius, radius + 1)
    weights = np.exp(-at ** 2 / (2 * deviation ** 2)) * (np.abs(at) <= 3 * deviation)
    blur = np.zeros((count, count))
    for row in range(count):
        for step, weight in zip(at, weights / weights.sum()):
            place = (row + step) % (2 * count)
            blur[row, place if place < count else 2 * count - 1 - place] += weight
    return torch.tensor(blur)


def pyramid(picture, levels):
    """(levels,3,H,W): ever less blurred, and at last the picture"""
    blurred = [gaussian(HEIGHT, sigma) @ picture.x @ gaussian(WIDTH, sigma).T
               for sigma in picture.blur * (1 - np.arange(levels - 1) / (levels - 1))]
    return torch.stack(blurred + [picture.x])


def show(levels, mask):
    """What is seen of the levels"""
    place = mask * (len(levels) - 1)
    low = place.detach().floor().clamp(0, len(levels) - 2).long()
    share = place - low
    rows, columns = np.indices((HEIGHT, WIDTH))
    below, above = levels[low, :, rows, columns], levels[low + 1, :, rows, columns]
    return ((1 - share)[..., None] * below + share[..., None] * above).permute(2, 0, 1)


def score_of(picture, inputs):
    logits = picture.network(inputs[None])
    return (logits if picture.score == 'logit' else logits.softmax(1))[0, picture.target]


def meaningful(picture):
    """Equation 4, by PyTorch's Adam"""
    rows, columns = -(-HEIGHT // picture.cell), -(-WIDTH // picture.cell)

    def shares(extent, count):
        apart = (np.arange(extent)[:, None] + 0.5) - (np.arange(count) + 0.5) * extent / count
        weights = np.exp(-apart ** 2 / (2 * picture.smooth ** 2))
        return torch.tensor(weights / weights.sum(1, keepdims=True))

    cells = torch.ones(rows, columns, dtype=torch.float64, requires_grad=True)
    adam = torch.optim.Adam([cells], lr=0.1)
    levels = pyramid(picture, 2)
    for step in range(picture.iterations):
        mask = shares(HEIGHT, rows) @ cells @ shares(WIDTH, columns).T
        seen = show(levels, mask)
        moves = Stream(SEED, picture.job, picture.stream.stream + (step << 32)).uniform(2)
        down, right = (moves * (2 * picture.jitter + 1)).astype(int) - picture.jitter
        seen = seen[:, np.clip(np.arange(HEIGHT) + down, 0, HEIGHT - 1)][
            :, :, np.clip(np.arange(WIDTH) + right, 0, WIDTH - 1)]
        edges = (cells.diff(dim=0).abs() ** 3).sum() + (cells.diff(dim=1).abs() ** 3).sum()
        adam.zero_grad()
        (score_of(picture, seen) + picture.area_weight * (1 - cells).sum()
         + picture.edge_weight * edges).backward()
        adam.step()
        cells.data.clamp_(0, 1)
    mask = shares(HEIGHT, rows) @ cells @ shares(WIDTH, columns).T
    return 1 - mask.detach().numpy()


def smooth_maximum(values, step, sigma):
    """(h,w) of M, with the margin, each pixel's maximum worked out over all values within
    the square that it sees; values beyond M are 0"""
    radius, padding = 1 + -(-sigma // step), 1 + -(-2 * sigma // step)
    padded = F.pad(values, (padding,) * 4)
    extents = [step * (count - 2 * radius - 1) + 1 for count in padded.shape]
    y, x = np.indices(extents)
    seen = []
    for i in range(2 * radius + 1):
        for j in range(2 * radius + 1):
            rows, columns = y // step + i, x // step + j
            apart = np.hypot(y - sigma - step * (rows - padding),
                             x - sigma - step * (columns - padding)) / sigma
            weight = torch.tensor(np.exp(-2 * np.maximum(apart - 0.5, 0) ** 2))
            seen.append(weight * padded[rows, columns])
    seen = torch.stack(seen)
    return (seen * (20 * seen).softmax(0)).sum(0)


def wanted(mask, area):
    """Ones for the largest; those at the edge share what is left to them"""
    zeros = int(mask.size * (1 - area))
    edge = np.sort(mask.ravel())[zeros]
    above, below = mask > edge + 1e-5, mask < edge - 1e-5
    share = (mask.size - zeros - above.sum()) / (~above & ~below).sum()
    return np.where(above, 1, np.where(below, 0, share))


def extremal(picture, area):
    """TorchRay's loop for one area"""
    step, sigma = picture.step, picture.sigma
    hides = picture.parameters.get('game') == 'delete'
    values = torch.ones(-(-HEIGHT // step), -(-WIDTH // step), requires_grad=True)
    ascent = torch.optim.SGD([values], lr=0.01, momentum=0.9, dampening=0.9)
    levels = pyramid(picture, 8)
    for n in range(picture.iterations):
        whole = smooth_maximum(values, step, sigma)
        mask = whole[sigma:sigma + HEIGHT, sigma:sigma + WIDTH]
        seen = show(levels, 1 - mask if hides else mask)
        if n % 2 == 0 and picture.parameters.get('mirror') != 'no':
            seen = seen.flip(2)
        reference = torch.tensor(wanted(whole.detach().numpy(), area))
        energy = (score_of(picture, seen) * (-1 if hides else 1)
                  - 300 * 1.0035 ** n * ((whole - reference) ** 2).mean())
        ascent.zero_grad()
        (-energy).backward()
        ascent.step()
        values.data.clamp_(0, 1)
    return mask.detach().numpy()


def extremal_mean(picture):
    return np.mean([extremal(picture, float(area))
                    for area in str(picture.areas).split(',')], 0)

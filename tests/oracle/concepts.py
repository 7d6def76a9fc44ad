#!/usr/bin/env python3
"""top_pictures against a search of all activations, activation_atlas against NumPy's singular
vectors, and tcav against least squares of NumPy, with
PyTorch's activations and gradients. With PEERS_PYTHON, which names a Python that has captum and
SciPy, tcav's scores against captum's TCAV too."""
import glob
import json
import os

import cam_network as scenes
import engine_tool as tool

PEERS = os.environ.get('PEERS_PYTHON')
if PEERS:
    tool.use_peers('PEERS_PYTHON', 'captum and scipy')
else:
    tool.use_oracle('numpy', 'PIL', 'torch')

import numpy as np
import torch

network = scenes.network()
FOLDER = tool.source_path('conf', 'pictures', 'scenes')
NAMES = sorted(os.path.basename(path)[:-4] for path in glob.glob(os.path.join(FOLDER, '*.jpg')))
COUNT, SETS, RIDGE, TARGET = 3, 3, 0.01, 8
LAYER, TOP = scenes.SIGNED, (7, 100)
GRID, PLACES = 4, 20
CONCEPT, RANDOM = NAMES[:2], [name for name in NAMES[2:] for _ in range(3)][:2 * SETS]


def stored(names):
    return ', '.join(name + '.npy' for name in names)


def run(folder):
    for name in NAMES:
        np.save(os.path.join(folder, name + '.npy'),
                np.ascontiguousarray(scenes.read_input(name)))
    lines = {'top_pictures': f'layer = {LAYER}\nchannels = {", ".join(map(str, TOP))}\n'
                             f'count = {COUNT}\ncell = 32',
             'activation_atlas': f'layer = {LAYER}\ngrid = {GRID}\nplaces = {PLACES}\ncell = 8',
             'tcav': f'layer = {scenes.LAYER}\nconcept = {stored(CONCEPT)}\n'
                     f'random = {stored(RANDOM)}\nsets = {SETS}\nridge = {RIDGE}'}
    scenes.run_program(folder, lines, images=stored(NAMES), target=TARGET)
    with open(os.path.join(folder, 'out', 'manifest.json'), encoding='utf-8') as file:
        return json.load(file)


def values(manifest, job):
    return {each['name']: each['value'] for each in manifest['artifacts']
            if each['job'] == job and 'value' in each}


def activation(names, layer, index=None):
    """Of pictures, a row each; with the gradient of a logit"""
    kept = {}
    handle = network.get_submodule(layer).register_forward_hook(
        lambda module, inputs, output: kept.update(A=output))
    x = torch.tensor(np.stack([scenes.read_input(name) for name in names])).requires_grad_()
    logits = network(x)
    handle.remove()
    A = kept['A']
    if index is None:
        return A.detach().double().numpy()
    return torch.autograd.grad(logits[:, index].sum(), A)[0].double().numpy()


def flat(array):
    return array.reshape(len(array), -1)


def check_top(maps, folder):
    A = activation(NAMES, LAYER)
    for channel in TOP:
        ours = np.load(os.path.join(folder, 'out', 'top_pictures', f'places-{channel}.npy'))
        best = A[:, channel].max((1, 2))
        order = np.argsort(-best, kind='stable')[:COUNT]
        theirs = [[n, *np.unravel_index(A[n, channel].argmax(), A.shape[2:]), best[n]]
                  for n in order]
        maps.check(f'places of channel {channel}', ours, np.array(theirs))


def check_atlas(maps, folder):
    read = {name: np.load(os.path.join(folder, 'out', 'activation_atlas', name + '.npy'))
            for name in ('samples', 'counts', 'means')}
    places = read['samples'][:, :3].astype(int)
    A = activation(NAMES, LAYER)
    a = np.array([A[n, :, row, column] for n, row, column in places])
    maps.check('places of all pictures, each once', np.array(
        [len(set(map(tuple, places)))]), np.array([len(NAMES) * PLACES]))
    left = a - a.mean(0)
    vectors = np.linalg.svd(left, full_matrices=False)[2][:2]
    vectors = [v * np.sign(v[np.abs(v).argmax()]) for v in vectors]
    components = np.stack([left @ v for v in vectors], 1)
    components /= components.std(0)
    maps.check('components', read['samples'][:, 3:], components, 1e-4)
    cells = np.clip(((components / 2 + 1) / 2 * GRID).astype(int), 0, GRID - 1)
    counts, means = np.zeros((GRID, GRID)), np.zeros((GRID, GRID, A.shape[1]))
    for (x, y), each in zip(cells, a):
        counts[y, x] += 1
        means[y, x] += each
    maps.check('counts', read['counts'], counts)
    maps.check('means', read['means'], means / np.maximum(counts, 1)[..., None])


def solve(positive, negative):
    """The normal between two sets, by the equations of all values"""
    middle = (positive.mean(0) + negative.mean(0)) / 2
    X = np.concatenate([positive, negative]) - middle
    y = np.repeat([1.0, -1.0], [len(positive), len(negative)])
    # Of augmented rows the same minimum: no products of samples are formed.
    weight = np.sqrt(RIDGE * (X ** 2).sum() / len(X))
    basis = np.linalg.svd(X, full_matrices=False)
    vector = basis[2].T @ (basis[1] / (basis[1] ** 2 + weight ** 2) * (basis[0].T @ y))
    return vector / np.linalg.norm(vector)


def find_vectors():
    concept, random = (flat(activation(names, scenes.LAYER)) for names in (CONCEPT, RANDOM))
    sets = np.split(random, SETS)
    return (np.array([solve(concept, each) for each in sets]),
            np.array([solve(sets[k], sets[(k + 1) % SETS]) for k in range(SETS)]))


def student(t, freedom):
    """Of both tails, by the trapezoid rule on the density in t = tan(u)"""
    u = np.linspace(np.arctan(abs(t) / np.sqrt(freedom)), np.pi / 2, 200001)
    density = np.cos(u) ** (freedom - 1)
    whole = np.cos(np.linspace(-np.pi / 2, np.pi / 2, 200001)) ** (freedom - 1)
    share = (density[1:] + density[:-1]).sum() / 2 * (u[1] - u[0])
    return 2 * share / (whole.sum() * np.pi / 200000)


def check_tcav(maps, folder, told, vectors):
    read = {name: np.load(os.path.join(folder, 'out', 'tcav', name + '.npy'))
            for name in ('vectors', 'scores', 'magnitudes')}
    gradient = flat(activation(NAMES, scenes.LAYER, TARGET))
    S = np.stack([gradient @ each.T for each in vectors], -1)
    scores = (S > 0).mean(0)
    maps.check('vectors', read['vectors'], vectors[0])
    maps.check('scores', read['scores'], scores)
    maps.check('magnitudes', read['magnitudes'], S.mean(0))
    mean = scores.mean(0)
    deviation = np.sqrt(scores.var(0, ddof=1).sum() / SETS)
    p = student((mean[0] - mean[1]) / deviation, 2 * SETS - 2)
    for name, theirs in (('score', mean[0]), ('score_random', mean[1]), ('p_value', p)):
        maps.check(name, np.array([told[name]]), np.array([theirs]), 1e-4)
    return read, scores, p


def check_peers(maps, read, p):
    """captum's own scores with these vectors, and SciPy's test"""
    from captum.concept import CAV, Concept, TCAV
    from scipy import stats
    x = torch.tensor(np.stack([scenes.read_input(name) for name in NAMES]))
    for k in range(SETS):
        concepts = [Concept(2 * k, f'concept-{k}', None), Concept(2 * k + 1, f'random-{k}', None)]
        weights = torch.tensor(np.stack([read['vectors'][k], -read['vectors'][k]]))
        peer = TCAV(network, [scenes.LAYER])
        key = f'{2 * k}-{2 * k + 1}'
        peer.cavs[key] = {scenes.LAYER: CAV(concepts, scenes.LAYER, {
            'weights': weights, 'classes': [2 * k, 2 * k + 1]})}
        peer.compute_cavs = lambda *arguments, **options: None
        made = peer.interpret(x, [concepts], target=TARGET)[key][scenes.LAYER]
        maps.check(f"captum's score of set {k}", read['scores'][k, :1],
                   made['sign_count'][:1].numpy())
        maps.check(f"captum's magnitude of set {k}", read['magnitudes'][k, :1],
                   made['magnitude'][:1].detach().numpy())
    maps.check("SciPy's test", np.array([p]),
               np.array([stats.ttest_ind(*read['scores'].T.astype(float)).pvalue]), 1e-4)


maps = scenes.Maps()
with tool.scratch() as folder:
    manifest = run(folder)
    check_top(maps, folder)
    check_atlas(maps, folder)
    read, scores, p = check_tcav(maps, folder, values(manifest, 'tcav'), find_vectors())
    if PEERS:
        check_peers(maps, read, p)
maps.finish()

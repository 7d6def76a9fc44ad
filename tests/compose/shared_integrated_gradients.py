#!/usr/bin/env python3
"""Integrated gradients of the ImageNet SqueezeNet beside the checkout, as a job makes
them: they sum to the change of the score, and are what an independent implementation
computed. Why a patch of pixels may differ, tests/oracle/shared_squeezenet.py tells."""
import json
import os
import subprocess
import sys

sys.path.insert(0, os.path.join(os.environ.get('top_srcdir', '.'), 'tests', 'oracle'))
import engine_tool as tool

tool.use_oracle('numpy')

import numpy as np

TARGET = 243


def main():
    weights = tool.source_path('..', 'shared', 'models', 'squeezenet1_0-imagenet.pth')
    picture = tool.source_path('..', 'shared', 'images', 'cat_dog.png')
    reference = tool.source_path('..', 'shared', 'reference', 'squeezenet1_0-cat_dog-243',
                                 'integrated_gradients_50_midpoint.npy')
    for path in (weights, picture, reference):
        if not os.path.exists(path):
            tool.skip(f'no {path}')
    if 'torch' not in tool.engines():
        tool.skip('built without libtorch, and the reference engine would take too long')

    comparison = tool.Comparison()
    with tool.scratch() as folder:
        with open(os.path.join(folder, 'run.ini'), 'w') as file:
            file.write(f'[model]\narchitecture = squeezenet1_0\n'
                       f'weights = {os.path.abspath(weights)}\n'
                       f'[input]\nimages = {os.path.abspath(picture)}:{TARGET}\n'
                       '[vanilla_bp]\n[integrated_gradients]\nbaseline = mean\n'
                       'steps = 50\n')
        subprocess.run([tool.build_path('cnnviz'), 'run', '-q', 'run.ini', '-o', 'out',
                        '--only', 'integrated_gradients'], cwd=folder, check=True)
        ours = np.load(os.path.join(folder, 'out', 'integrated_gradients', 'cat_dog',
                                    'attribution.npy'))
        with open(os.path.join(folder, 'out', 'manifest.json')) as file:
            told = {artifact['name']: artifact['value']
                    for artifact in json.load(file)['artifacts']
                    if artifact['kind'] == 'figure'}
    theirs = np.load(reference).astype(np.float32).reshape((1,) + ours.shape)
    comparison.check_but_patches('integrated gradients', ours[None], theirs)

    total, change = ours.sum(dtype=np.float64), told['score'] - told['score_of_baseline']
    error = abs(total - change) / abs(change)
    print(f'sum {total:.4f}, change of the score {change:.4f}: {error:.2%} off')
    if error > 0.01:
        print('FAIL: more than 1% off at 50 steps')
        comparison.failures += 1
    if abs(error - told['completeness_error']) > 1e-5:
        print(f'FAIL: the manifest says {told["completeness_error"]}')
        comparison.failures += 1
    comparison.finish()


main()

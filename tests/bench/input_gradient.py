#!/usr/bin/env python3
"""Time of the input's gradient: ours, PyTorch's as it is usually written (weights that
require gradients), and PyTorch's with the weights told not to.

    make bench BENCH="vgg16 8"

The three take turns, so that whatever else the machine does meets them alike."""
import os
import subprocess
import sys
import time

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), '..', 'oracle'))
import engine_tool as tool

tool.use_oracle('torch', 'torchvision')

import torch
import torchvision

ROUNDS = 5
SIZE = 224


def time_ours(name, batch, threads):
    """A process of its own; its first round warms up"""
    text = subprocess.run(
        [tool.build_path('tests', 'bench', 'gradient_time'),
         tool.build_path('core', 'engine', 'torch.la'), name, str(batch), str(SIZE),
         str(SIZE), str(threads), '2'], check=True, stdout=subprocess.PIPE, text=True).stdout
    return tuple(map(float, text.splitlines()[-1].split()))


def time_torch(network, images, trained):
    for parameter in network.parameters():
        parameter.requires_grad_(trained)
        parameter.grad = None
    x = images.clone().requires_grad_(True)
    start = time.monotonic()
    logits = network(x)
    middle = time.monotonic()
    logits[:, 0].sum().backward()
    return middle - start, time.monotonic() - middle


def main():
    name = sys.argv[1] if len(sys.argv) > 1 else 'vgg16'
    batch = int(sys.argv[2]) if len(sys.argv) > 2 else 8
    threads = os.cpu_count()
    torch.set_num_threads(threads)
    network = getattr(torchvision.models, name)().eval()
    images = torch.randn(batch, 3, SIZE, SIZE)
    ways = {'cnnviz': lambda: time_ours(name, batch, threads),
            'PyTorch, weights with gradients': lambda: time_torch(network, images, True),
            'PyTorch, weights without': lambda: time_torch(network, images, False)}
    best = {way: [float('inf')] * 2 for way in ways}
    for _ in range(ROUNDS):
        for way, measure in ways.items():
            best[way] = [min(pair) for pair in zip(best[way], measure())]
    ours = best['cnnviz']
    print(f'{name}, batch of {batch}, {SIZE}x{SIZE}, {threads} threads, '
          f'best of {ROUNDS} rounds')
    print(f'{"":33} {"forward":>9} {"backward":>9} {"both":>9}  times ours')
    for way, (forward, backward) in best.items():
        print(f'{way:33} {forward:8.3f}s {backward:8.3f}s {forward + backward:8.3f}s  '
              f'{forward / ours[0]:.2f} {backward / ours[1]:.2f} '
              f'{(forward + backward) / sum(ours):.2f}')


main()

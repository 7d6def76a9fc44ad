"""Seconds that opening weights takes, imports aside: opening.py STYLE NETWORK WEIGHTS"""
import sys
import time

import torch

import networks


def as_scripts(name, weights):
    from torchvision import models
    start = time.monotonic()
    network = getattr(models, name)()
    network.load_state_dict(torch.load(weights))
    network.eval()
    return time.monotonic() - start


def lean(name, weights):
    start = time.monotonic()
    networks.load(name, weights)
    return time.monotonic() - start


print({'collection': as_scripts, 'lean': lean}[sys.argv[1]](*sys.argv[2:]))

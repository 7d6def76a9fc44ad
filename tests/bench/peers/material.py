"""Make what is not there yet: material.py FOLDER COUNT NETWORK:LAYER...

Seeded random weights of each network (FOLDER/NETWORK.pth; He's initialization, with which
values neither vanish nor explode on the way), COUNT photographs of soft blobs
(FOLDER/pictures), and the multiplications and additions of a forward pass, of all of it and up
to LAYER (FOLDER/NETWORK.json)."""
import json
import os
import sys

import numpy as np
import torch
from PIL import Image
from torchvision import models

WIDTH, HEIGHT = 500, 375


def make_picture(number, path):
    random = np.random.default_rng(number)
    coarse = random.integers(0, 256, (9, 12, 3), dtype=np.uint8)
    smooth = Image.fromarray(coarse).resize((WIDTH, HEIGHT), Image.BICUBIC)
    grain = random.normal(0, 6, (HEIGHT, WIDTH, 1))
    pixels = np.clip(np.asarray(smooth) + grain, 0, 255).astype(np.uint8)
    Image.fromarray(pixels).save(path, quality=90)


def operations_of(network, layer):
    """Twice the multiplications of convolutions and linear layers, from their shapes: all,
    and those until the layer is done"""
    done = {'all': 0, 'to_layer': 0}

    def count(module, inputs, output):
        done['all'] += 2 * module.weight[0].numel() * output[0].numel()

    def mark(module, inputs, output):
        done['to_layer'] = done['all']
    for module in network.modules():
        if isinstance(module, (torch.nn.Conv2d, torch.nn.Linear)):
            module.register_forward_hook(count)
    network.get_submodule(layer).register_forward_hook(mark)
    with torch.inference_mode():
        network.eval()(torch.zeros(1, 3, 224, 224))
    return done


def initialize(network):
    torch.manual_seed(1)
    for module in network.modules():
        if isinstance(module, (torch.nn.Conv2d, torch.nn.Linear)):
            torch.nn.init.kaiming_normal_(module.weight, nonlinearity='relu')


def main():
    folder, count = sys.argv[1], int(sys.argv[2])
    os.makedirs(os.path.join(folder, 'pictures'), exist_ok=True)
    for number in range(count):
        path = os.path.join(folder, 'pictures', f'{number:03}.jpg')
        if not os.path.exists(path):
            make_picture(number, path)
    for name, layer in (argument.split(':') for argument in sys.argv[3:]):
        path = os.path.join(folder, name + '.json')
        if not os.path.exists(path):
            network = getattr(models, name)()
            initialize(network)
            torch.save(network.state_dict(), os.path.join(folder, name + '.pth'))
            with open(path, 'w', encoding='utf-8') as stream:
                json.dump(operations_of(network, layer), stream)


main()

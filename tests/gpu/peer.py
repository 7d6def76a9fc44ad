#!/usr/bin/env python3
"""The same work as a careful script does it with PyTorch on the card.

    peer.py cams FOLDER PICTURE...         Grad-CAM of ResNet-50, batches of 64
    peer.py traditional|modern STEPS COUNT class images of ResNet-50, COUNT at once

PEER_TF32=1 leaves the factors of convolutions their 10 bits, as PyTorch does by itself.
"""
import concurrent.futures
import os
import sys

import numpy as np
import torch
from PIL import Image
from torchvision import models

BATCH = 64
MEAN = torch.tensor([0.485, 0.456, 0.406])[:, None, None]
STD = torch.tensor([0.229, 0.224, 0.225])[:, None, None]
device = torch.device(os.environ.get("CNNVIZ_TEST_DEVICE", "cuda"))
torch.backends.cudnn.allow_tf32 = os.environ.get("PEER_TF32") == "1"


def load():
    torch.manual_seed(1)
    network = models.resnet50().eval().to(device)
    for parameter in network.parameters():
        parameter.requires_grad_(False)
    return network


def read(path):
    picture = Image.open(path).convert("RGB").resize((224, 224), Image.LANCZOS)
    return torch.from_numpy(np.array(picture)).permute(2, 0, 1)


def place():
    """A color map of 256 colors"""
    value = np.linspace(0, 4, 256)[:, None]
    return (np.clip(1.5 - np.abs(value - [3, 2, 1]), 0, 1) * 255).astype(np.uint8)


def write(folder, number, pixels, cam):
    """The files that cnnviz writes of a map"""
    stem = os.path.join(folder, str(number))
    large = Image.fromarray(cam).resize((224, 224), Image.BILINEAR)
    gray = (np.asarray(large) / (cam.max() or 1) * 255).clip(0, 255).astype(np.uint8)
    heat = place()[gray]
    image = pixels.permute(1, 2, 0).numpy()
    np.save(stem + ".npy", cam)
    for name, array in (("gray", gray), ("heatmap", heat), ("input", image),
                        ("overlay", (image * 0.6 + heat * 0.4).astype(np.uint8))):
        Image.fromarray(array).save(f"{stem}-{name}.png")


def cams(folder, *paths):
    network = load()
    body = torch.nn.Sequential(*list(network.children())[:-2])
    os.makedirs(folder, exist_ok=True)
    # Decoding and writing leave Python's lock while they work.
    with concurrent.futures.ThreadPoolExecutor(os.cpu_count()) as pool:
        pictures = pool.map(read, paths)
        written = []
        for first in range(0, len(paths), BATCH):
            pixels = torch.stack([next(pictures) for _ in paths[first:first + BATCH]])
            x = pixels.pin_memory().to(device, non_blocking=True) if device.type == "cuda" \
                else pixels
            x = (x / 255 - MEAN.to(device)) / STD.to(device)
            with torch.no_grad():
                features = body(x)
            features.requires_grad_()
            logits = network.fc(features.mean((2, 3)))
            gradient, = torch.autograd.grad(logits.max(1).values.sum(), features)
            maps = torch.relu((gradient.mean((2, 3), keepdim=True) * features).sum(1))
            maps = maps.detach().cpu().numpy()
            written += [pool.submit(write, folder, first + i, pixels[i], maps[i])
                        for i in range(len(maps))]
        for each in written:
            each.result()


def climb(network, variable, picture, optimizer, steps):
    classes = torch.arange(len(variable), device=device)
    for _ in range(steps):
        optimizer.zero_grad()
        logits = network(picture(variable))
        (-logits[classes, classes].sum()).backward()
        optimizer.step()
        yield


def traditional(steps, count):
    network = load()
    start = torch.rand(count, 3, 224, 224)
    variable = ((start - MEAN) / STD).to(device).requires_grad_()
    mean, std = MEAN.to(device), STD.to(device)
    optimizer = torch.optim.SGD([variable], 6)
    for _ in climb(network, variable, lambda x: x, optimizer, steps):
        with torch.no_grad():
            pixels = ((variable * std + mean).clamp(0, 1) * 255).round() / 255
            variable.copy_((pixels - mean) / std)
    print(float(variable.detach().sum()))


def modern(steps, count):
    network = load()
    colors = torch.tensor([[.26, .09, .02], [.27, 0, -.05], [.27, -.09, .03]])
    colors = (colors / colors.norm(dim=0).max()).to(device)
    down = torch.fft.fftfreq(224)[:, None]
    across = torch.fft.rfftfreq(224)[None]
    scale = (1 / torch.hypot(down, across).clamp_min(1 / 224)).to(device)
    mean, std = MEAN.to(device), STD.to(device)
    spectrum = (0.01 * torch.randn(count, 3, 224, 113, 2)).to(device).requires_grad_()

    def picture(variable):
        plane = torch.fft.irfft2(torch.view_as_complex(variable) * scale, norm="ortho")
        pixels = torch.sigmoid(torch.einsum("cd,ndhw->nchw", colors, plane) / 4)
        views = torch.empty(count, 2, 3)
        for view in views:
            angle = np.radians(np.random.uniform(-5, 5))
            factor = np.random.uniform(0.9, 1.1)
            shift = np.random.randint(-8, 9, 2) / 112
            view[0] = torch.tensor([np.cos(angle) / factor, -np.sin(angle) / factor, shift[0]])
            view[1] = torch.tensor([np.sin(angle) / factor, np.cos(angle) / factor, shift[1]])
        grid = torch.nn.functional.affine_grid(views.to(device), pixels.shape,
                                               align_corners=False)
        seen = torch.nn.functional.grid_sample(pixels, grid, align_corners=False)
        return (seen - mean) / std

    optimizer = torch.optim.Adam([spectrum], 0.05)
    for _ in climb(network, spectrum, picture, optimizer, steps):
        pass
    print(float(spectrum.detach().sum()))


if sys.argv[1] == "cams":
    cams(*sys.argv[2:])
else:
    {"traditional": traditional, "modern": modern}[sys.argv[1]](*map(int, sys.argv[2:]))

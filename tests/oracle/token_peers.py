#!/usr/bin/env python3
"""Grad-CAM of transformers against pytorch-grad-cam with the reshape_transform that it needs
for each: networks of timm and torchvision with random weights, exported here. PEERS_PYTHON
names a Python that has grad-cam, onnx, timm and torchvision."""
import os
import subprocess
import sys

import engine_tool as tool

PEERS = tool.use_peers('PEERS_PYTHON', 'grad-cam, onnx, timm and torchvision')
try:
    import numpy as np
    import onnx  # noqa: F401
    import timm
    import torch
    import torchvision
    from pytorch_grad_cam import GradCAM
    from pytorch_grad_cam.utils.model_targets import ClassifierOutputTarget
except ImportError as error:
    tool.skip(f'{PEERS}: {error}; pip install grad-cam onnx timm torchvision')

TARGET = 3


def tokens(value):
    """Without the class token, (N,C,h,w): of a row of 10x10 tokens"""
    return value[:, 1:].reshape(len(value), 10, 10, -1).permute(0, 3, 1, 2)


def channels_last(value):
    return value.permute(0, 3, 1, 2)


torch.manual_seed(4)
vit = timm.create_model('test_vit', num_classes=10).eval()
swin = torchvision.models.SwinTransformer([4, 4], 24, [2, 2], [2, 4], [7, 7],
                                          num_classes=10).eval()
for network in (vit, swin):
    for weight in network.parameters():  # most begin at zero, or nearly
        torch.nn.init.normal_(weight, std=0.2)
# Name: the network, its size, the layer, what makes a map of it, and the key that names it
NETWORKS = {'vit': (vit, 160, vit.blocks[-1].norm1, tokens, ''),
            'vit_earlier': (vit, 160, vit.blocks[2], tokens, 'layer = blocks.2'),
            'swin': (swin, 112, swin.norm, channels_last, ''),
            'swin_earlier': (swin, 112, swin.features[1][1].norm2, channels_last,
                             'layer = features.1.1.norm2')}
failures = 0
with tool.scratch() as folder:
    for name, (network, size, layer, transform, key) in NETWORKS.items():
        x = torch.randn(1, 3, size, size)
        np.save(os.path.join(folder, 'x.npy'), x[0].numpy())
        torch.onnx.export(network, (x,), os.path.join(folder, name + '.onnx'), dynamo=False)
        with open(os.path.join(folder, 'run.ini'), 'w', encoding='utf-8') as file:
            file.write(f'[run]\noutput = out\n[model]\narchitecture = {name}.onnx\nmean = 0.5\n'
                       f'std = 0.5\n[input]\nimages = x.npy:{TARGET}\n[grad_cam]\n{key}\n')
        engine = tool.build_path('core', 'engine', tool.engines()[0] + '.la')
        subprocess.run([tool.build_path('cnnviz'), 'run', '-q', 'run.ini'], cwd=folder,
                       check=True, env={**os.environ, 'CNNVIZ_ENGINE': os.path.abspath(engine)})
        ours = np.load(os.path.join(folder, 'out', 'grad_cam', 'x', 'attribution.npy')).squeeze()
        with GradCAM(network, [layer], reshape_transform=transform) as cam:
            cam(x, [ClassifierOutputTarget(TARGET)])
            kept = cam.activations_and_grads
            theirs = cam.get_cam_image(x, layer, [ClassifierOutputTarget(TARGET)],
                                       kept.activations[0].numpy(), kept.gradients[0].numpy(),
                                       False)[0]
        theirs = np.maximum(theirs, 0)
        error = tool.distance(ours, theirs) if ours.shape == theirs.shape else np.inf
        failures += not error <= 1e-5
        print(f'{"ok  " if error <= 1e-5 else "FAIL"} {name}: {error:.1e}')
sys.exit(1 if failures else 0)

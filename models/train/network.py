"""The two small networks as PyTorch modules, and how their weights are written."""
import json
import struct

import torch
from torch import nn


def convolution(inputs, outputs):
    return [nn.Conv2d(inputs, outputs, 3, padding=1, bias=False),
            nn.BatchNorm2d(outputs), nn.ReLU(inplace=True)]


def deconvolution(inputs, outputs):
    return [nn.ConvTranspose2d(inputs, outputs, 3, padding=1, bias=False),
            nn.BatchNorm2d(outputs), nn.ReLU(inplace=True)]


class Classifier(nn.Module):
    """VGG-shaped: seven convolutions with batch norm, then two linear layers."""

    def __init__(self, classes):
        super().__init__()
        self.features = nn.Sequential(
            *convolution(3, 16), nn.MaxPool2d(2),
            *convolution(16, 32), nn.MaxPool2d(2),
            *convolution(32, 64), nn.MaxPool2d(2),
            *convolution(64, 96), *convolution(96, 96), nn.MaxPool2d(2),
            *convolution(96, 192), *convolution(192, 192))
        self.avgpool = nn.AdaptiveAvgPool2d(2)
        self.classifier = nn.Sequential(
            nn.Linear(192 * 2 * 2, 384), nn.ReLU(inplace=True), nn.Dropout(0.25),
            nn.Linear(384, classes))

    def forward(self, x):
        return self.classifier(torch.flatten(self.avgpool(self.features(x)), 1))


class Segmenter(nn.Module):
    """After Noh, Hong, Han 2015: a mirrored network with unpooling by switches.

    Its encoder is the classifier's features, layer by layer.
    """

    def __init__(self, classes):
        super().__init__()
        self.pool = nn.MaxPool2d(2, return_indices=True)
        self.unpool = nn.MaxUnpool2d(2)
        self.encoder = nn.ModuleList([
            nn.Sequential(*convolution(3, 16)),
            nn.Sequential(*convolution(16, 32)),
            nn.Sequential(*convolution(32, 64)),
            nn.Sequential(*convolution(64, 96), *convolution(96, 96)),
            nn.Sequential(*convolution(96, 192), *convolution(192, 192))])
        self.middle = nn.Sequential(*deconvolution(192, 96))
        self.decoder = nn.ModuleList([
            nn.Sequential(*deconvolution(96, 64), *deconvolution(64, 64)),
            nn.Sequential(*deconvolution(64, 48), *deconvolution(48, 32)),
            nn.Sequential(*deconvolution(32, 32), *deconvolution(32, 16)),
            nn.Sequential(nn.ConvTranspose2d(16, classes, 3, padding=1))])

    def forward(self, x):
        switches = []
        for block in self.encoder[:-1]:
            x, where = self.pool(block(x))
            switches.append(where)
        x = self.middle(self.encoder[-1](x))
        for block in self.decoder:
            x = block(self.unpool(x, switches.pop()))
        return x


def save_safetensors(state, path):
    """Half precision, which the reader widens: the file is half the size."""
    header, blobs, offset = {}, [], 0
    for name, tensor in state.items():
        if name.endswith("num_batches_tracked"):
            continue
        kind = torch.float32 if "running_" in name else torch.float16
        data = tensor.detach().cpu().contiguous().to(kind).numpy().tobytes()
        header[name] = {"dtype": "F32" if kind == torch.float32 else "F16",
                        "shape": list(tensor.shape),
                        "data_offsets": [offset, offset + len(data)]}
        blobs.append(data)
        offset += len(data)
    text = json.dumps(header, separators=(",", ":")).encode()
    text += b" " * (-len(text) % 8)
    with open(path, "wb") as file:
        file.write(struct.pack("<Q", len(text)) + text + b"".join(blobs))

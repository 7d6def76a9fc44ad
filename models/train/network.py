"""The two small networks as PyTorch modules, and the format of their weights."""
import json
import struct

import numpy as np
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
            *convolution(64, 128), *convolution(128, 128), nn.MaxPool2d(2),
            *convolution(128, 256), *convolution(256, 256))
        self.avgpool = nn.AdaptiveAvgPool2d(2)
        self.classifier = nn.Sequential(
            nn.Linear(256 * 2 * 2, 512), nn.ReLU(inplace=True), nn.Dropout(0.25),
            nn.Linear(512, classes))

    def forward(self, x):
        return self.classifier(torch.flatten(self.avgpool(self.features(x)), 1))


class Segmenter(nn.Module):
    """After Noh, Hong, Han 2015: a mirrored network with unpooling by switches.

    Its encoder has the layers of the classifier's features, with fewer channels.
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


@torch.no_grad()
def copy_weights(model, trained):
    """Copy the weights of a network with the same layers, which may be wider or narrower."""
    for name, tensor in model.state_dict().items():
        other = trained[name]
        common = tuple(slice(min(*sizes)) for sizes in zip(tensor.shape, other.shape))
        if tensor.dim() > 1:  # inputs from channels that the other network does not have
            tensor[:, other.shape[1]:] *= 0.3
        tensor[common] = other[common]


# Size limit of a file in bytes: if half precision would exceed it, layers with more weights
# than LARGE are stored in 8 bits.
LIMIT, LARGE = 2000000, 200000
# The values of the 127 codes of positive 8-bit floats (E4M3), in order
E4M3 = np.array([(code & 7) / 512 if code < 8 else (8 + (code & 7)) / 8 * 2.0 ** ((code >> 3) - 7)
                 for code in range(127)], np.float32)


def eight_bits(values):
    """The codes of the nearest 8-bit floats (E4M3)."""
    codes = np.searchsorted((E4M3[1:] + E4M3[:-1]) / 2, np.abs(values)).astype(np.uint8)
    return codes | np.where(np.signbit(values), 128, 0).astype(np.uint8)


def stored(state):
    """Name, type and values of each tensor in a file; the reader converts them to float32.

    Running means and variances keep single precision; weights have half precision or 8 bits.
    """
    state = {name: tensor for name, tensor in state.items() if tensor.is_floating_point()}
    tight = 2 * sum(tensor.numel() for tensor in state.values()) > LIMIT
    for name, tensor in state.items():
        values = tensor.detach().cpu().contiguous().float().numpy()
        if "running_" in name:
            yield name, "F32", values
        elif tight and values.size > LARGE:
            yield name, "F8_E4M3", eight_bits(values)
        else:
            yield name, "F16", values.astype(np.float16)


def as_read(state):
    """The weights as a reader of the file gets them."""
    read = dict(state)
    for name, dtype, values in stored(state):
        if dtype == "F8_E4M3":
            values = np.where(values & 128, -1, 1) * E4M3[values & 127]
        read[name] = torch.tensor(values.astype(np.float32))
    return read


def save_safetensors(state, path):
    header, blobs, offset = {}, [], 0
    for name, dtype, values in stored(state):
        data = values.tobytes()
        header[name] = {"dtype": dtype, "shape": list(values.shape),
                        "data_offsets": [offset, offset + len(data)]}
        blobs.append(data)
        offset += len(data)
    text = json.dumps(header, separators=(",", ":")).encode()
    text += b" " * (-len(text) % 8)
    with open(path, "wb") as file:
        file.write(struct.pack("<Q", len(text)) + text + b"".join(blobs))

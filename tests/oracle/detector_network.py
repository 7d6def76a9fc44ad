"""A detector built as YOLOv8 is, with few channels, and its export as Ultralytics writes it: raw
heads, (1, 4 + classes, boxes), each box as center, width and height in pixels.

Source: Ultralytics' yolov8.yaml and nn/modules (block.py, conv.py, head.py), by their published
structure: https://docs.ultralytics.com/models/yolov8. Made for the tests beside it."""
import io
import struct
import warnings

import torch
from torch import nn

NAMES = ["bird", "cat", "boat", "kite", "apple"]
STRIDES = (8, 16, 32)
SIDE = 64


class Conv(nn.Sequential):
    def __init__(self, channels, out, kernel=1, stride=1):
        super().__init__(nn.Conv2d(channels, out, kernel, stride, kernel // 2, bias=False),
                         nn.BatchNorm2d(out, eps=1e-3), nn.SiLU())


class Bottleneck(nn.Module):
    def __init__(self, channels, shortcut):
        super().__init__()
        self.cv1, self.cv2 = Conv(channels, channels, 3), Conv(channels, channels, 3)
        self.shortcut = shortcut

    def forward(self, x):
        y = self.cv2(self.cv1(x))
        return x + y if self.shortcut else y


class C2f(nn.Module):
    def __init__(self, channels, out, shortcut=True):
        super().__init__()
        half = out // 2
        self.cv1, self.cv2 = Conv(channels, out), Conv(3 * half, out)
        self.m = nn.ModuleList([Bottleneck(half, shortcut)])

    def forward(self, x):
        parts = list(self.cv1(x).chunk(2, 1))
        parts += [m(parts[-1]) for m in self.m]
        return self.cv2(torch.cat(parts, 1))


class SPPF(nn.Module):
    def __init__(self, channels):
        super().__init__()
        self.cv1, self.cv2 = Conv(channels, channels // 2), Conv(2 * channels, channels)
        self.pool = nn.MaxPool2d(5, 1, 2)

    def forward(self, x):
        parts = [self.cv1(x)]
        for _ in range(3):
            parts.append(self.pool(parts[-1]))
        return self.cv2(torch.cat(parts, 1))


class DFL(nn.Module):
    """The mean of a distribution over whole distances"""

    def __init__(self, bins):
        super().__init__()
        self.bins = bins
        self.conv = nn.Conv2d(bins, 1, 1, bias=False)
        self.conv.weight.data[:] = torch.arange(bins, dtype=torch.float32).view(1, bins, 1, 1)

    def forward(self, x):
        b, _, anchors = x.shape
        return self.conv(x.view(b, 4, self.bins, anchors).transpose(2, 1).softmax(1)).view(
            b, 4, anchors)


class Detect(nn.Module):
    def __init__(self, classes, widths, bins=4):
        super().__init__()
        self.classes, self.bins, self.dfl = classes, bins, DFL(bins)
        self.cv2 = nn.ModuleList(nn.Sequential(Conv(c, 16, 3), nn.Conv2d(16, 4 * bins, 1))
                                 for c in widths)
        self.cv3 = nn.ModuleList(nn.Sequential(Conv(c, 16, 3), nn.Conv2d(16, classes, 1))
                                 for c in widths)

    def anchors(self, maps):
        """Centers of the cells, and their strides"""
        points, strides = [], []
        for x, stride in zip(maps, STRIDES):
            h, w = x.shape[2:]
            y, x = torch.meshgrid(torch.arange(h) + 0.5, torch.arange(w) + 0.5, indexing="ij")
            points.append(torch.stack((x, y), -1).view(-1, 2))
            strides.append(torch.full((h * w, 1), float(stride)))
        return torch.cat(points).T.unsqueeze(0), torch.cat(strides).T

    def heads(self, maps):
        """Boxes in pixels and logits, (N,4,boxes) and (N,classes,boxes)"""
        flat = torch.cat([torch.cat((box(x), score(x)), 1).flatten(2)
                          for x, box, score in zip(maps, self.cv2, self.cv3)], 2)
        box, logits = flat.split((4 * self.bins, self.classes), 1)
        points, strides = self.anchors(maps)
        before, behind = self.dfl(box).chunk(2, 1)
        first, last = points - before, points + behind
        return torch.cat(((first + last) / 2, last - first), 1) * strides, logits

    def forward(self, maps):
        boxes, logits = self.heads(maps)
        return torch.cat((boxes, logits.sigmoid()), 1)


class Detector(nn.Module):
    """Backbone, the way up and down again, and the head at three strides"""

    def __init__(self, classes=len(NAMES)):
        super().__init__()
        self.stem = nn.Sequential(Conv(3, 8, 3, 2), Conv(8, 8, 3, 2), C2f(8, 8))
        self.p3 = nn.Sequential(Conv(8, 16, 3, 2), C2f(16, 16))
        self.p4 = nn.Sequential(Conv(16, 16, 3, 2), C2f(16, 16))
        self.p5 = nn.Sequential(Conv(16, 32, 3, 2), C2f(32, 32), SPPF(32))
        self.up = nn.Upsample(scale_factor=2)
        self.up4, self.up3 = C2f(48, 16, False), C2f(32, 16, False)
        self.down3, self.down4 = Conv(16, 16, 3, 2), Conv(16, 16, 3, 2)
        self.out4, self.out5 = C2f(32, 16, False), C2f(48, 32, False)
        self.detect = Detect(classes, (16, 16, 32))

    def features(self, x):
        p3 = self.p3(self.stem(x))
        p4 = self.p4(p3)
        p5 = self.p5(p4)
        up4 = self.up4(torch.cat((self.up(p5), p4), 1))
        n3 = self.up3(torch.cat((self.up(up4), p3), 1))
        n4 = self.out4(torch.cat((self.down3(n3), up4), 1))
        return n3, n4, self.out5(torch.cat((self.down4(n4), p5), 1))

    def heads(self, x):
        return self.detect.heads(self.features(x))

    def forward(self, x):
        return self.detect(self.features(x))


def make(seed=26):
    torch.manual_seed(seed)
    network = Detector().eval()
    for module in network.modules():
        if isinstance(module, nn.BatchNorm2d):
            nn.init.uniform_(module.weight, 0.8, 1.6)
            nn.init.normal_(module.bias, 0, 0.2)
            nn.init.normal_(module.running_mean, 0, 0.1)
            nn.init.uniform_(module.running_var, 0.1, 0.4)
    return network


def string(number, text):
    """A field of a protocol buffer that is text, or another message"""
    data = text if isinstance(text, bytes) else text.encode()
    length, rest = b"", len(data)
    while rest > 127:
        length, rest = length + struct.pack("B", rest % 128 + 128), rest // 128
    return struct.pack("B", number << 3 | 2) + length + struct.pack("B", rest) + data


def property_of(key, value):
    """An entry of a model's metadata_props"""
    return string(14, string(1, key) + string(2, value))


def export(network, path, metadata):
    """An ONNX file, with the metadata that Ultralytics adds if any"""
    file = io.BytesIO()
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        words = {"dynamo": False} if hasattr(torch.onnx, "ExportOptions") else {}
        torch.onnx.export(network, (torch.zeros(1, 3, SIDE, SIDE),), file, opset_version=12,
                          input_names=["images"], output_names=["output0"], **words)
    with open(path, "wb") as out:
        out.write(file.getvalue() + b"".join(property_of(*item) for item in metadata.items()))


METADATA = {"author": "Ultralytics", "task": "detect", "stride": "32", "imgsz": f"[{SIDE}, {SIDE}]",
            "names": str(dict(enumerate(NAMES)))}

#!/usr/bin/env python3
"""Write the small weight files beside this script (needs PyTorch).

Every tensor counts: element i of a tensor is i + 0.5, so that the tests know the
values without reading them from anywhere.
"""
import collections
import json
import os
import struct
import torch

HERE = os.path.dirname(os.path.abspath(__file__))


def counted(*shape, dtype=torch.float32):
    count = 1
    for extent in shape:
        count *= extent
    return (torch.arange(count, dtype=torch.float32) + 0.5).reshape(shape).to(dtype)


def network():
    return collections.OrderedDict([
        ("conv.weight", counted(2, 3)),
        ("conv.bias", counted(3)),
        ("bn.num_batches_tracked", torch.tensor(7)),
    ])


def path(name):
    return os.path.join(HERE, name)


def safetensors(name, tensors):
    header, body = {"__metadata__": {"format": "pt"}}, b""
    for key, (dtype, shape, data) in tensors.items():
        header[key] = {"dtype": dtype, "shape": shape,
                       "data_offsets": [len(body), len(body) + len(data)]}
        body += data
    text = json.dumps(header).encode()
    text += b" " * (-len(text) % 8)
    with open(path(name), "wb") as stream:
        stream.write(struct.pack("<Q", len(text)) + text + body)


torch.save(network(), path("zip.pth"))
torch.save(network(), path("stream.pth"), _use_new_zipfile_serialization=False)
torch.save({"epoch": 3, "note": "half way", "best": 0.5, "done": True,
            "optimizer": {"state": {0: {"step": 1, "mean": counted(4)}},
                          "param_groups": [{"lr": 0.1, "params": [0]}]},
            "state_dict": collections.OrderedDict(
                ("module." + key, value) for key, value in network().items())},
           path("nested.pth"))
shared = counted(4, 6)
torch.save({"transposed": shared.t(), "columns": shared[:, 1::2], "row": shared[2],
            "half": counted(5, dtype=torch.float16),
            "brain": counted(5, dtype=torch.bfloat16),
            "double": counted(5, dtype=torch.float64),
            "parameter": torch.nn.Parameter(counted(2, 2)),
            "empty": torch.zeros(0, 3)}, path("strided.pth"))
torch.jit.save(torch.jit.script(torch.nn.ReLU()), path("torchscript.pt"))
safetensors("plain.safetensors", {
    "conv.weight": ("F32", [2, 3], struct.pack("<6f", *(i + 0.5 for i in range(6)))),
    "conv.bias": ("F32", [3], struct.pack("<3f", *(i + 0.5 for i in range(3)))),
    "bn.num_batches_tracked": ("I64", [], struct.pack("<q", 7)),
})

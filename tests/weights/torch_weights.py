#!/usr/bin/env python3
"""Files that PyTorch writes, and what weights_dump reads in them, are the same.

Every case is saved in both of torch.save's formats where PyTorch can, and as
safetensors written here from its specification. torch.load and numpy say what
each tensor holds; equality is exact, NaN included.
"""
import argparse
import collections
import datetime
import enum
import json
import os
import pathlib
import struct
import subprocess
import sys
import tempfile

ORACLE = os.environ.get("PYTHON_ORACLE", "")
if not os.environ.get("WEIGHTS_ORACLE"):
    if not ORACLE:
        print("SKIP: no Python with PyTorch was found by configure")
        sys.exit(77)
    os.execvpe(ORACLE, [ORACLE] + sys.argv, dict(os.environ, WEIGHTS_ORACLE="1"))

import numpy
import torch

DUMP = os.path.join(os.environ["top_builddir"], "tests/weights/weights_dump")
PUBLISHED = os.path.join(os.environ["top_srcdir"], "../shared/models",
                         "squeezenet1_0-imagenet.pth")
failures = 0


def check(fact, case, detail=""):
    global failures
    if not fact:
        failures += 1
        print("FAIL:", case, detail)


def dump(path, folder):
    """{name: (dtype, shape, how, array)} or the sentence of refusal"""
    run = subprocess.run([DUMP, path, folder], capture_output=True, text=True)
    if run.returncode == 1 and run.stderr.startswith(path):
        return run.stderr
    if run.returncode != 0:
        raise RuntimeError("weights_dump: %d %s" % (run.returncode, run.stderr))
    tensors = {}
    for line in run.stdout.splitlines():
        index, name, dtype, shape, how = line.split(" ")
        array = None
        if how != "empty":
            array = numpy.load(os.path.join(folder, index + ".npy"))
        tensors[name] = (dtype, json.loads(shape), how, array)
    return tensors


def same(case, read, expected, mapped=False):
    if isinstance(read, str):
        check(False, case, read)
        return
    check(list(read) == list(expected), case,
          "names %s, not %s" % (list(read), list(expected)))
    for name, tensor in expected.items():
        if name not in read:
            continue
        dtype, shape, how, array = read[name]
        tensor = tensor.detach()
        check("torch." + dtype == str(tensor.dtype), case, name + " has type " + dtype)
        check(shape == list(tensor.shape), case, "%s has shape %s" % (name, shape))
        if tensor.numel() == 0:
            check(how == "empty", case, name + " should be empty")
            continue
        wanted = tensor.to(torch.float32).contiguous().numpy()
        check(array.dtype == numpy.float32 and numpy.array_equal(
            array.reshape(wanted.shape), wanted, equal_nan=True), case,
            name + " holds other values")
        if mapped and tensor.dtype == torch.float32 and tensor.is_contiguous():
            check(how == "mapped", case, name + " was copied")


class Colors(enum.Enum):
    RED = 1


class Options(dict):
    """A dict of a class of its own, with attributes, as configurations are"""


def strangers():
    """What training scripts keep beside the weights"""
    options = Options(lr=0.1, sizes=[1, 2])
    options.name = "options"
    return {"args": argparse.Namespace(lr=0.1, out=pathlib.Path("/tmp/x")),
            "score": numpy.float64(0.5), "history": numpy.arange(5.0),
            "metrics": collections.defaultdict(list, {"loss": [1.0, 2.0]}),
            "numbers": collections.Counter("abca"), "when": datetime.datetime.now(),
            "options": options, "color": Colors.RED, "random": numpy.random.get_state(),
            "device": torch.device("cpu"), "slices": [slice(1, 2), range(3), 1j]}


def cases():
    generator = torch.Generator().manual_seed(7)
    random = lambda *shape: torch.randn(*shape, generator=generator)
    network = torch.nn.Sequential(torch.nn.Conv2d(3, 4, 3), torch.nn.BatchNorm2d(4),
                                  torch.nn.ReLU(), torch.nn.Linear(5, 2))
    state = network.state_dict()
    plain = collections.OrderedDict(state)

    yield "a state_dict with its _metadata", state, plain
    yield "a plain dict", dict(state), plain
    yield "parameters", collections.OrderedDict(network.named_parameters()), \
        collections.OrderedDict(network.named_parameters())
    yield "the prefix of DataParallel", torch.nn.DataParallel(network).state_dict(), \
        None
    yield "module. on some names only", {"module.a": random(2), "b": random(2)}, None
    optimizer = torch.optim.Adam(network.parameters())
    network(random(1, 3, 7, 7)).sum().backward()
    optimizer.step()
    checkpoint = {"epoch": 12, "arch": "net", "best": 0.25, "big": 1 << 80,
                  "when": None, "flags": [True, (3, -4)],
                  "sizes": torch.Size([1, 2]), "type": torch.float32,
                  "optimizer": optimizer.state_dict()}
    yield "a checkpoint with state_dict", dict(checkpoint, state_dict=state), \
        network.state_dict()
    yield "a checkpoint with model", dict(checkpoint, model=state), \
        network.state_dict()
    yield "a checkpoint with another key", dict(checkpoint, net=state), \
        network.state_dict()
    yield "three dicts deep", {"a": {"b": {"c": state}}, "n": 1}, network.state_dict()
    yield "objects beside the tensors", dict(strangers(), state_dict=state), \
        network.state_dict()
    yield "objects among the tensors", dict(strangers(), **state), network.state_dict()

    patterns = numpy.arange(65536, dtype=numpy.uint16)
    yield "every float16", {"w": torch.from_numpy(patterns.view(numpy.float16))}, None
    yield "every bfloat16", {"w": torch.frombuffer(
        bytearray(patterns.tobytes()), dtype=torch.bfloat16)}, None
    if hasattr(torch, "float8_e4m3fn"):
        every = torch.arange(256).to(torch.uint8)
        yield "every 8-bit float", {"e4m3": every.view(torch.float8_e4m3fn),
                                    "e5m2": every.view(torch.float8_e5m2)}, None
    yield "the other types", {
        "double": torch.cat([random(50).double() * 10.0 ** torch.arange(-25, 25),
                             torch.tensor([float("inf"), float("nan"), 1e-320])]),
        "int64": torch.tensor([0, -1, 2 ** 62 + 12345, -2 ** 63, 16777217]),
        "int32": torch.tensor([5, -2 ** 31], dtype=torch.int32),
        "int16": torch.tensor([5, -2 ** 15], dtype=torch.int16),
        "int8": torch.tensor([5, -128], dtype=torch.int8),
        "uint8": torch.tensor([5, 255], dtype=torch.uint8),
        "bool": torch.tensor([True, False]),
        "scalar": torch.tensor(2.5)}, None

    base = random(4, 5, 6)
    yield "views that share a storage", {
        "whole": base, "transposed": base.transpose(0, 2), "part": base[1:3, 2:],
        "steps": base[::2, ::3, 1::2], "row": base[3, 4],
        "repeated": base[0, 0].expand(7, 6), "one": base[2, 2, 2],
        "channels_last": random(2, 3, 4, 5).contiguous(
            memory_format=torch.channels_last)}, None
    yield "empty tensors", {"a": torch.zeros(0), "b": torch.zeros(3, 0, 2),
                            "c": random(2), "d": base[:0]}, None
    yield "eight dimensions", {"w": random(1, 2, 1, 2, 1, 2, 1, 2).transpose(1, 7)}, \
        None
    yield "names beyond ASCII", {"\u5c42.weight": random(2), "x" * 300: random(1)}, \
        None
    yield "many tensors", {"w%d" % i: random(i % 7 + 1) for i in range(3000)}, None


def write_safetensors(path, tensors):
    codes = {torch.float32: "F32", torch.float64: "F64", torch.float16: "F16",
             torch.bfloat16: "BF16", torch.int64: "I64", torch.int32: "I32",
             torch.int16: "I16", torch.int8: "I8", torch.uint8: "U8",
             torch.bool: "BOOL"}
    if hasattr(torch, "float8_e4m3fn"):
        codes.update({torch.float8_e4m3fn: "F8_E4M3", torch.float8_e5m2: "F8_E5M2"})
    header, body = {"__metadata__": {"format": "pt"}}, b""
    for name, tensor in tensors.items():
        tensor = tensor.detach().contiguous()
        of_size = {1: torch.uint8, 2: torch.int16}.get(tensor.element_size())
        raw = tensor.view(of_size) if of_size and tensor.is_floating_point() else tensor
        data = raw.numpy().tobytes()
        header[name] = {"dtype": codes[tensor.dtype], "shape": list(tensor.shape),
                        "data_offsets": [len(body), len(body) + len(data)]}
        body += data + b"\0" * (-len(data) % 8)
    text = json.dumps(header, ensure_ascii=False).encode()
    text += b" " * (-len(text) % 8)
    with open(path, "wb") as stream:
        stream.write(struct.pack("<Q", len(text)) + text + body)


def files(folder):
    for case, value, expected in cases():
        if expected is None:
            expected = value
        for protocol in 2, 5:
            path = os.path.join(folder, "w.pth")
            torch.save(value, path, pickle_protocol=protocol)
            yield "%s, zip, protocol %d" % (case, protocol), path, expected, True
            torch.save(value, path, pickle_protocol=protocol,
                       _use_new_zipfile_serialization=False)
            yield "%s, stream, protocol %d" % (case, protocol), path, expected, False
        path = os.path.join(folder, "w.safetensors")
        write_safetensors(path, expected)
        yield case + ", safetensors", path, expected, True


class Stranger:
    def __reduce__(self):
        return os.getcwd, ()


def refusals(folder):
    path = os.path.join(folder, "w.pth")
    weight = {"w": torch.ones(2)}
    values = [
        ("a whole network", torch.nn.Linear(2, 2), "torch.nn.modules.linear.Linear"),
        ("a function of the system", dict(weight, args=Stranger()), "getcwd"),
        ("a single tensor", weight["w"], "not a dict of tensors"),
        ("a list of tensors", [weight["w"]], "not a dict of tensors"),
        ("a quantized tensor", {"w": torch.quantize_per_tensor(
            torch.ones(2), 0.1, 0, torch.qint8)}, "_rebuild_qtensor|QInt8Storage"),
        ("a complex tensor", {"w": torch.ones(2, dtype=torch.complex64)},
         "complex64"),
        ("nine dimensions", {"w": torch.ones([1] * 9)}, "more than 8"),
    ]
    for case, value, fragment in values:
        for new in True, False:
            torch.save(value, path, _use_new_zipfile_serialization=new)
            yield case, path, fragment
    torch.jit.save(torch.jit.script(torch.nn.Linear(2, 2)), path)
    yield "TorchScript", path, "TorchScript"
    numpy.savez(path + ".npz", w=numpy.ones(2))
    yield "npz", path + ".npz", "NumPy .npz"
    numpy.savez_compressed(path + ".npz", w=numpy.ones(2))
    yield "compressed npz", path + ".npz", "NumPy .npz"
    numpy.save(path + ".npy", numpy.ones(2))
    yield "npy", path + ".npy", "NumPy array"


def published(folder):
    if not os.path.exists(PUBLISHED):
        print("not compared, as it is not there: the published SqueezeNet")
        return
    same("the published SqueezeNet", dump(PUBLISHED, folder), torch.load(PUBLISHED),
         mapped=True)


def main():
    with tempfile.TemporaryDirectory() as folder:
        count = 0
        for case, path, expected, mapped in files(folder):
            same(case, dump(path, folder), expected, mapped)
            count += 1
        for case, path, fragment in refusals(folder):
            text = dump(path, folder)
            check(isinstance(text, str) and any(
                part in text for part in fragment.split("|")), case, text)
            count += 1
        published(folder)
    print("%d files, %d failures" % (count, failures))
    return 1 if failures else 0


sys.exit(main())

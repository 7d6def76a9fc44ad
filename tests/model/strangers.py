"""Files of other programs, given as weights or as a network, are named for what they are, by
content alone, and the message says what to do with them."""
import io
import json
import os
import re
import subprocess
import sys
import tempfile
import zipfile

source = os.path.abspath(os.environ.get("top_srcdir", "."))
build = os.path.abspath(os.environ.get("top_builddir", "."))
program = os.environ.get("CNNVIZ", os.path.join(build, "cnnviz"))
tiny = os.path.join(source, "tests", "data", "tiny.ini")
picture = os.path.join(source, "tests", "data", "spot.png")
checks = 0
failures = 0


def check(fact, holds, *shown):
    global checks, failures
    checks += 1
    if not holds:
        failures += 1
        print("FAIL:", fact, *shown)


def archive(**records):
    data = io.BytesIO()
    with zipfile.ZipFile(data, "w") as file:
        for name, text in records.items():
            file.writestr(name.replace("__", "/").replace("_DOT_", "."), text)
    return data.getvalue()


JIT = 'torch.onnx.export(torch.jit.load("FILE"), (example,), "net.onnx")'
# What the file is called in the message, parts of the ways to weights and to a network, and
# its content
KINDS = [
    ("a Keras model", "as safetensors", "tf2onnx.convert --keras FILE",
     archive(metadata_DOT_json=json.dumps({"keras_version": "3.0"}), config_DOT_json="{}",
             model_DOT_weights_DOT_h5="")),
    ("an HDF5 file, as Keras writes", "as safetensors", "tf2onnx.convert --keras FILE",
     b"\x89HDF\r\n\x1a\n" + bytes(100)),
    ("a TensorFlow Lite model", "as safetensors", "tf2onnx.convert --tflite FILE",
     b"\x1c\0\0\0TFL3" + bytes(100)),
    ("TensorFlow's SavedModel", "as safetensors", "tf2onnx.convert --saved-model FOLDER",
     b"\x08\x01\x12\x90\x01" + bytes(100)),
    ("a program of torch.export (.pt2)", "name it as architecture", None,
     archive(net__archive_format="pt2", net__models__model_DOT_json="{}")),
    ("a program of torch.export (.pt2)", 'torch.export.load("FILE").state_dict',
     "of PyTorch 2.8 or newer", archive(serialized_exported_program_DOT_json="{}", version="5.1")),
    ("a TorchScript archive", 'torch.jit.load("FILE").state_dict()', JIT,
     archive(net__data_DOT_pkl="\x80\2}.", net__constants_DOT_pkl="\x80\2).")),
    ("an ONNX model", "name it as architecture", None,
     b"\x08\x07\x12\x07pytorch\x1a\x051.13.0"),
]


def python(folder, code):
    """Whether the oracle's Python can do this."""
    done = subprocess.run([os.environ.get("PYTHON_ORACLE") or sys.executable, "-c", code],
                          cwd=folder, capture_output=True, text=True)
    return done.returncode == 0 or done.stderr


def try_pytorch(folder):
    """PyTorch's own files, and the ways out of the messages."""
    if python(folder, """import torch
network = torch.nn.Sequential(torch.nn.Conv2d(3, 2, 3), torch.nn.ReLU(), torch.nn.Flatten(),
                              torch.nn.Linear(72, 5)).eval()
torch.jit.save(torch.jit.script(network), "net.script")
torch.onnx.export(network, torch.zeros(1, 3, 8, 8), "net.graph")
""") is not True:
        print("not tried, without PyTorch: its own files")
        return
    try_kind(folder, "net.script", *KINDS[6][:3])
    try_kind(folder, "net.graph", *KINDS[7][:3])
    command = re.search("`python3 -c '([^']*)'`", said(folder, "-m", tiny, "-w", "net.script"))
    code = command.group(1).replace("FILE", "net.script")
    done = python(folder, code + "; assert sorted(torch.load('weights.pth')) == "
                  "['0.bias', '0.weight', '3.bias', '3.weight']")
    check("the way to TorchScript's weights is one", done is True, done)
    done = python(folder, "import torch; example = torch.zeros(1, 3, 8, 8); "
                  + JIT.replace("FILE", "net.script"))
    check("the way to TorchScript's network is one", done is True, done)
    done = subprocess.run([program, "layers", "net.onnx"], cwd=folder, capture_output=True)
    check("and leads to a network", done.returncode == 0, done.stderr)


def said(folder, *options):
    done = subprocess.run([program, "classify", *options, picture], cwd=folder,
                          env=dict(os.environ, CNNVIZ_ENGINE="none"), capture_output=True,
                          text=True, timeout=60)
    check("%s is refused" % (options,), done.returncode == 2, done.returncode)
    return done.stderr


def try_kind(folder, name, kind, weights, network):
    text = said(folder, "-m", tiny, "-w", name)
    check("%s as weights" % kind, "this is " + kind in text and weights in text, text)
    if network is not None:
        text = said(folder, "-m", name, "-w", "random")
        check("%s as a network" % kind,
              "is not a network: this is " + kind in text and network in text, text)


with tempfile.TemporaryDirectory() as folder:
    for number, (kind, weights, network, data) in enumerate(KINDS):
        # The name says nothing.
        name = "file-%d" % number
        with open(os.path.join(folder, name), "wb") as file:
            file.write(data)
        try_kind(folder, name, kind, weights, network)
    try_pytorch(folder)
    os.mkdir(os.path.join(folder, "folder"))
    with open(os.path.join(folder, "folder", "saved_model.pb"), "wb") as file:
        file.write(b"\x08\x01\x12")
    try_kind(folder, "folder", *KINDS[3][:3])
    os.mkdir(os.path.join(folder, "empty"))
    check("another folder", "this is a folder, not a file: " in said(
        folder, "-m", tiny, "-w", "./empty"))
    with open(os.path.join(folder, "net.bin"), "wb") as file:
        file.write(archive(net__data_DOT_pkl="\x80\2}."))
    text = said(folder, "-m", "net.bin", "-w", "random")
    check("weights as a network",
          "this is a file of weights; give it as weights, and as architecture" in text, text)

print(checks, "checks,", failures, "failures")
sys.exit(0 if checks > 30 and failures == 0 else 1)

"""Layers of tokens and of heads are shown as (channels,height,width), without the class token: their
activations, gradients and changed values are PyTorch's; and layers that say nothing are told."""
import json
import os
import subprocess
import sys

sys.path.insert(0, os.path.join(os.environ.get("top_srcdir", "."), "tests", "oracle"))
import engine_tool  # noqa: E402

engine_tool.use_oracle("numpy", "torch")
import changed  # noqa: E402
import numpy as np  # noqa: E402
import torch  # noqa: E402
from scratch import Scratch, program, write_png  # noqa: E402
from torch.nn import functional as F  # noqa: E402

ROWS, COLUMNS, WIDTH, HEADS, TOKENS = 3, 2, 6, 2, 7
NETWORK = """[network]
name = tokens
input_size = 24 16
mean = 0.5 0.5 0.5
std = 0.25 0.25 0.25
[layers]
p = conv2d out=6 kernel=8 stride=8
r = reshape shape=6,6
t = permute order=2,1
token = parameter shape=1,6
c = concat from=token,t
place = parameter shape=7,6
a = add from=c,place
n = layer_norm
qkv = linear out=18
h = reshape shape=7,3,2,3
o = permute order=2,3,1,4
q = slice range=0,1
k = slice range=1,2 from=o
v = slice range=2,0 from=o
turned = permute order=1,2,4,3 from=k
scores = matmul from=q,turned
shares = softmax axis=fourth
mixed = matmul from=shares,v
i = permute order=1,3,2,4
j = reshape shape=7,6
proj = linear out=6
s = add from=a,proj
last = layer_norm
cls = slice range=0,1
f = flatten
classifier = linear out=5
"""
# Tokens before the class token comes, with it, and those of heads
LAYERS = ["t", "n", "v"]
ITEMS = [0, 1, 1, 0, 1]

scratch = Scratch()
torch.manual_seed(8)
weights = {}
for name, shape in {"p": (WIDTH, 3, 8, 8), "token": (1, WIDTH), "place": (TOKENS, WIDTH),
                    "n": (WIDTH,), "qkv": (3 * WIDTH, WIDTH), "proj": (WIDTH, WIDTH),
                    "last": (WIDTH,), "classifier": (5, WIDTH)}.items():
    weights[name + ".weight"] = torch.randn(shape) / (shape[-1] if name == "p" else 2)
    if name not in ("token", "place"):
        weights[name + ".bias"] = torch.randn(shape[0])
with open(scratch.path("tokens.ini"), "w") as file:
    file.write(NETWORK)
torch.save(weights, scratch.path("tokens.pth"))


def w(name):
    return weights[name + ".weight"], weights.get(name + ".bias")


def show(name, value):
    """As techniques see it"""
    if name == "v":
        value = value.permute(0, 1, 3, 2).flatten(1, 2)
    else:
        value = value.transpose(1, 2)
    return value[..., -ROWS * COLUMNS:].unflatten(2, (ROWS, COLUMNS))


def put_back(name, value, shown):
    """The value with other numbers at its positions"""
    flat = shown.flatten(2)
    if name == "v":
        flat = flat.unflatten(1, (HEADS, WIDTH // HEADS)).permute(0, 1, 3, 2)
        return torch.cat([value[:, :, :-ROWS * COLUMNS], flat], 2)
    flat = flat.transpose(1, 2)
    return torch.cat([value[:, :-ROWS * COLUMNS], flat], 1)


def through(x, patched=None, shown=None):
    """Layers by name; what is shown of one of them may be given."""
    found = {}

    def put(name, result):
        found[name] = put_back(name, result, shown) if name == patched else result
        return found[name]

    t = put("t", F.conv2d(x, *w("p"), stride=8).flatten(2).transpose(1, 2))
    a = torch.cat([w("token")[0].expand(len(x), -1, -1), t], 1) + w("place")[0]
    n = put("n", F.layer_norm(a, (WIDTH,), *w("n")))
    q, k, v = F.linear(n, *w("qkv")).reshape(-1, TOKENS, 3, HEADS, WIDTH // HEADS).permute(
        2, 0, 3, 1, 4)
    mixed = (q @ k.transpose(-1, -2)).softmax(-1) @ put("v", v)
    s = a + F.linear(mixed.transpose(1, 2).flatten(2), *w("proj"))
    last = put("last", F.layer_norm(s, (WIDTH,), *w("last")))
    found["logits"] = F.linear(last[:, 0], *w("classifier"))
    return found


def read_input():
    from PIL import Image
    pixels = np.asarray(Image.open(scratch.path("small.png")), dtype=np.float32)
    x = (torch.from_numpy(pixels.transpose(2, 0, 1)[None] / 255) - 0.5) / 0.25
    return torch.cat([x, -x])


def oracle(layer):
    """Logits of both items, those of the variants, and the gradient by what is shown"""
    x = read_input()
    whole = through(x)
    shown = show(layer, whole[layer])[ITEMS].detach().clone()
    shown[2, 0] = 0
    shown[3:] *= -1
    shown.requires_grad_()
    logits = through(x[ITEMS], layer, shown)["logits"]
    (logits.pow(2).sum() / 2).backward()
    return whole["logits"], logits.detach(), shown.grad


def grad_cam(layer):
    """Of class 2, before it is scaled"""
    x = read_input()[:1]
    shown = show(layer, through(x)[layer]).detach().requires_grad_()
    through(x, layer, shown)["logits"][0, 2].backward()
    weight = shown.grad.mean((2, 3), keepdim=True)
    return torch.relu((weight * shown).sum(1)).detach()[0]


write_png(scratch.path("small.png"), 16, 24,
          lambda x, y: (x * 37 % 256, y * 59 % 256, x * y * 7 % 256))
with open(scratch.path("run.ini"), "w") as file:
    file.write("[run]\noutput = out\n[model]\narchitecture = tokens.ini\nweights = "
               "tokens.pth\n[input]\nimages = small.png:2\n[grad_cam]\n"
               "[old]\ntechnique = grad_cam\nlayer = last_conv\n"
               "[past]\ntechnique = grad_cam\nlayer = last\n"
               + "".join("[%s]\ntechnique = patching\nlayer = %s\n" % (layer, layer)
                         for layer in LAYERS))
found = json.loads(subprocess.run([program, "layers", scratch.path("tokens.ini"), "--json"],
                                  check=True, capture_output=True).stdout)
shapes = {layer["name"]: (layer["shape"], layer.get("array")) for layer in found["layers"]}
scratch.check("layers are listed as they are shown",
              shapes["n"] == ([6, 3, 2], [7, 6]) and shapes["p"] == ([6, 3, 2], None)
              and shapes["scores"] == ([1, 2, 7, 7], None), shapes)
for engine in engine_tool.engines():
    scratch.environment["CNNVIZ_ENGINE"] = engine_tool.build_path("core", "engine",
                                                                  engine + ".la")
    code, said = scratch.run()
    scratch.check(engine + ": all jobs succeed", code == 0, said)
    scratch.check(engine + ": a layer behind the last attention is told",
                  "[past] the gradient at layer last is zero at all positions" in said
                  and "take the layer n or one before it" in said
                  and said.count("zero at all positions") == 1
                  and "no positive activation" not in said, said)
    for job in ("grad_cam", "old"):
        made = np.load(scratch.path("out", job, "small", "attribution.npy")).squeeze()
        error = engine_tool.relative_error(made, grad_cam("n").numpy())
        scratch.check("%s: %s is PyTorch's at n" % (engine, job), error < 1e-5, error)
    for layer in LAYERS:
        changed.compare(scratch, engine, layer, oracle)
scratch.finish()

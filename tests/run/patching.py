"""The rest of a network from a changed activation, on every engine and against PyTorch: behind
a layer, within a residual block and beside a branch; what layers are made of; and what is
refused."""
import os
import sys

sys.path.insert(0, os.path.join(os.environ.get("top_srcdir", "."), "tests", "oracle"))
import engine_tool  # noqa: E402

engine_tool.use_oracle("numpy", "torch")
import changed  # noqa: E402
import numpy as np  # noqa: E402
import torch  # noqa: E402
from scratch import Scratch, write_png  # noqa: E402
from torch import nn  # noqa: E402

scratch = Scratch()
torch.manual_seed(6)
NETWORK = """[network]
name = branched
input_size = 24 16
mean = 0.5 0.5 0.5
std = 0.25 0.25 0.25
[layers]
stem = conv2d out=6 kernel=3 padding=1
norm = batch_norm2d
relu = relu
conv1 = conv2d out=6 kernel=3 padding=1
relu1 = relu
conv2 = conv2d out=6 kernel=3 padding=1
sum = add from=conv2,relu
branch = conv2d out=4 kernel=3 padding=1 from=relu
both = concat from=sum,branch
last = relu
pool = adaptive_avg_pool2d output=1
flatten = flatten
classifier = linear out=7
"""
MODULES = nn.ModuleDict({
    "stem": nn.Conv2d(3, 6, 3, padding=1), "norm": nn.BatchNorm2d(6),
    "conv1": nn.Conv2d(6, 6, 3, padding=1), "conv2": nn.Conv2d(6, 6, 3, padding=1),
    "branch": nn.Conv2d(6, 4, 3, padding=1), "classifier": nn.Linear(10, 7)}).eval()
nn.init.normal_(MODULES["norm"].running_mean)
nn.init.uniform_(MODULES["norm"].running_var, 0.5, 2)
with open(scratch.path("branched.ini"), "w") as file:
    file.write(NETWORK)
torch.save(MODULES.state_dict(), scratch.path("branched.pth"))
LAYERS = {"stem": 0, "relu": 0, "relu1": 2, "conv2": 2, "last": 0, "branch": 1}
ITEMS = [0, 1, 1, 0, 1]


def through(x, patched=None, value=None):
    """All activations; those of one layer may be given."""
    found = {}

    def put(name, result):
        found[name] = value if name == patched else result
        return found[name]

    put("stem", MODULES["stem"](x))
    put("relu", torch.relu(MODULES["norm"](found["stem"])))
    put("relu1", torch.relu(MODULES["conv1"](found["relu"])))
    put("conv2", MODULES["conv2"](found["relu1"]))
    put("branch", MODULES["branch"](found["relu"]))
    both = torch.cat([found["conv2"] + found["relu"], found["branch"]], 1)
    put("last", torch.relu(both))
    found["logits"] = MODULES["classifier"](found["last"].mean((2, 3)))
    return found


def oracle(layer):
    """Logits of both items, those of the variants, and the gradient by the activation"""
    from PIL import Image
    pixels = np.asarray(Image.open(scratch.path("small.png")), dtype=np.float32)
    x = (torch.from_numpy(pixels.transpose(2, 0, 1)[None] / 255) - 0.5) / 0.25
    x = torch.cat([x, -x])
    whole = through(x)
    value = whole[layer].detach()[ITEMS].clone()
    value[2, 0] = 0
    value[3:] *= -1
    value.requires_grad_()
    logits = through(x[ITEMS], layer, value)["logits"]
    (logits.pow(2).sum() / 2).backward()
    return whole["logits"].detach(), logits.detach(), value.grad


MISTAKES = {
    "sides": "a pass from layer relu1 also takes the value of layer relu, which the earlier "
             "pass did not capture; capture it too (model->side_layers() lists such layers)",
    "backward": "made with CNNVIZ_PASS_FORWARD_ONLY, which keeps nothing for it",
    "item": "was given a variant of item 2 of 2",
    "shape": "was given an activation of shape (5,7,24,16), which is not that of layer relu1",
    "layer": "which the pass did not run",
    "multiple": "was given 5 variants of 2 items, but not which are of which",
}
JOBS = "".join("[%s]\ntechnique = patching\nlayer = %s\n" % (layer, layer)
               for layer in LAYERS)
JOBS += "[biases]\nlayer = branch\n"
JOBS += "".join("[wrong_%s]\ntechnique = patching\nlayer = relu1\nmistake = %s\n" % (m, m)
                for m in MISTAKES)
write_png(scratch.path("small.png"), 16, 24,
          lambda x, y: (x * 37 % 256, y * 59 % 256, x * y * 7 % 256))
with open(scratch.path("run.ini"), "w") as file:
    file.write("[run]\noutput = out\n[model]\narchitecture = branched.ini\nweights = "
               "branched.pth\n[input]\nimages = small.png\n" + JOBS)
for engine in engine_tool.engines():
    scratch.environment["CNNVIZ_ENGINE"] = engine_tool.build_path("core", "engine",
                                                                  engine + ".la")
    code, said = scratch.run()
    scratch.check(engine + ": mistakes fail", code == 1, said)
    for mistake, text in MISTAKES.items():
        lines = [line for line in said.splitlines() if "[wrong_%s]" % mistake in line]
        scratch.check("%s: %s is refused" % (engine, mistake),
                      len(lines) == 1 and text in lines[0], said)
    sides = {found["job"]: found["value"] for found in scratch.manifest()["artifacts"]
             if found["name"] == "sides"}
    scratch.check(engine + ": the layers beside each are known",
                  {layer: sides.get(layer) for layer in LAYERS} == LAYERS, sides)
    parts = {found["name"]: found.get("value") for found in scratch.manifest()["artifacts"]
             if found["job"] == "biases"}
    scratch.check(engine + ": input and biases times their gradients add up to the logit",
                  abs(parts["logit"] - parts["parts"]) < 1e-5 * abs(parts["logit"]), parts)
    scratch.check(engine + ": a layer's input and padding are known",
                  (parts["input"], parts["padding"]) == (3, 1), parts)
    weight = np.load(scratch.path("out", "biases", "small", "weight.npy"))
    scratch.check(engine + ": a layer's weight is the file's",
                  np.array_equal(weight, MODULES["branch"].weight.detach().numpy()))
    for layer in LAYERS:
        changed.compare(scratch, engine, layer, oracle)
scratch.finish()

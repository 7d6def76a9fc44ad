"""Second derivatives behind a layer, on every engine and against PyTorch's, in a network with
gates, a skip connection and smooth activations; ShapleyCAM, which is made of them; passes that
keep nothing for gradients; and what is refused."""
import os
import sys

sys.path.insert(0, os.path.join(os.environ.get("top_srcdir", "."), "tests", "oracle"))
import engine_tool  # noqa: E402

engine_tool.use_oracle("numpy", "torch", "PIL")
import numpy as np  # noqa: E402
import torch  # noqa: E402
from PIL import Image  # noqa: E402
from scratch import Scratch, write_png  # noqa: E402
from torch import nn  # noqa: E402

scratch = Scratch()
torch.manual_seed(8)
NETWORK = """[network]
name = gated
input_size = 24 16
mean = 0.5 0.5 0.5
std = 0.25 0.25 0.25
[layers]
stem = conv2d out=6 kernel=3 padding=1
first = silu
inner = conv2d out=6 kernel=3 padding=1
relu = relu
sum = add from=relu,first
squeezed = adaptive_avg_pool2d output=1
gate = conv2d out=6 kernel=1
open = sigmoid
gated = mul from=sum,open
last = gelu
pool = adaptive_avg_pool2d output=1
flatten = flatten
classifier = linear out=7
"""
MODULES = nn.ModuleDict({
    "stem": nn.Conv2d(3, 6, 3, padding=1), "inner": nn.Conv2d(6, 6, 3, padding=1),
    "gate": nn.Conv2d(6, 6, 1), "classifier": nn.Linear(6, 7)})
with open(scratch.path("gated.ini"), "w") as file:
    file.write(NETWORK)
torch.save(MODULES.state_dict(), scratch.path("gated.pth"))
MODULES.double()


def behind_relu(first, relu):
    total = relu + first
    gated = total * torch.sigmoid(MODULES["gate"](total.mean((2, 3), keepdim=True)))
    return MODULES["classifier"](nn.functional.gelu(gated).mean((2, 3)))


def behind_first(first):
    return behind_relu(first, torch.relu(MODULES["inner"](first)))


write_png(scratch.path("small.png"), 16, 24,
          lambda x, y: (x * 37 % 256, y * 59 % 256, x * y * 7 % 256))
pixels = np.asarray(Image.open(scratch.path("small.png")), dtype=np.float64)
picture = (torch.from_numpy(pixels.transpose(2, 0, 1)[None].copy() / 255) - 0.5) / 0.25
FIRST = nn.functional.silu(MODULES["stem"](picture)).detach()
RELU = torch.relu(MODULES["inner"](FIRST)).detach()
BEHIND = {"first": (FIRST, behind_first),
          "relu": (RELU, lambda relu: behind_relu(FIRST, relu))}


def product(layer, seed):
    """The Hessian of <seed, logits> by a layer's activation, times that activation"""
    value, rest = BEHIND[layer]
    return torch.autograd.functional.hvp(lambda a: (seed * rest(a)).sum(), value, value)[1]


def shapley_cam(layer, target):
    value, rest = BEHIND[layer]
    seed = nn.functional.one_hot(torch.tensor([target]), 7).double()
    A = value.clone().requires_grad_()
    gradient, = torch.autograd.grad((seed * rest(A)).sum(), A)
    weights = (gradient - product(layer, seed) / 2).mean((2, 3), keepdim=True)
    return torch.relu((weights * value).sum(1))[0].numpy(), gradient


MISTAKES = {
    "backward": "made with CNNVIZ_PASS_FORWARD_ONLY, which keeps nothing for it",
    "shape": "a direction that has not the shape of its layer's activation",
    "layer": "was given a layer that the pass did not capture",
    "seed": "was given no pass or no seed",
}
JOBS = "".join("[%s]\ntechnique = curving\nlayer = %s\n[cam_%s]\ntechnique = shapley_cam\n"
               "layer = %s\n" % ((layer,) * 4) for layer in BEHIND)
JOBS += "".join("[wrong_%s]\ntechnique = curving\nlayer = first\nmistake = %s\n" % (m, m)
                for m in MISTAKES)
RUN = ("[run]\noutput = out\n[model]\narchitecture = gated.ini\nweights = gated.pth\n"
       "[input]\nimages = small.png:3\n")
with open(scratch.path("run.ini"), "w") as file:
    file.write(RUN + JOBS)
seed = behind_first(FIRST).detach()
for engine in engine_tool.engines():
    scratch.environment["CNNVIZ_ENGINE"] = engine_tool.build_path("core", "engine",
                                                                  engine + ".la")
    code, said = scratch.run()
    scratch.check(engine + ": mistakes fail", code == 1, said)
    for mistake, text in MISTAKES.items():
        lines = [line for line in said.splitlines() if "[wrong_%s]" % mistake in line]
        scratch.check("%s: %s is refused" % (engine, mistake),
                      len(lines) == 1 and text in lines[0], said)
    for layer in BEHIND:
        ours = np.load(scratch.path("out", layer, "small", "product.npy"))
        error = engine_tool.relative_error(ours, product(layer, seed).numpy())
        scratch.check("%s: the product at %s is PyTorch's" % (engine, layer), error < 1e-5,
                      error)
        ours = np.load(scratch.path("out", "cam_" + layer, "small", "attribution.npy"))
        theirs, gradient = shapley_cam(layer, 3)
        error = np.linalg.norm(ours.squeeze() - theirs) / np.linalg.norm(theirs)
        scratch.check("%s: ShapleyCAM of %s is the formula's" % (engine, layer), error < 1e-5,
                      error)
        plain = torch.relu((gradient.mean((2, 3), keepdim=True) * BEHIND[layer][0]).sum(1))
        scratch.check("and not Grad-CAM", not np.allclose(plain[0].numpy(), theirs, rtol=0.01))
with open(scratch.path("run.ini"), "w") as file:
    file.write(RUN + "[early]\ntechnique = curving\nlayer = first\nmistake = early\n")
code, said = scratch.run()
scratch.check("nothing is differentiated before a run",
              code == 2 and "pass->hessian_product() is not available in check()" in said, said)
scratch.finish()

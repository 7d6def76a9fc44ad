"""Networks beside that of the run: with noisy weights, with layers drawn anew, and one that a
parameter names. What they compute with the weights that they have is PyTorch's; maps of other
jobs are theirs too; the run's network is as it was; and what is refused."""
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
torch.manual_seed(5)
HEAD = "[network]\nname = %s\ninput_size = 24 16\nmean = 0.5 0.5 0.5\nstd = 0.25 0.25 0.25\n"
NETWORK = HEAD % "normed" + """[layers]
first = conv2d out=12 kernel=3 padding=1
norm = batch_norm2d
relu = relu
second = conv2d out=8 kernel=3 padding=1
relu2 = relu
pool = adaptive_avg_pool2d output=1
flatten = flatten
classifier = linear out=7
"""
OTHER = HEAD % "other" + """weights = other.pth
[layers]
only = conv2d out=5 kernel=5
pool = adaptive_avg_pool2d output=1
flatten = flatten
"""
GRAY = "[network]\nname = gray\ninput_size = 24 16\nmean = 0.5\nstd = 0.25\nchannels = gray\n"


def network():
    return nn.ModuleDict({
        "first": nn.Conv2d(3, 12, 3, padding=1), "norm": nn.BatchNorm2d(12),
        "second": nn.Conv2d(12, 8, 3, padding=1), "classifier": nn.Linear(8, 7)}).eval()


def logits(modules, x):
    hidden = torch.relu(modules["norm"](modules["first"](x)))
    return modules["classifier"](torch.relu(modules["second"](hidden)).mean((2, 3)))


own = network()
nn.init.uniform_(own["norm"].running_var, 0.5, 2)
other = nn.Conv2d(3, 5, 5)
for name, text in (("normed", NETWORK), ("other", OTHER),
                   ("gray", GRAY + OTHER[OTHER.index("[layers]"):])):
    with open(scratch.path(name + ".ini"), "w") as file:
        file.write(text)
torch.save(own.state_dict(), scratch.path("normed.pth"))
torch.save({"only.weight": other.weight, "only.bias": other.bias}, scratch.path("other.pth"))
write_png(scratch.path("small.png"), 16, 24,
          lambda x, y: (x * 37 % 256, y * 59 % 256, x * y * 7 % 256))
pixels = np.asarray(Image.open(scratch.path("small.png")), dtype=np.float32)
x = (torch.from_numpy(pixels.transpose(2, 0, 1)[None].copy() / 255) - 0.5) / 0.25


def load(job, name):
    return np.load(scratch.path("out", job, "small", name + ".npy"))


def changed(job):
    """The network with the weights that a job has seen"""
    modules = network()
    state = own.state_dict()
    for name in list(state):
        layer, role = name.split(".")
        if role != "num_batches_tracked":
            state[name] = torch.from_numpy(load(job, "%s-%s" % (role, layer)))
    modules.load_state_dict(state)
    return modules


def is_changed(job):
    """Layers whose weights are not those of the run's network"""
    modules = changed(job)
    return {name for name in modules
            if not torch.equal(modules[name].weight, own[name].weight)}


MISTAKES = {
    "weights": ("change = layer", "was given layer number 0, which has no weights"),
    "amount": ("", "an unknown change or a negative amount"),
    "parameter": ("", "the network of \"layer\", which is not one of its parameters of type "
                      "network"),
}
RUN = ("[run]\noutput = out\nseed = 3\n[model]\narchitecture = normed.ini\nweights = normed.pth\n"
       "[input]\nimages = small.png:3\n")
JOBS = """[noise]
technique = perturbing
other = other.ini
base = vanilla_bp
[again]
technique = perturbing
other = normed, normed.pth
[one]
technique = perturbing
change = layer
layer = first
[behind]
technique = perturbing
change = cascade
layer = second
[left]
technique = perturbing
mistake = open
""".replace("normed, ", "normed.ini, ")
JOBS += "".join("[wrong_%s]\ntechnique = perturbing\nmistake = %s\n%s\n" % (m, m, lines)
                for m, (lines, _) in MISTAKES.items())
with open(scratch.path("run.ini"), "w") as file:
    file.write(RUN + JOBS)
for engine in engine_tool.engines():
    scratch.environment["CNNVIZ_ENGINE"] = engine_tool.build_path("core", "engine",
                                                                  engine + ".la")
    code, said = scratch.run("-v")
    scratch.check(engine + ": mistakes fail", code == 1, said)
    for mistake, (_, text) in MISTAKES.items():
        lines = [line for line in said.splitlines()
                 if "[wrong_%s]" % mistake in line and text in line]
        scratch.check("%s: %s is refused" % (engine, mistake), len(lines) == 1, said)
    scratch.check(engine + ": what is left open is told",
                  "[left] the plugin did not release 1 networks" in said, said)
    with torch.no_grad():
        plain = logits(own, x).numpy()
        for job in ("noise", "again", "one", "behind"):
            error = engine_tool.relative_error(load(job, "logits-own"), plain)
            scratch.check("%s: %s leaves the run's network alone" % (engine, job), error < 1e-5,
                          error)
            theirs = logits(changed(job), x).numpy()
            error = engine_tool.relative_error(load(job, "logits-changed"), theirs)
            scratch.check("%s: %s computes with its weights" % (engine, job), error < 1e-5, error)
            scratch.check("and they are others", not np.allclose(theirs, plain, rtol=1e-3))
        error = engine_tool.relative_error(load("noise", "logits-other"),
                                           other(x).mean((2, 3)).numpy())
        scratch.check(engine + ": another network is opened", error < 1e-5, error)
        error = engine_tool.relative_error(load("again", "logits-other"), plain)
        scratch.check(engine + ": weights may be given with it", error < 1e-5, error)
    scratch.check(engine + ": noise is everywhere", is_changed("noise") == set(own))
    ratio = np.concatenate([(load("noise", "weight-" + name) / own[name].weight.detach()).ravel()
                            for name in ("first", "second")])
    scratch.check(engine + ": its deviation is the amount",
                  abs(ratio.std() - 0.25) < 0.02 and abs(ratio.mean() - 1) < 0.02,
                  (ratio.mean(), ratio.std()))
    scratch.check(engine + ": jobs have noise of their own",
                  not np.array_equal(load("noise", "weight-first"), load("again", "weight-first")))
    scratch.check(engine + ": a layer is drawn anew with its normalization alone",
                  is_changed("one") == {"first", "norm"}, is_changed("one"))
    scratch.check(engine + ": a cascade goes to the logits",
                  is_changed("behind") == {"second", "classifier"}, is_changed("behind"))
    deviation = load("one", "weight-first").std()
    scratch.check(engine + ": as random weights are",
                  abs(deviation / np.sqrt(2 / 27) - 1) < 0.1, deviation)
    for which, modules in (("own", own), ("changed", changed("noise"))):
        moving = x.clone().requires_grad_()
        gradient, = torch.autograd.grad(logits(modules, moving)[0, 3], moving)
        error = engine_tool.relative_error(load("noise", "map-" + which), gradient.numpy())
        scratch.check("%s: a map of another job is of the network in use (%s)" % (engine, which),
                      error < 1e-5, error)
for lines, text in (
        ("other = nowhere", "[early] other: the network \"nowhere\": "),
        ("other = normed.ini, other.pth", "[early] other: the network \"normed.ini, other.pth\": "),
        ("other = gray.ini, random", "takes inputs of another number of channels"),
        ("mistake = early", "model->perturbed() is not available in check()")):
    with open(scratch.path("run.ini"), "w") as file:
        file.write(RUN + "[early]\ntechnique = perturbing\n" + lines + "\n")
    code, said = scratch.run()
    scratch.check("refused before a run: " + lines, code == 2 and text in said, said)
scratch.finish()

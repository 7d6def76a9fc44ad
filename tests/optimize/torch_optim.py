"""Whole optimizations against PyTorch's: the same network, objective and optimizer.

On the reference engine and, where it is built, on libtorch.
"""
import math
import os
import subprocess
import sys
import tempfile

oracle = os.environ.get("PYTHON_ORACLE", "")
if not oracle:
    print("skipped: no Python with PyTorch")
    sys.exit(77)
if os.path.realpath(sys.executable) != os.path.realpath(oracle):
    os.execv(oracle, [oracle] + sys.argv)

import numpy
import torch

build = os.path.abspath(os.environ["top_builddir"])
program = os.environ.get("CNNVIZ", os.path.join(build, "cnnviz"))
plugins = os.path.join(build, "tests", "optimize", ".libs")
engines = [path for path in (os.path.join(build, "core", "engine", name)
                             for name in ("reference.la", "torch.la"))
           if os.path.exists(path)]
if not os.path.exists(program) or not engines:
    print("cannot be set up: there is no program or no engine")
    sys.exit(99)
folder = tempfile.TemporaryDirectory(prefix="cnnviz-")
STEPS = 20
MEAN, STD = 0.5, 0.25
failures = 0
checks = 0

torch.manual_seed(5)
network = torch.nn.Sequential()
network.add_module("first", torch.nn.Conv2d(3, 6, 3, padding=1))
network.add_module("first_relu", torch.nn.ReLU())
network.add_module("pool", torch.nn.MaxPool2d(2))
network.add_module("second", torch.nn.Conv2d(6, 5, 3))
network.add_module("second_relu", torch.nn.ReLU())
network.add_module("flatten", torch.nn.Flatten())
network.add_module("classifier", torch.nn.Linear(5 * 5 * 4, 4))


def path(*parts):
    return os.path.join(folder.name, *parts)


def write(name, text):
    with open(path(name), "w") as file:
        file.write(text)


torch.save(network.state_dict(), path("small.pt"))
network.double()
write("small.labels", "ant\nbee\ncat\ndog\n")
write("small.ini", """
[network]
name = small
labels = small.labels
input_size = 14 12
mean = %g %g %g
std = %g %g %g
[layers]
first = conv2d out=6 kernel=3 padding=1
first_relu = relu
pool = max_pool2d kernel=2
second = conv2d out=5 kernel=3
second_relu = relu
flatten = flatten
classifier = linear out=4
""" % ((MEAN,) * 3 + (STD,) * 3))


def optimize(settings, engine):
    write("run.ini", """
[run]
output = out
seed = 3
[model]
architecture = small.ini
weights = small.pt
[ascent]
classes = 0, 2, 3
iterations = %d
%s
""" % (STEPS, settings))
    environment = dict(os.environ, CNNVIZ_ENGINE=engine, CNNVIZ_PLUGIN_PATH=plugins)
    done = subprocess.run([program, "run", "run.ini"], cwd=folder.name, env=environment,
                          capture_output=True, text=True)
    if done.returncode != 0:
        print("FAIL:", settings, done.stderr)
        return None
    draws = path("out", "ascent", "draws.npy")
    return (numpy.load(path("out", "ascent", "input.npy")),
            numpy.load(path("out", "ascent", "values.npy")),
            numpy.load(draws) if os.path.exists(draws) else None)


def penalties(x, weights):
    loss = weights.get("l1", 0) * x.abs().sum() + weights.get("l2", 0) * (x ** 2).sum()
    loss = loss + weights.get("norm", 0) * (x.abs() ** 6).sum()
    down = torch.nn.functional.pad(x[..., 1:, :] - x[..., :-1, :], (0, 0, 0, 1))
    right = torch.nn.functional.pad(x[..., 1:] - x[..., :-1], (0, 1))
    return loss + weights.get("variation", 0) * (down ** 2 + right ** 2).sum()


def blur_matrix(size, deviation):
    """A row of samples to the blurred row, continued by its mirror image"""
    reach = math.ceil(3 * deviation)
    kernel = numpy.exp(-0.5 * (numpy.arange(-reach, reach + 1) / deviation) ** 2)
    matrix = numpy.zeros((size, size))
    for row in range(size):
        for offset, weight in zip(range(-reach, reach + 1), kernel / kernel.sum()):
            place = (row + offset) % (2 * size)
            matrix[row, place if place < size else 2 * size - 1 - place] += weight
    return torch.tensor(matrix)


def transform(x, drawn):
    """What the technique does to its pictures with `turns`"""
    if drawn[0] < 0.5:
        x = x.flip(3)
    down, right = (blur_matrix(size, 0.4 + float(drawn[1])) for size in x.shape[2:])
    x = down @ x @ right.T
    return x + float(drawn[2]) * torch.sin(x) / 2


def torch_run(start, make, space, weights, draws):
    """One item at a time, in double precision"""
    results = []
    for item, target in enumerate((0, 2, 3)):
        image = torch.tensor(start[item:item + 1].astype("float64"))
        if space == "pixel":
            image = image * STD + MEAN
        variable = image.clone().requires_grad_()
        optimizer = make([variable])
        values = []
        for step in range(STEPS):
            optimizer.zero_grad()
            x = (variable - MEAN) / STD if space == "pixel" else variable
            seen = x if draws is None else transform(x, draws[step, item])
            value = network(seen)[0, target]
            values.append(value.item())
            (penalties(x, weights) - value).backward()
            optimizer.step()
            if space == "pixel":
                with torch.no_grad():
                    variable.clamp_(0, 1)
        x = (variable - MEAN) / STD if space == "pixel" else variable
        results.append((x.detach().numpy()[0], values))
    return (numpy.stack([result[0] for result in results]),
            numpy.array([result[1] for result in results]).T)


def check(fact, found, wanted):
    global failures, checks
    checks += 1
    error = numpy.abs(found - wanted).max() / numpy.abs(wanted).max()
    if not error <= 1e-5:
        failures += 1
        print("FAIL: %s: off by %g" % (fact, error))


CASES = [
    ("learning_rate = 0.5", lambda group: torch.optim.SGD(group, 0.5), "input", {}),
    ("learning_rate = 0.2\nmomentum = 0.9\nweight_decay = 0.01",
     lambda group: torch.optim.SGD(group, 0.2, 0.9, weight_decay=0.01), "input", {}),
    ("optimizer = adam\nlearning_rate = 0.05",
     lambda group: torch.optim.Adam(group, 0.05), "input", {}),
    ("optimizer = adam\nlearning_rate = 0.05\nweight_decay = 0.001\nspace = pixel",
     lambda group: torch.optim.Adam(group, 0.05, weight_decay=0.001), "pixel", {}),
    ("learning_rate = 0.1\nl1 = 0.001\nl2 = 0.002\nnorm = 0.0001\nvariation = 0.003",
     lambda group: torch.optim.SGD(group, 0.1), "input",
     {"l1": 0.001, "l2": 0.002, "norm": 0.0001, "variation": 0.003}),
    ("turns = yes\nlearning_rate = 0.5", lambda group: torch.optim.SGD(group, 0.5), "input",
     {}),
    ("turns = yes\noptimizer = adam\nlearning_rate = 0.05\nspace = pixel\nl2 = 0.002",
     lambda group: torch.optim.Adam(group, 0.05), "pixel", {"l2": 0.002}),
]
for engine in engines:
    name = os.path.basename(engine)
    first = optimize("learning_rate = 1e-30", engine)
    if first is None:
        failures += 1
        continue
    for settings, make, space, weights in CASES:
        made = optimize(settings, engine)
        if made is None:
            failures += 1
            continue
        inputs, values = torch_run(first[0], make, space, weights, made[2])
        fact = "%s: %s" % (name, settings.replace("\n", ", "))
        check(fact, made[0], inputs)
        check("values, " + fact, made[1], values)
        if made[2] is not None:
            checks += 1
            if len(numpy.unique(made[2])) < made[2].size or not 0 < numpy.mean(
                    made[2][:, :, 0] < 0.5) < 1:
                failures += 1
                print("FAIL: %s: numbers are not drawn anew" % fact)

print("%d checks, %d failures" % (checks, failures))
sys.exit(1 if failures or not checks else 0)

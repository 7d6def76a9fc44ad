"""filter_vis and class_image on a small network: the files that lists give, pictures that
PyTorch's optimizers make too, figures that PyTorch measures on the saved files, and the
same bytes for the same seed in whatever company."""
import math
import os
import sys

if "--oracle" not in sys.argv:
    oracle = os.environ.get("PYTHON_ORACLE", "")
    if not oracle:
        print("SKIP: no Python with torch (set PYTHON_ORACLE)")
        sys.exit(77)
    os.execvp(oracle, [oracle, __file__, "--oracle"])

import numpy as np
import torch
from PIL import Image

sys.path.insert(0, os.path.join(os.environ.get("top_srcdir", "."), "tests", "run"))
from scratch import Scratch

HEIGHT, WIDTH = 24, 16
CLASSES = {"snake": "0-snake", "eel": "3-eel", "rocket": "6-rocket"}

torch.manual_seed(11)
torch.set_num_threads(1)
network = torch.nn.Sequential()
features = torch.nn.Sequential(
    torch.nn.Conv2d(3, 6, 3, padding=1), torch.nn.ReLU(),
    torch.nn.Conv2d(6, 4, 3, padding=1, stride=2), torch.nn.ReLU())
network.add_module("features", features)
network.add_module("flatten", torch.nn.Flatten())
network.add_module("classifier", torch.nn.Linear(4 * 12 * 8, 7))
for parameter in network.parameters():
    parameter.requires_grad_(False)

scratch = Scratch()
torch.save(network.state_dict(), scratch.path("small.pth"))
grain = np.random.RandomState(3).randint(60, 200, (HEIGHT, WIDTH, 3)).astype(np.uint8)
Image.fromarray(grain).save(scratch.path("grain.png"))

JOBS = """
[filters]
technique = filter_vis
layer = features.2, features.0
filter = 0, 2-3
snapshots = 15
animation = yes
keep_array = yes
[classes]
technique = class_image
target = snake, eel, rocket
iterations = 40
[modern]
technique = filter_vis
layer = features.2
filter = all
preset = modern
iterations = 30
pad = 2
jitter = 2
jitter_last = 1
[modern_class]
technique = class_image
target = eel
preset = modern
iterations = 30
[neuron]
technique = filter_vis
width = 20
height = 30
layer = features.2
filter = 1
objective = neuron
row = 3
column = 5
[direction]
technique = filter_vis
layer = features.2
filter = 0, 3
weights = 3, -4
objective = direction
[layer]
technique = filter_vis
layer = features.2
objective = layer
"""
ADAM = """
[adam]
technique = filter_vis
layer = features.2
filter = 2
start = picture
start_picture = grain.png
keep_array = yes
"""
SGD = """
[sgd]
technique = class_image
target = eel
iterations = 20
start = picture
start_picture = grain.png
l2 = %g
"""


def write_ini(jobs, more=""):
    with open(scratch.path("run.ini"), "w") as file:
        file.write("[run]\noutput = out\nseed = 5\n%s\n[model]\narchitecture = small.ini\n"
                   "weights = small.pth\n%s\n" % (more, jobs))


def normalized(levels):
    """What the network takes: mean and deviation as in small.ini."""
    return torch.from_numpy((levels.transpose(2, 0, 1)[None] / 255.0 - 0.5) / 0.25).float()


def picture(*parts):
    return np.asarray(Image.open(scratch.path(*parts)))


def near(ours, theirs, part=1e-4):
    return ours is not None and abs(ours - theirs) <= part * (1 + abs(theirs))


def figures(manifest, job):
    return {artifact["name"]: artifact["value"] for artifact in manifest["artifacts"]
            if artifact["job"] == job and artifact["kind"] == "figure"}


def check_filters(manifest, job, objective, names):
    """Figures of a job's pictures: risen, and as PyTorch measures them on the files."""
    found = figures(manifest, job)
    for name in names:
        start = found.get("activation_start-" + name)
        end = found.get("activation_end-" + name)
        depth = int(name.split("-")[0].split(".")[1])
        activation = features[:depth + 1](
            normalized(picture("out", job, "filter-%s.png" % name)))[0]
        theirs = objective(activation, name).item()
        scratch.check("%s %s is measured on the file" % (job, name), near(end, theirs),
                      end, theirs)
        scratch.check("%s %s rises" % (job, name),
                      start is not None and end is not None and end > start, start, end)


def check_classes(manifest, job, names):
    found = figures(manifest, job)
    for name in names:
        logits = network(normalized(picture("out", job, "class-%s.png" % name)))[0]
        index = int(name.split("-")[0])
        for figure, theirs in (("logit", logits[index]),
                               ("probability", logits.softmax(0)[index])):
            ours = found.get("%s-%s" % (figure, name))
            scratch.check("%s %s: %s" % (job, name, figure), near(ours, theirs.item()),
                          ours, theirs.item())
        first = -np.load(scratch.path("out", job, "curve-%s.npy" % name)).flat[0]
        scratch.check("%s %s: the logit rises" % (job, name),
                      found["logit-" + name] > first, found["logit-" + name], first)


def check_sheet(folder, sheet, names):
    """Two a row, 4 pixels between, nothing made smaller"""
    whole = picture("out", folder, sheet)
    rows = math.ceil(len(names) / 2)
    scratch.check("size of " + sheet,
                  whole.shape == (rows * (HEIGHT + 4) + 4, 2 * (WIDTH + 4) + 4, 3),
                  whole.shape)
    for i, name in enumerate(names):
        top, left = 4 + i // 2 * (HEIGHT + 4), 4 + i % 2 * (WIDTH + 4)
        part = whole[top:top + HEIGHT, left:left + WIDTH]
        scratch.check("%s has %s in its place" % (sheet, name),
                      np.array_equal(part, picture("out", folder, name)))


def pictures(files):
    """Everything but the two files that tell times and commands"""
    return {path: data for path, data in files.items()
            if path not in ("manifest.json", "index.html")}


def whole_run():
    write_ini(JOBS)
    code, said = scratch.run()
    scratch.check("a run succeeds", code == 0, said)
    if code != 0:
        scratch.finish()
    manifest = scratch.manifest()
    made = scratch.files()
    names = ["features.%d-%d" % (layer, filter) for layer in (2, 0) for filter in (0, 2, 3)]
    expected = {"sheet-features.2.png", "sheet-features.0.png"}
    for name in names:
        expected |= {"filter-%s.png" % name, "animation-%s.gif" % name,
                     "snapshot-%s-step-0015.png" % name,
                     "snapshot-%s-step-0030.png" % name, "curve-%s.npy" % name,
                     "curve-%s.svg" % name, "array-%s.npy" % name}
    found = {os.path.basename(path) for path in made if path.startswith("filters/")}
    scratch.check("lists of layers and filters give these files", found == expected,
                  sorted(found ^ expected))

    check_filters(manifest, "filters", lambda a, name: a[int(name[-1])].mean(), names)
    check_filters(manifest, "modern", lambda a, name: a[int(name[-1])].mean(),
                  ["features.2-%d" % i for i in range(4)])
    # Row 3 of 12 and column 5 of 8, as far from the middle of 15 and 10
    check_filters(manifest, "neuron", lambda a, name: a[1, 4, 6], ["features.2-1"])
    check_filters(manifest, "direction",
                  lambda a, name: 0.6 * a[0].mean() - 0.8 * a[3].mean(), ["features.2"])
    check_filters(manifest, "layer", lambda a, name: 0.5 * (a * a).sum(), ["features.2"])
    check_classes(manifest, "classes", CLASSES.values())
    check_classes(manifest, "modern_class", ["3-eel"])
    check_sheet("filters", "sheet-features.2.png", ["filter-%s.png" % n for n in names[:3]])
    check_sheet("classes", "sheet.png", ["class-%s.png" % n for n in CLASSES.values()])
    scratch.check("one picture has no sheet", not os.path.exists(
        scratch.path("out", "modern_class", "sheet.png")))
    return made


def same_bytes(made):
    code, said = scratch.run("-o", "repeated")
    made, again = pictures(made), pictures(scratch.files("repeated"))
    scratch.check("the same seed gives the same bytes", code == 0 and again == made,
                  sorted(path for path in made if made[path] != again.get(path)), said)
    code, said = scratch.run("-o", "other", "-s", "run.seed=6", "--only", "filters")
    scratch.check("another seed gives another picture", code == 0
                  and scratch.files("other")["filters/filter-features.2-3.png"]
                  != made["filters/filter-features.2-3.png"], said)
    code, said = scratch.run("-o", "alone", "-s", "filters.filter=3", "-s",
                             "classes.target=eel", "--only", "filters,classes")
    alone = scratch.files("alone")
    for path in ("filters/filter-features.2-3.png", "classes/class-3-eel.png"):
        scratch.check(path + " gives the same result alone", code == 0
                      and alone.get(path) == made[path], said)


def refusals():
    code, said = scratch.run("-o", "no", "-s", "filters.filter=1,4", "--only", "filters")
    scratch.check("a filter that does not exist is refused", code == 2, code)
    scratch.check("the layer's channels are reported",
                  "no channel 4 in the layer \"features.2\", which has 4" in said, said)
    scratch.check("before anything is computed", not os.path.exists(scratch.path("no")))


def optimize(step, value, iterations, requantize):
    """The traditional procedure: torch's optimizer on the input, from grain.png"""
    x = normalized(grain).requires_grad_(True)
    optimizer = step([x])
    for _ in range(iterations):
        optimizer.zero_grad()
        (-value(x)).backward()
        optimizer.step()
        if requantize:
            levels = ((x.detach() * 0.25 + 0.5).clamp(0, 1) * 255).round()
            x = ((levels / 255 - 0.5) / 0.25).requires_grad_(True)
            optimizer = step([x])
    return x.detach()[0]


def traditional_procedures():
    write_ini(ADAM + SGD % 0.01)
    code, said = scratch.run()
    scratch.check("a start from a picture succeeds", code == 0, said)
    if code != 0:
        return
    theirs = optimize(lambda x: torch.optim.Adam(x, lr=0.1, weight_decay=1e-6),
                      lambda x: features[:3](x)[0, 2].mean(), 30, False).numpy()
    ours = np.load(scratch.path("out", "adam", "array-features.2-2.npy"))
    # Adam divides by the gradient's size: where that is nearly zero, rounding decides.
    apart = np.abs(ours - theirs)
    scratch.check("30 steps of Adam are torch.optim's", ours.shape == theirs.shape
                  and np.quantile(apart, 0.99) < 1e-4, apart.max())

    # Weight decay d in torch is an L2 weight of d / 2.
    theirs = optimize(lambda x: torch.optim.SGD(x, lr=6, weight_decay=0.02),
                      lambda x: network(x)[0, 3], 20, True).numpy()
    levels = np.rint((theirs * 0.25 + 0.5) * 255).transpose(1, 2, 0)
    ours = picture("out", "sgd", "class-3-eel.png").astype(float)
    scratch.check("20 steps of SGD, rounded to 8 bits each, are torch.optim's",
                  np.mean(np.abs(ours - levels) > 0) < 0.01, np.abs(ours - levels).max())


made = whole_run()
same_bytes(made)
refusals()
traditional_procedures()
scratch.finish()

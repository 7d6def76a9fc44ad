#!/usr/bin/env python3
"""Maps explain a class of a segmentation network within a region: they are the gradients
that PyTorch gives of the sum of its logits there, and its probability is the mean softmax
there."""
import json
import os
import subprocess
import sys

sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))
from small import F, HEIGHT, LABELS, WIDTH, World, np, torch

PICTURES = {"wide": None, "high": 2}


def whole(world, name, target):
    return torch.ones(HEIGHT // 2, WIDTH // 2, dtype=torch.bool)


def predicted(world, name, target):
    own = world.labels(name + ".png") == target
    return own if own.any() else whole(world, name, target)


def masked(world, name, target):
    """The mask as it is in the file, brought to 24 x 32 and then to 12 x 16"""
    mask = np.zeros((48, 64), bool)
    mask[20:36, 10:40] = True
    return torch.from_numpy(mask[1::2, 1::2][1::2, 1::2].copy())


def target_of(world, name):
    """The class given, or that of the largest area but for the background"""
    if PICTURES[name] is not None:
        return PICTURES[name]
    counts = world.labels(name + ".png").flatten().bincount(minlength=len(LABELS))
    return int(counts[1:].argmax()) + 1 if counts[1:].any() else 0


def score(world, x, inside, target):
    return world.logits(x)[:, target][:, inside].sum()


def gradient(world, x, inside, target):
    x = x.clone().requires_grad_(True)
    score(world, x, inside, target).backward()
    return x.grad[0].numpy()


def grad_cam(world, x, inside, target):
    x = x.clone().requires_grad_(True)
    total = score(world, x, inside, target)
    slope, = torch.autograd.grad(total, world.network.middle_value)
    weights = slope.mean((2, 3), keepdim=True)
    return F.relu((weights * world.network.middle_value).sum(1)).detach().numpy()


def integrated(world, x, inside, target, steps=5):
    """Midpoint rule from black, the region that of the picture itself"""
    baseline = world.view("black.png")
    total = sum(gradient(world, baseline + (k + 0.5) / steps * (x - baseline), inside, target)
                for k in range(steps))
    return total / steps * (x - baseline)[0].numpy()


JOBS = """
[plain]
technique = vanilla_bp
[everywhere]
technique = vanilla_bp
region = all
[within]
technique = vanilla_bp
region = mask.png
[cam]
technique = grad_cam
layer = relu2
[path]
technique = integrated_gradients
base = plain
steps = 5
baseline = black
[absent]
technique = vanilla_bp
target = tiger-cat
"""
EXPECTED = {
    "plain": (predicted, gradient), "everywhere": (whole, gradient),
    "within": (masked, gradient), "cam": (predicted, grad_cam),
    "path": (predicted, integrated),
}


def check_maps(world):
    world.write(JOBS)
    code, said = world.run()
    world.check("the run succeeds", code == 0, said)
    for job, (region, explain) in EXPECTED.items():
        for name in PICTURES:
            target = target_of(world, name)
            inside = region(world, name, target)
            world.near("%s of %s" % (job, name), world.array(job, name, "attribution.npy"),
                       explain(world, world.view(name + ".png"), inside, target))
    for name in PICTURES:
        world.near("a class without a region is explained everywhere: %s" % name,
                   world.array("absent", name, "attribution.npy"),
                   gradient(world, world.view(name + ".png"), whole(world, name, 3), 3))
    world.check("that is the only warning",
                said.count("no position of the picture has this class") == 2, said)


def check_manifest(world):
    for picture in world.manifest()["pictures"]:
        name = picture["name"]
        target = target_of(world, name)
        inside = predicted(world, name, target)
        logits = world.logits(world.view(name + ".png"))[0]
        told = picture["target"]
        areas = world.labels(name + ".png").flatten().bincount(minlength=len(LABELS))
        world.check("%s: the target" % name, told["index"] == target, told, target)
        world.check("%s: predicted is the largest class except the background" % name,
                    picture["predicted"]["index"] == int(areas[1:].argmax()) + 1,
                    picture["predicted"], areas)
        world.near("%s: its logit is the sum" % name, np.float64(told["logit"]),
                   logits[target][inside].sum().numpy())
        world.near("%s: its probability is the mean" % name,
                   np.float64(told["probability"]),
                   logits.softmax(0)[target][inside].mean().numpy())


def check_batches(world):
    """Alone or together, a picture's maps are the same."""
    together = world.files()
    world.write(JOBS, run="batch = 1")
    world.run()
    alone = world.files()
    arrays = [path for path in together if path.endswith(".npy")]
    world.check("there are maps", len(arrays) == 12, arrays)
    for path in arrays:
        world.check("%s is the same in a batch of one" % path, together[path] == alone[path])


def check_input_region(world):
    """[input] region holds for the jobs that have none of their own."""
    world.write("[plain]\ntechnique = vanilla_bp\n[own]\ntechnique = vanilla_bp\n"
                "region = predicted\n", more="region = mask.png")
    world.run()
    x, target = world.view("high.png"), 2
    world.near("the input's region", world.array("plain", "high", "attribution.npy"),
               gradient(world, x, masked(world, "high", target), target))
    world.near("a region of its own", world.array("own", "high", "attribution.npy"),
               gradient(world, x, predicted(world, "high", target), target))


def check_curves(world):
    """They begin and end at the mean probability in the picture's own region, whatever
    the map is: that of the picture, and that of nothing."""
    note = {"pictures": [{"path": "high.png", "width": 26, "height": 44, "objects": [
        {"class": "dog", "box": [0, 0, 20, 20], "main": True}]}]}
    with open(world.path("notes.json"), "w") as file:
        json.dump(note, file)
    world.write("[vanilla_bp]\n[evaluation]\nannotations = notes.json\ncurve_steps = 1\n"
                "measures = all\nfidelity_samples = 8\nsensitivity_samples = 2\n")
    done = subprocess.run([world.command()[0], "evaluate", "run.ini", "-o", "ev"],
                          cwd=world.folder,
                          env=world.environment, capture_output=True, timeout=300)
    said = done.stderr.decode()
    world.check("an evaluation succeeds", done.returncode == 0, said)
    if done.returncode != 0:
        return
    with open(world.path("ev", "evaluation.json")) as file:
        found = json.load(file)
    x = world.view("high.png")
    inside = predicted(world, "high", 2)
    ends = [world.logits(v)[0].softmax(0)[2][inside].mean().item()
            for v in (x, torch.zeros_like(x))]
    job = next(job for job in found["jobs"] if job["name"] == "vanilla_bp")
    curve = job["main"]["curves"]["deletion"]
    world.near("deletion begins with the picture", np.float64(curve[0]), ends[0])
    world.near("deletion ends with nothing", np.float64(curve[-1]), ends[1])
    measures = job["main"]["measures"]
    given = np.abs(gradient(world, x, inside, 2)).sum(0)
    scaled = (given - given.min()) / (given.max() - given.min())
    after = world.logits(x * torch.tensor(scaled))[0].softmax(0)[2][inside].mean().item()
    drop = measures["average_drop"]["mean"]
    world.check("the average drop is of the mean in the region",
                abs(drop - max(0, 1 - after / ends[0])) < 1e-5, drop, after, ends)
    world.check("a region has every measure", all(measures.values()), measures)


REFUSED = [
    ("region = nowhere.png", "nowhere.png"),
    ("region = black.png", "black everywhere"),
    ("region = run.ini", "neither a PNG nor a JPEG"),
]


def check_refusals(world):
    for line, message in REFUSED:
        for jobs, more in (("[vanilla_bp]\n", line), ("[vanilla_bp]\n" + line + "\n", "")):
            world.write(jobs, more=more)
            code, said = world.run()
            world.check("%s is refused" % line, code == 2 and message in said, code, said)
    world.write_ini("[vanilla_bp]\nregion = all\n")
    code, said = world.run()
    world.check("a classifier has no regions",
                code == 2 and "so regions do not apply" in said, code, said)


def check_classify(world):
    done = subprocess.run([world.command()[0], "classify", "--json", "-m",
                           world.path("small_segmenter.ini"), "-w",
                           world.path("small_segmenter.pth"), "wide.png"],
                          cwd=world.folder, env=world.environment, capture_output=True)
    world.check("classify succeeds", done.returncode == 0, done.stderr.decode())
    found = json.loads(done.stdout)["pictures"][0]["classes"]
    labels = world.labels("wide.png").flatten()
    counts = labels.bincount(minlength=len(LABELS)).tolist()
    seen = sorted((c for c in range(1, 5) if counts[c]), key=lambda c: -counts[c])
    order = seen + [0] * bool(counts[0])
    world.check("classify lists classes by area, the background behind",
                [c["index"] for c in found][:len(order)] == order, found, counts)
    for told in found:
        world.near("its area", np.float64(told["area"] + 1),
                   np.float64(counts[told["index"]] / len(labels) + 1))


world = World()
check_maps(world)
check_manifest(world)
check_batches(world)
check_input_region(world)
check_curves(world)
check_refusals(world)
check_classify(world)
world.finish()

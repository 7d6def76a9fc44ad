"""The ImageNet SqueezeNet beside the checkout is fooled: from noise, in at least 9 of 10
random classes, and by photographs that change by at most 8 gray levels on average, in at
least 5 of 6. SKIP where network or photographs are absent.

A few of each, in a minute; all of them with CNNVIZ_TEST_LONG=yes. The representations of
ever deeper layers are inverted with ever larger errors."""
import json
import os
import random
import subprocess
import sys
import tempfile

source = os.path.abspath(os.environ.get("top_srcdir", "."))
build = os.path.abspath(os.environ.get("top_builddir", "."))
shared = os.path.join(source, "..", "shared")
weights = os.path.join(shared, "models", "squeezenet1_0-imagenet.pth")
photographs = os.path.join(shared, "images")
long_run = os.environ.get("CNNVIZ_TEST_LONG", "") == "yes"

for needed in (weights, photographs, os.path.join(build, "core", "engine", "torch.la")):
    if not os.path.exists(needed):
        print("SKIP: there is no", needed)
        sys.exit(77)

TARGETS = random.Random(2014).sample(range(1000), 10)
PAIRS = [("eel.JPEG", "banjo"), ("apple.JPEG", "abacus"), ("bird.JPEG", "dumbbell"),
         ("snake.png", "castle"), ("spider.png", "zebra"), ("cat_dog.png", "bow tie")]
LAYERS = ["features.0", "features.3", "features.6", "features.9"]
failures = 0


def check(fact, holds, *shown):
    global failures
    failures += not holds
    print("ok" if holds else "FAIL", fact, *shown)


def run(folder, name, jobs, images=""):
    """Exit code, and figures by job and name"""
    output = os.path.join(folder, name)
    path = output + ".ini"
    with open(path, "w") as file:
        file.write("[run]\noutput = %s\nseed = 3\n[model]\narchitecture = squeezenet1_0\n"
                   "weights = %s\n" % (output, weights))
        if images:
            file.write("[input]\nimages = %s\n" % os.path.join(photographs, images))
        file.write(jobs)
    done = subprocess.run([os.path.join(build, "cnnviz"), "run", path, "-q"],
                          stdout=subprocess.DEVNULL)
    with open(os.path.join(output, "manifest.json"), encoding="utf-8") as file:
        artifacts = json.load(file)["artifacts"]
    return done.returncode, {item["name"].split("-")[0]: item["value"]
                             for item in artifacts if item["kind"] == "figure"}, artifacts


def from_noise(folder, targets, wanted):
    _, _, artifacts = run(folder, "noise", "[fooling]\ntarget = %s\n"
                          % ", ".join(map(str, targets)))
    reached = [item["value"] for item in artifacts if item["kind"] == "figure"]
    check("noise fools the network in at least %d of %d random classes"
          % (wanted, len(targets)), len(reached) == len(targets)
          and sum(value >= 0.99 for value in reached) >= wanted, reached)


def from_photographs(folder, pairs, wanted):
    held = 0
    for photograph, target in pairs:
        code, figures, _ = run(folder, photograph.split(".")[0],
                               "[disguised_fooling]\ntarget = %s\n" % target, photograph)
        good = (code == 0 and figures["confidence"] >= 0.99
                and figures["mean_change"] <= 8)
        print("  ", photograph, target, figures)
        held += good
    check("photographs, hardly changed, fool it in at least %d of %d pairs"
          % (wanted, len(pairs)), held >= wanted, held)


def inverted(folder):
    _, _, artifacts = run(folder, "inverted", "[inversion]\nlayer = %s\niterations = %d\n"
                          % (", ".join(LAYERS), 400 if long_run else 60), "snake.png")
    errors = [item["value"] for item in artifacts if item["kind"] == "figure"]
    check("the error of an inversion rises with depth", len(errors) == len(LAYERS)
          and errors == sorted(errors) and errors[-1] < 1, errors)


with tempfile.TemporaryDirectory(prefix="fooling-", dir=os.path.join(build, "tests")) as top:
    if long_run:
        from_noise(top, TARGETS, 9)
        from_photographs(top, PAIRS, 5)
    else:
        from_noise(top, TARGETS[:2], 2)
        from_photographs(top, PAIRS[:1], 1)
    inverted(top)
sys.exit(1 if failures else 0)

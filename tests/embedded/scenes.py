#!/usr/bin/env python3
"""The classifier that ships knows the scenes that ship, points at their objects, and is
taken in, dreamed with and looked into as the ready INI files say."""
import json
import os
import subprocess
import sys
import tempfile

top, build = os.environ["top_srcdir"], os.environ["top_builddir"]
if not os.path.exists(os.path.join(build, "core/engine/torch.la")):
    print("SKIP built without libtorch")
    sys.exit(77)
cnnviz = os.path.join(build, "cnnviz")
scenes = os.path.join(top, "conf/pictures/scenes")
failures = 0


def check(true, fact):
    global failures
    print("ok  " if true else "FAIL", fact)
    failures += not true


def run(*words):
    done = subprocess.run([cnnviz, *words], capture_output=True, text=True)
    if done.returncode:
        print("FAIL cnnviz", *words, "\n", done.stderr)
        sys.exit(1)
    return done.stdout


def folder(name):
    return os.path.join(scratch, name)


with open(os.path.join(scenes, "annotations.json")) as file:
    pictures = json.load(file)["pictures"]
answers = json.loads(run("classify", "-m", "scenes", "-k", "2", "--json",
                         *(os.path.join(scenes, picture["path"]) for picture in pictures)))
for picture, answer in zip(pictures, answers["pictures"]):
    both = [o["class"] for o in sorted(picture["objects"], key=lambda o: not o["main"])]
    named = [c["name"] for c in answer["classes"]]
    check(named[0] == both[0], f"{picture['path']}: recognizes the larger object, {named[0]}")

with tempfile.TemporaryDirectory() as scratch:
    run("evaluate", os.path.join(top, "conf/evaluation.ini"), "-q", "-o", folder("evaluation"),
        "--only", "grad_cam", "-s", "evaluation.curve_steps=0", "-s", "evaluation.sanity=no")
    with open(folder("evaluation/evaluation.json")) as file:
        jobs = {job["name"]: job for job in json.load(file)["jobs"]}
    for kind in ("main", "distractor"):
        hits = jobs["grad_cam"][kind]["pointing"]
        check(hits >= 5 / 6, f"Grad-CAM points at {hits:.0%} of the {kind} objects")
        check(jobs["(random)"][kind]["pointing"] < 5 / 6, "and a random map does not")

    run("run", os.path.join(top, "conf/demo.ini"), "-q", "-o", folder("dreams"),
        "--only", "class_image,fooling,disguised_fooling,filter_vis",
        "-s", "input.images=" + os.path.join(scenes, "fish-guitar.jpg"),
        "-s", "class_image.target=spider", "-s", "class_image.iterations=128",
        "-s", "filter_vis.layer=features.12", "-s", "filter_vis.filter=0-5")
    with open(folder("dreams/manifest.json")) as file:
        figures = {(a["job"], a["name"]): a["value"] for a in json.load(file)["artifacts"]
                   if a["kind"] == "figure"}
    for (job, name), value in sorted(figures.items()):
        if name.startswith("confidence"):
            check(value >= 0.99, f"{job}: {name} of the saved picture is {value:.4f}")
        elif name.startswith("probability"):
            check(value >= 0.9, f"{job}: {name} of the saved picture is {value:.4f}")
    check(sum(name.startswith("confidence") for _, name in figures) == 4,
          "three fooling pictures and a disguised one")
    # Start is the picture that the climb began with; weak starts make large ratios.
    gains = {name: value / abs(figures["filter_vis", name.replace("_end", "_start")])
             for (job, name), value in figures.items() if name.startswith("activation_end")}
    check(sorted(gains.values())[len(gains) // 2] >= 5,
          "the median filter answers at least five times as much: "
          + ", ".join(f"{gain:.1f}" for gain in sorted(gains.values())))

    with open(folder("filters.ini"), "w") as file:
        file.write("[run]\noutput = filters\nseed = 1\n[model]\narchitecture = scenes\n"
                   "[filter_vis]\nlayer = features.24\nfilter = 0-31\n")
    run("run", "-q", folder("filters.ini"))
    with open(folder("filters/manifest.json")) as file:
        manifest = json.load(file)
    figures = {a["name"]: a["value"] for a in manifest["artifacts"] if a["kind"] == "figure"}
    silent = sum(value == 0 for name, value in figures.items()
                 if name.startswith("activation_start"))
    awake = sum(value > 0 for name, value in figures.items()
                if name.startswith("activation_end"))
    check(silent > 0 and awake == 32 and not manifest["warnings"],
          f"{silent} of 32 filters of the last layer see nothing in noise, and all start")
sys.exit(failures > 0)

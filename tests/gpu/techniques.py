#!/usr/bin/env python3
"""Every technique gives on a card what it gives on the CPU."""
import collections
import json
import os
import subprocess
import tempfile

import numpy as np
from PIL import Image

import common

LIMIT = 1e-3
# Of pictures, whose values are rounded to 256 levels: one of forty may fall on the other
# side.
PICTURE_LIMIT = 2e-3

# The ready INI files with the networks that ship use every technique. What climbs is
# followed for a few steps: then a difference in the last place has not grown yet.
SHORT = ["smooth_grad.samples=8", "integrated_gradients.steps=16", "filter_vis.iterations=4",
         "filter_vis.filter=0-3", "class_image.iterations=4", "deep_dream.iterations=2",
         "deep_dream.octaves=2", "inversion.iterations=4", "fooling.iterations=4",
         "fooling.confidence=0.001", "disguised_fooling.iterations=4",
         "disguised_fooling.confidence=0.001", "filter_vis.keep_array=yes",
         "class_image.keep_array=yes", "inversion.keep_array=yes"]
# Large networks of every family, with random weights, and what takes each way back. Of
# their thousands of ReLUs some have an input within rounding of zero; each that opens on
# one device alone changes the gradient by up to a percent or two, as it does between two
# CPUs. Only gross errors show there. Smooth activations and the maps of late layers
# differ by rounding.
SMOOTH = ("efficientnet_b0",)
KINK_LIMIT = 5e-2
# Which values move first, and which region is densest, may turn on the last place, too.
CHOOSING = ("guided_integrated_gradients", "xrai")
NETWORKS = ["alexnet", "vgg16", "resnet50", "densenet121", "googlenet", "squeezenet1_0",
            "mobilenet_v3_small", "efficientnet_b0", "shufflenet_v2_x1_0"]
SECTIONS = """[input]
images = {pictures}/cat.jpg, {pictures}/espresso.jpg
[vanilla_bp]
[guided_bp]
[grad_cam]
"""


def limits(name, technique):
    """Of arrays, and of pictures"""
    if name in NETWORKS and name not in SMOOTH and technique != "grad_cam":
        return KINK_LIMIT, KINK_LIMIT
    if technique in CHOOSING:
        return KINK_LIMIT, KINK_LIMIT
    return LIMIT, PICTURE_LIMIT


def compare(name, words, scratch):
    """Run on both devices; the largest distance of each technique's results, by job"""
    folders = {device: os.path.join(scratch, name + "-" + device.replace(":", "-") + suffix)
               for device, suffix in (("cpu", "-true"), (common.device, ""))}
    if common.device == "cpu":
        folders = {"cpu": os.path.join(scratch, name)}
    for device, folder in folders.items():
        if common.run(*words, "-o", folder, device=device) is None:
            return {}
    expected, found = list(folders.values())[0], list(folders.values())[-1]
    techniques = {job["name"]: job["technique"] for job in common.manifest(expected)["jobs"]}
    worst = collections.defaultdict(lambda: [0, 0, 0])
    for artifact in common.manifest(expected)["artifacts"]:
        entry = worst[techniques[artifact["job"]]]
        for path in {artifact.get("path"), artifact.get("array")} - {None}:
            paths = [os.path.join(folder, path) for folder in (found, expected)]
            if path.endswith(".npy"):
                entry[0] += 1
                entry[1] = max(entry[1], common.distance(*map(np.load, paths)))
            elif path.endswith(".png") and artifact["kind"] == "image":
                pixels = [np.asarray(Image.open(each)) for each in paths]
                entry[2] = max(entry[2], common.distance(*pixels))
    for technique, (arrays, most, pictures) in sorted(worst.items()):
        array_limit, picture_limit = limits(name, technique)
        common.check(most <= array_limit and pictures <= picture_limit,
                     f"{name}: {technique}: {arrays} arrays differ by {most:.1e} at most, "
                     f"pictures by {pictures:.1e}")
    return worst


def main():
    listed = subprocess.run([common.cnnviz, "techniques", "--json"], capture_output=True,
                            text=True, check=True)
    missing = {each["name"] for each in json.loads(listed.stdout)["techniques"]}
    conf = os.path.join(common.top, "conf")
    with tempfile.TemporaryDirectory() as scratch:
        short = [word for each in SHORT for word in ("-s", each)]
        missing -= set(compare("demo", [os.path.join(conf, "demo.ini"), *short], scratch))
        missing -= set(compare("demo_segmentation",
                               [os.path.join(conf, "demo_segmentation.ini")], scratch))
        missing -= set(compare("demo_perturbation",
                               [os.path.join(conf, "demo_perturbation.ini")], scratch))
        missing -= set(compare("demo_gradients",
                               [os.path.join(conf, "demo_gradients.ini")], scratch))
        missing -= set(compare("demo_layers",
                               [os.path.join(conf, "demo_layers.ini")], scratch))
        common.check(not missing, "every technique is compared: "
                     + (", ".join(sorted(missing)) + " are missing" if missing else "all"))
        for network in NETWORKS:
            path = os.path.join(scratch, network + ".ini")
            with open(path, "w") as file:
                file.write(f"[model]\narchitecture = {network}\nweights = random:1\n"
                           + SECTIONS.format(pictures=os.path.join(conf, "pictures")))
            compare(network, [path], scratch)
    common.finish()


main()

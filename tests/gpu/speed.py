#!/usr/bin/env python3
"""Pictures and steps per second on the card, beside PyTorch on the same card.

Rates are marginal: the time for many less the time for few, by the difference, so that
starting and reading weights do not count; whole times stand beside them.
"""
import os
import statistics
import subprocess
import sys
import tempfile
import time

import numpy as np
from PIL import Image

import common

REPEATS = int(os.environ.get("REPEATS", "1"))
PICTURES = (64, 192)
STEPS = (20, 120)
COUNTS = (1, 8)
PEER = os.path.join(os.path.dirname(os.path.abspath(__file__)), "peer.py")


def photographs(folder, count):
    """JPEGs of the usual size, as hard to read as photographs: noise of all scales"""
    random = np.random.default_rng(1)
    paths = []
    for n in range(count):
        total = np.zeros((375, 500, 3))
        for side in (2, 4, 8, 16, 32, 64, 128):
            noise = Image.fromarray(random.integers(0, 256, (side, side, 3), dtype=np.uint8))
            total += np.asarray(noise.resize((500, 375), Image.BICUBIC)) / side ** 0.5
        total = 255 * (total - total.min()) / (total.max() - total.min())
        paths.append(os.path.join(folder, f"{n}.jpg"))
        Image.fromarray(total.astype(np.uint8)).save(paths[-1], quality=90)
    return paths


def timed(words, **variables):
    start = time.perf_counter()
    done = subprocess.run(words, capture_output=True, text=True,
                          env={**os.environ, **variables})
    if done.returncode:
        common.check(False, f"{words[:6]} ends with {done.returncode}: {done.stderr[-1500:]}")
    return time.perf_counter() - start


def compare(what, few, many, contestants):
    """Alternate; print medians of marginal rates and of the whole time for many."""
    times = {name: ([], []) for name in contestants}
    for _ in range(REPEATS):
        for name, measure in contestants.items():
            for amount, found in zip((few, many), times[name]):
                found.append(measure(amount))
    for name, (short, long) in times.items():
        rates = sorted((many - few) / max(b - a, 1e-9) for a, b in zip(short, long))
        print(f"     {what}: {name}: {statistics.median(rates):.1f} per second "
              f"({rates[0]:.1f} to {rates[-1]:.1f}); {many} in {statistics.median(long):.2f} s",
              flush=True)


def peer(*words, **variables):
    return timed([sys.executable, PEER, *map(str, words)], **variables)


def cams(scratch):
    paths = photographs(scratch, PICTURES[1])
    ini = os.path.join(scratch, "cams.ini")

    def ours(amount):
        with open(ini, "w") as file:
            file.write("[model]\narchitecture = resnet50\nweights = random:1\n[run]\n"
                       f"batch = 64\n[input]\nimages = {', '.join(paths[:amount])}\n"
                       "[grad_cam]\n")
        return timed(common.command(ini, "-o", os.path.join(scratch, "ours"),
                                    device=common.device))

    compare("Grad-CAM of ResNet-50", *PICTURES, {
        "cnnviz": ours,
        "PyTorch": lambda n: peer("cams", os.path.join(scratch, "theirs"), *paths[:n]),
        "PyTorch, TF32": lambda n: peer("cams", os.path.join(scratch, "theirs"), *paths[:n],
                                        PEER_TF32="1"),
    })


def class_images(scratch, preset, count):
    ini = os.path.join(scratch, "climb.ini")

    def ours(amount):
        with open(ini, "w") as file:
            file.write("[model]\narchitecture = resnet50\nweights = random:1\n[class_image]\n"
                       f"target = {', '.join(map(str, range(count)))}\npreset = {preset}\n"
                       f"iterations = {amount}\n")
        return timed(common.command(ini, "-o", os.path.join(scratch, "ours"),
                                    device=common.device))

    compare(f"steps of {count} class image{'s' * (count > 1)}, {preset}", *STEPS, {
        "cnnviz": ours,
        "PyTorch": lambda n: peer(preset, n, count),
    })


def main():
    with tempfile.TemporaryDirectory() as scratch:
        for preset in ("traditional", "modern"):
            for count in COUNTS:
                class_images(scratch, preset, count)
        cams(scratch)
    common.finish()


main()

#!/usr/bin/env python3
"""Several processes on one card have room beside each other; too large a batch is told."""
import os
import subprocess
import tempfile
import time

import torch

import common

PROCESSES = 4
# A process needs less than half a GiB for its CUDA context, as much for the libraries'
# work space, and what its batches take.
MOST = 3 << 30

INI = """[model]
architecture = resnet50
weights = random:1
[input]
images = {images}
[run]
batch = {batch}
[vanilla_bp]
[smooth_grad]
samples = 64
"""


def used():
    free, total = torch.cuda.mem_get_info()
    return total - free


def main():
    pictures = os.path.join(common.top, "conf/pictures")
    images = ", ".join(os.path.join(pictures, name) for name in ("cat.jpg", "espresso.jpg"))
    torch.cuda.init()
    with tempfile.TemporaryDirectory() as scratch:
        path = os.path.join(scratch, "sharing.ini")
        with open(path, "w") as file:
            file.write(INI.format(images=images, batch=16))
        before, most = used(), 0
        running = [subprocess.Popen(common.command(path, "-o", os.path.join(scratch, str(n)),
                                                   device="auto"))
                   for n in range(PROCESSES)]
        while any(each.poll() is None for each in running):
            most = max(most, used() - before)
            time.sleep(0.02)
        common.check(all(each.returncode == 0 for each in running),
                     f"{PROCESSES} processes at once end well")
        common.check(0 < most <= PROCESSES * MOST,
                     f"and take {most / 2**30:.1f} GiB of the card's "
                     f"{torch.cuda.mem_get_info()[1] / 2**30:.0f} together")
        devices = {common.manifest(os.path.join(scratch, str(n)))["device"]
                   for n in range(PROCESSES)}
        common.check(devices == {"cuda:0"}, f"device = auto took {devices}")
        # Memory of processes that have ended takes the driver a while.
        while used() > before + (1 << 28):
            time.sleep(0.1)
        # All that is free but 3 GiB: too little for 64 pictures, enough for one
        hold = torch.empty(torch.cuda.mem_get_info()[0] - MOST, dtype=torch.uint8,
                           device="cuda")
        with open(path, "w") as file:
            file.write("[model]\narchitecture = vgg16\nweights = random:1\n[input]\n"
                       f"images = {', '.join([images] * 32)}\n"
                       "[run]\nbatch = 64\n[vanilla_bp]\n")
        done = subprocess.run(common.command(path, "-o", os.path.join(scratch, "full"),
                                             device="cuda"), capture_output=True, text=True)
        common.check(done.returncode == 0 and "out of memory on the card; use a smaller batch"
                     in done.stderr, "a batch that does not fit is done picture by picture: "
                     + done.stderr[:600])
        del hold
    common.finish()


main()

"""Signed evidence: drawn, checked and measured, at any size."""
import json
import os
import subprocess
import sys

from scratch import Scratch, program, read_npy, source

sys.path.insert(0, os.path.join(source, "tests", "oracle"))
import engine_tool  # noqa: E402

engine_tool.use_oracle("numpy", "PIL")

import numpy as np  # noqa: E402
from PIL import Image  # noqa: E402

SIGNED = {"heatmap.png", "overlay.png", "gray.png", "color.png", "positive.png",
          "negative.png", "attribution.npy"}
WIDTH, HEIGHT = 16, 24     # of the network's input

scratch = Scratch()
scratch.write_ini("""
[evidence]
percentile = 100
at = input
[colored]
technique = evidence
channels = 3
[viridis]
technique = evidence
colormap = viridis
[passed_on]
technique = alike
base = evidence
[grad_times_input]
[integrated_gradients]
steps = 2
""", more="batch = 2\n")
code, said = scratch.run()
files = scratch.files()
jobs = {job["name"]: job for job in scratch.manifest()["jobs"]}
scratch.check("a run with signed evidence succeeds", code == 0, said)
for job in jobs:
    names = {path.split("/")[2] for path in files if path.startswith(job + "/ramp/")}
    wanted = SIGNED if job != "vanilla_bp" else names
    scratch.check("%s has all drawings, also those of gradients" % job, names == wanted,
                  sorted(names))
shape, values = read_npy(scratch.path("out", "evidence", "ramp", "attribution.npy"))
scratch.check("the map is kept as it is", shape == (1, 3, 4)
              and values == (1,) + (0,) * 10 + (-5,), shape, values)
scratch.check("colors diverge unless others are given, and the manifest says so",
              [jobs[name]["parameters"]["colormap"] for name in
               ("evidence", "passed_on", "integrated_gradients", "viridis", "vanilla_bp")]
              == ["diverging"] * 3 + ["viridis", "turbo"]
              and jobs["evidence"]["parameters"]["opacity"] == "0.8"
              and files["viridis/ramp/heatmap.png"] != files["passed_on/ramp/heatmap.png"])

# Evidence at the corners, none in the middle



def drawn(*parts):
    return np.asarray(Image.open(scratch.path("out", *parts)), int)


heat, over, gray = (drawn("evidence", "ramp", name + ".png")
                    for name in ("heatmap", "overlay", "gray"))
view = drawn("input", "ramp.png")
scratch.check("the map is enlarged to the input", heat.shape == (HEIGHT, WIDTH, 3))
middle = HEIGHT // 2, WIDTH // 2
red, blue, none = heat[0, 0], heat[-1, -1], heat[middle]
scratch.check("what is for the class is reddish, what is against it blue, less is paler",
              blue[2] - blue[0] > 2 * (red[0] - red[2]) > 0, red, blue)
scratch.check("nothing is neutral", np.ptp(none) <= 4, none)
scratch.check("and leaves the picture as it is", (over[middle] == view[middle]).all()
              and (over[-1, -1] != view[-1, -1]).any())
scratch.check("gray shows the positive part alone", gray[0, 0] == 255 and gray[-1, -1] == 0)

# An evaluation points at what is for the class.

with open(scratch.path("marks.json"), "w") as file:
    json.dump({"pictures": [{"path": "ramp.png", "width": 40, "height": 30, "objects": [
        {"class": "snake", "box": [0, 0, 20, 15], "main": True}]}]}, file)
scratch.write_ini("[evidence]\n[colored]\ntechnique = evidence\nchannels = 3\n",
                  images="ramp.png", more="[evaluation]\nannotations = marks.json\n"
                                          "curve_steps = 0\ntolerance = 0\n")
done = subprocess.run([program, "evaluate", "run.ini", "-o", "ev"], cwd=scratch.folder,
                      env=scratch.environment, capture_output=True, timeout=300)
scratch.check("they are evaluated", done.returncode == 0, done.stderr.decode())
with open(scratch.path("ev", "evaluation.json")) as file:
    rows = {row["name"]: row["main"] for row in json.load(file)["jobs"]}
for name in ("evidence", "colored"):
    scratch.check("%s is measured by its positive part" % name,
                  rows[name]["pointing"] == 1 and rows[name]["energy"] == 1, rows[name])

# Maps of another shape

scratch.write_ini("[evidence]\nchannels = 2\n", images="ramp.png")
code, said = scratch.run("-o", "bad")
scratch.check("other channels are refused", code == 1
              and "maps of its style (signed) must be (1,3 or 1,h,w)" in said, said)
scratch.finish()

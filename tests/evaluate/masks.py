"""A technique that leaves masks is measured by them, beside those that give maps."""
import json
import os
import subprocess
import sys

sys.path.insert(0, os.path.join(os.environ.get("top_srcdir", "."), "tests", "run"))
from scratch import Scratch, build, program, write_png  # noqa: E402

scratch = Scratch()
os.symlink(os.path.join(build, "tests", "evaluate", ".libs", "left_half.so"),
           scratch.path("plugins", "left_half.so"))
write_png(scratch.path("quarter.png"), 16, 24, lambda x, y: (x < 4,) * 3)
# On pictures of the network's own size: left half, left quarter (by its mask), right half
OBJECTS = [[{"class": 3, "box": [0, 0, 8, 24], "main": True},
            {"class": 4, "box": [8, 0, 16, 24]}],
           [{"class": 5, "box": [0, 0, 4, 24], "main": True, "mask": "quarter.png",
             "mask_value": 1}]]
marks = {"pictures": []}
for number, objects in enumerate(OBJECTS):
    path = "scene-%d.png" % number
    write_png(scratch.path(path), 16, 24, lambda x, y: (9 * x, 9 * y, 80))
    marks["pictures"].append({"path": path, "width": 16, "height": 24, "objects": objects})
with open(scratch.path("marks.json"), "w") as file:
    json.dump(marks, file)


def evaluate(jobs, output):
    scratch.write_ini(jobs, images="ramp.png",
                      more="[evaluation]\nannotations = marks.json\ncurve_steps = 2\n"
                           "sanity = yes\n")
    done = subprocess.run([program, "evaluate", "run.ini", "-o", output],
                          cwd=scratch.folder, env=scratch.environment,
                          capture_output=True, timeout=300)
    sources = {}
    if os.path.exists(scratch.path(output, "evaluation.json")):
        with open(scratch.path(output, "evaluation.json")) as file:
            sources = {job["name"]: job for job in json.load(file)["jobs"]}
    return done.returncode, done.stderr.decode(), sources


code, said, sources = evaluate("[vanilla_bp]\n[left_half]\n", "both")
scratch.check("maps and masks are measured together", code == 0, code, said)
mask = sources["left_half"]
scratch.check("the mask's IoU is 1 with the left half and 1/2 with the left quarter",
              mask["main"]["maps"] == 2 and abs(mask["main"]["iou"] - 0.75) < 1e-6,
              mask["main"])
scratch.check("and that with the right half is 0",
              mask["distractor"]["maps"] == 1 and mask["distractor"]["iou"] == 0,
              mask["distractor"])
scratch.check("half of its energy is in the quarter, all in the half",
              abs(mask["main"]["energy"] - 0.75) < 1e-6, mask["main"])
scratch.check("the other artifacts are not written",
              not os.path.exists(scratch.path("out"))
              and set(scratch.files("both")) == {"evaluation.json", "evaluation.txt",
                                                 "curves.svg", "sanity.svg", "index.html"},
              sorted(scratch.files("both")))
with open(scratch.path("both", "evaluation.txt")) as file:
    text = file.read()
cascade = text[text.index("Spearman"):]
scratch.check("the sanity checks use only maps",
              "vanilla_bp" in cascade and "left_half" not in cascade, cascade)

code, said, sources = evaluate("[left_half]\n", "alone")
scratch.check("jobs with only masks can be measured", code == 0
              and abs(sources["left_half"]["main"]["iou"] - 0.75) < 1e-6, code, said)

code, said, sources = evaluate("[left_half]\nforgetful = yes\n[vanilla_bp]\n", "none")
scratch.check("a technique without its mask fails by name, and the others continue",
              code == 1 and "left_half" in said and "mask" in said
              and sources["vanilla_bp"]["main"]["maps"] == 2, code, said)
scratch.finish()

"""A whole evaluation on the reference engine: its figures are those that follow from the
maps, probabilities and drawings that `run` and `classify` give; it is the same each time."""
import json
import os
import pty
import re
import signal
import subprocess
import sys
import time

sys.path.insert(0, os.path.join(os.environ.get("top_srcdir", "."), "tests", "run"))
from scratch import LABELS, Scratch, program, read_npy, write_png  # noqa: E402

WIDTH, HEIGHT = 16, 24     # of the network's input
SEED = 5
JOBS = ["vanilla_bp", "saliency", "grad_cam", "guided_bp"]
# Sizes of the scratch pictures; boxes that the stretch takes to eighths of pixels
MARKS = {"pictures": [
    {"path": "ramp.png", "width": 40, "height": 30, "objects": [
        {"class": "snake", "box": [5, 5, 25, 20], "main": True},
        {"class": 4, "box": [30, 0, 40, 30]}]},
    {"path": "dots.png", "width": 32, "height": 48, "objects": [
        {"class": "rocket", "box": [0, 0, 32, 48], "main": True},
        {"class": "snake", "box": [2, 3, 9, 40], "main": True}]},
]}
TARGETS = [("ramp", "snake", True), ("ramp", "bird", False), ("dots", "rocket", True),
           ("dots", "snake", True)]

scratch = Scratch()
scratch.write_ini("[vanilla_bp]\n[saliency]\n[grad_cam]\nlayer = features.1\n[guided_bp]\n"
                  "[noise_card]\n", images="ramp.png",
                  more="[evaluation]\nannotations = marks.json\ncurve_steps = 4\n"
                       "sanity = yes\ntolerance = 2\n")
with open(scratch.path("run.ini")) as file:
    text = file.read().replace("weights = random", "weights = random:7")
with open(scratch.path("run.ini"), "w") as file:
    file.write(text)
with open(scratch.path("marks.json"), "w") as file:
    json.dump(MARKS, file)


def call(*arguments):
    done = subprocess.run([program] + list(arguments), cwd=scratch.folder,
                          env=scratch.environment, capture_output=True, timeout=300)
    return done.returncode, done.stdout.decode(), done.stderr.decode()


def near(a, b, tolerance=1e-5):
    return abs(a - b) <= tolerance


code, out, error = call("evaluate", "run.ini", "-o", "ev")
scratch.check("an evaluation exits with 0", code == 0, code, error)
files = scratch.files("ev")
scratch.check("its files are those documented",
              set(files) == {"evaluation.json", "evaluation.txt", "curves.svg", "sanity.svg",
                             "index.html"}, sorted(files))
scratch.check("the printed table is the written one",
              files["evaluation.txt"].decode() == out, out)
scratch.check("no files of a run are written", not os.path.exists(scratch.path("out")))
report = json.loads(files["evaluation.json"])
sources = {source["name"]: source for source in report["jobs"]}
scratch.check("jobs with maps come before the baselines",
              [source["name"] for source in report["jobs"]]
              == JOBS + ["(random)", "(center)"], list(sources))
scratch.check("objects are counted by role", report["annotations"]["main"] == 3
              and report["annotations"]["distractor"] == 1, report["annotations"])

# Each object's map, as `run` gives it for the object's class

maps = {}
for number, (picture, label, main) in enumerate(TARGETS):
    code, out, error = call("run", "run.ini", "-o", "maps%d" % number, "-s",
                            "input.images=%s.png:%d" % (picture, LABELS.index(label)))
    scratch.check("run makes the maps of object %d" % number, code == 0, error)
    for job in JOBS:
        shape, values = read_npy(scratch.path("maps%d" % number, job, picture,
                                              "attribution.npy"))
        area = WIDTH * HEIGHT
        scratch.check("the map is of the input's size", shape[1:] == (HEIGHT, WIDTH), shape)
        maps[job, number] = [sum(abs(values[c * area + i]) for c in range(shape[0]))
                             for i in range(area)]


def box_of(number):
    things = [(picture, thing) for picture in MARKS["pictures"]
              for thing in picture["objects"]]
    picture, thing = things[number]
    return [value * (HEIGHT if i % 2 else WIDTH)
            / (picture["height"] if i % 2 else picture["width"])
            for i, value in enumerate(thing["box"])]


def pointing(plane, box, tolerance):
    if not any(plane):
        return 0.0
    best = plane.index(max(plane))
    x, y = best % WIDTH + 0.5, best // WIDTH + 0.5
    dx = max(box[0] - x, 0, x - box[2])
    dy = max(box[1] - y, 0, y - box[3])
    return float((dx * dx + dy * dy) ** 0.5 <= tolerance)


def part(box, i):
    x, y = i % WIDTH, i // WIDTH
    return (max(0, min(x + 1, box[2]) - max(x, box[0]))
            * max(0, min(y + 1, box[3]) - max(y, box[1])))


def energy(plane, box):
    return sum(v * part(box, i) for i, v in enumerate(plane)) / (sum(plane) or 1)


def iou(plane, box):
    cover = [part(box, i) for i in range(len(plane))]
    best = 0
    for value in set(plane) - {0}:
        chosen = [i for i, v in enumerate(plane) if v >= value]
        both = sum(cover[i] for i in chosen)
        best = max(best, both / (len(chosen) + sum(cover) - both))
    return best


for job in JOBS:
    for role, wanted in (("main", True), ("distractor", False)):
        numbers = [n for n, target in enumerate(TARGETS) if target[2] == wanted]
        theirs = {
            "pointing": [pointing(maps[job, n], box_of(n), 2) for n in numbers],
            "inside": [pointing(maps[job, n], box_of(n), 0) for n in numbers],
            "energy": [energy(maps[job, n], box_of(n)) for n in numbers],
            "iou": [iou(maps[job, n], box_of(n)) for n in numbers],
        }
        ours = sources[job][role]
        scratch.check("%s has a map of every %s object" % (job, role),
                      ours["maps"] == len(numbers), ours)
        scratch.check("%s reports its zero maps" % job,
                      ours["zero"] == sum(not any(maps[job, n]) for n in numbers), ours)
        for key, values in theirs.items():
            scratch.check("%s of %s, %s objects, follows from its maps" % (key, job, role),
                          near(ours[key], sum(values) / len(values)), ours[key], values)
        for line in ours["classes"]:
            own = [i for i, n in enumerate(numbers)
                   if TARGETS[n][1] == LABELS[line["index"]]]
            for key, values in theirs.items():
                scratch.check("%s of %s by class is the mean of its objects" % (key, job),
                              near(line[key], sum(values[i] for i in own) / len(own)), line)
        scratch.check("the common threshold is no better than each map's own",
                      ours["iou_common"] <= ours["iou"] + 1e-9, ours)

box = box_of(2)
scratch.check("a box around everything is always hit",
              all(near(c["pointing"], 1) and near(c["energy"], 1)
                  for source in report["jobs"] for c in source["main"]["classes"]
                  if c["class"] == "rocket"))

# Curves: where they begin and end, and their areas

probabilities = {}
for picture in ("ramp", "dots"):
    code, out, error = call("classify", "-m", "small.ini", "-w", "random:7", "-k", "7",
                            "--json", picture + ".png")
    for line in json.loads(out)["pictures"][0]["classes"]:
        probabilities[picture, LABELS[line["index"]]] = line["probability"]
expected = sum(probabilities[p, label] for p, label, main in TARGETS if main) / 3
for name, source in sources.items():
    curves = source["main"]["curves"]
    scratch.check("%s has curves of main objects alone" % name,
                  curves["maps"] == 3 and source["distractor"]["curves"] is None
                  and source["distractor"]["deletion"] is None)
    scratch.check("deletion of %s starts with the picture" % name,
                  near(curves["deletion"][0], expected), curves, expected)
    scratch.check("insertion of %s ends with the picture" % name,
                  near(curves["insertion"][-1], expected), curves, expected)
    for key in ("deletion", "insertion"):
        points = curves[key]
        area = (sum(points) - (points[0] + points[-1]) / 2) / (len(points) - 1)
        scratch.check("%s of %s is the area under its curve" % (key, name),
                      len(points) == 5 and near(source["main"][key], area),
                      source["main"][key], points)
for key, end in (("deletion", -1), ("insertion", 0)):
    ends = {round(source["main"]["curves"][key][end], 6) for source in report["jobs"]}
    scratch.check("all of %s meet where the map does not matter" % key, len(ends) == 1, ends)

# Sanity: after the last stage the network is the one that `random:SEED` is

stages = report["sanity"]["stages"]
scratch.check("stages go from the logits down",
              [stage["random_down_to"] for stage in stages]
              == ["classifier", "features.2", "features.0"], stages)
scratch.check("every main object is compared", report["sanity"]["pictures"] == 3)


def ranks(values):
    order = sorted(values)
    first, last = {}, {}
    for place, value in enumerate(order):
        first.setdefault(value, place)
        last[value] = place
    return [(first[value] + last[value]) / 2 for value in values]


def spearman(a, b):
    a, b = ranks(a), ranks(b)
    mean = (len(a) - 1) / 2
    top = sum((p - mean) * (q - mean) for p, q in zip(a, b))
    return top / (sum((p - mean) ** 2 for p in a) * sum((q - mean) ** 2 for q in b)) ** 0.5


found = {job: [] for job in JOBS}
for number, (picture, label, main) in enumerate(TARGETS):
    if not main:
        continue
    call("run", "run.ini", "-o", "random%d" % number, "-s", "model.weights=random:%d" % SEED,
         "-s", "input.images=%s.png:%d" % (picture, LABELS.index(label)))
    for job in JOBS:
        shape, values = read_npy(scratch.path("random%d" % number, job, picture,
                                              "attribution.npy"))
        area = WIDTH * HEIGHT
        plane = [sum(abs(values[c * area + i]) for c in range(shape[0]))
                 for i in range(area)]
        found[job].append(spearman(maps[job, number], plane))
for line in stages[-1]["jobs"]:
    theirs = sum(found[line["name"]]) / 3
    scratch.check("rank correlation of %s follows from its maps" % line["name"],
                  line["maps"] == 3 and near(line["spearman"], theirs, 2e-3), line, theirs)
    scratch.check("SSIM of %s is one" % line["name"], -1 <= line["ssim"] < 1, line)

# The same each time, whatever the batches; other seeds change what is random alone

code, out, error = call("evaluate", "run.ini", "-o", "twice")
scratch.check("a second evaluation gives the same bytes", scratch.files("twice") == files)
code, out, error = call("evaluate", "run.ini", "-o", "single", "-s", "run.batch=1")
scratch.check("so does one of single pictures", scratch.files("single") == files)
code, out, error = call("evaluate", "run.ini", "-o", "seed", "-s", "run.seed=6")
seeded = {source["name"]: source
          for source in json.loads(scratch.files("seed")["evaluation.json"])["jobs"]}
scratch.check("a different seed does not change the maps' measures",
              seeded["saliency"]["main"]["energy"] == sources["saliency"]["main"]["energy"])
scratch.check("a different seed changes the random map",
              seeded["(random)"]["main"]["energy"] != sources["(random)"]["main"]["energy"])

# Options

code, out, error = call("evaluate", "run.ini", "-o", "ev", "--only", "grad_cam", "--json",
                        "-s", "evaluation.curve_steps=0", "-s", "evaluation.sanity=no")
only = json.loads(out)
scratch.check("--only measures these jobs, --json prints what is written",
              [source["name"] for source in only["jobs"]]
              == ["grad_cam", "(random)", "(center)"]
              and out.encode() == scratch.files("ev")["evaluation.json"], out)
scratch.check("plots that no longer apply are deleted",
              set(scratch.files("ev")) == {"evaluation.json", "evaluation.txt", "index.html"})
scratch.check("its values are the same",
              only["jobs"][0]["main"]["iou"] == sources["grad_cam"]["main"]["iou"])
code, out, error = call("evaluate", "run.ini", "--only", "saliency", "-s",
                        "evaluation.sanity=no", "-s", "evaluation.curve_steps=0")
scratch.check("without -o reports are written to evaluation/ in the output folder",
              code == 0 and "evaluation/evaluation.json" in scratch.files("out"), error)
code, out, error = call("evaluate", "run.ini", "-o", "some", "--only", "saliency", "-s",
                        "evaluation.curve_objects=all", "-s", "evaluation.curve_steps=1")
all_curves = json.loads(scratch.files("some")["evaluation.json"])["jobs"][0]
scratch.check("curve_objects = all gives distractors curves too",
              all_curves["distractor"]["curves"]["maps"] == 1, all_curves)
code, out, error = call("evaluate", "run.ini", "-o", "target", "--only", "saliency", "-s",
                        "saliency.target=3", "-s", "evaluation.sanity=no")
scratch.check("a job's own target is ignored, and this is said",
              code == 0 and "target is ignored" in error
              and json.loads(scratch.files("target")["evaluation.json"])["jobs"][0]["main"]
              ["energy"] == sources["saliency"]["main"]["energy"], error)

# Passes of measures are progress of the job, on a terminal

terminal, end = pty.openpty()
shown = subprocess.Popen([program, "evaluate", "run.ini", "-o", "shown", "--only", "saliency",
                          "-s", "evaluation.sanity=no", "-s", "evaluation.curve_steps=1024",
                          "-s", "run.batch=8"],
                         cwd=scratch.folder, env=scratch.environment, stderr=end,
                         stdout=subprocess.DEVNULL)
os.close(end)
drawn = b""
while True:
    try:
        part = os.read(terminal, 4096)
    except OSError:  # the other end is closed
        part = b""
    if not part:
        break
    drawn += part
os.close(terminal)
shares = [int(share) for share in re.findall(r"(\d+)%[^\r]* saliency", drawn.decode())]
scratch.check("an evaluation shows how far a job's measures have come",
              shown.wait() == 0 and len({share for share in shares if 0 < share < 33}) > 1
              and shares == sorted(shares), shares)

# A mask in place of a box, and a job that fails

MARKS["pictures"][0]["objects"][0].update(mask="ramp-mask.png", mask_value=200)
write_png(scratch.path("ramp-mask.png"), 40, 30,
          lambda x, y: (200,) * 3 if 5 <= x < 25 and 5 <= y < 20 else (0, 200, 200))
with open(scratch.path("marks.json"), "w") as file:
    json.dump(MARKS, file)
code, out, error = call("evaluate", "run.ini", "-o", "mask", "-s", "evaluation.sanity=no")
masked = {source["name"]: source
          for source in json.loads(scratch.files("mask")["evaluation.json"])["jobs"]}
scratch.check("a mask that fills its box measures the same",
              all(near(masked[job]["main"]["iou"], sources[job]["main"]["iou"])
                  for job in JOBS), error)
MARKS["pictures"][0]["objects"][0]["mask_value"] = 3
with open(scratch.path("marks.json"), "w") as file:
    json.dump(MARKS, file)
code, out, error = call("evaluate", "run.ini", "-o", "nothing")
scratch.check("a mask without the object is reported, and nothing is written",
              code == 1 and "has no pixel with the gray value 3" in error
              and not os.path.exists(scratch.path("nothing")), code, error)
del MARKS["pictures"][0]["objects"][0]["mask"], MARKS["pictures"][0]["objects"][0]["mask_value"]
with open(scratch.path("marks.json"), "w") as file:
    json.dump(MARKS, file)

with open(scratch.path("occupied"), "w") as file:
    file.write("in the way")
code, out, error = call("evaluate", "run.ini", "--only", "saliency", "-o", "occupied")
scratch.check("a folder that cannot be made is reported before anything is computed",
              code == 2 and "occupied" in error and not out, code, error)

# Interrupted: nothing is left

slow = subprocess.Popen(
    [program, "evaluate", "run.ini", "-o", "stopped", "-s", "endless.technique=endless",
     "-s", "endless.begun=begun"], cwd=scratch.folder, env=scratch.environment,
    stdout=subprocess.PIPE, stderr=subprocess.PIPE,
    preexec_fn=lambda: signal.signal(signal.SIGINT, signal.default_int_handler))
for _ in range(600):
    if os.path.exists(scratch.path("begun")) or slow.poll() is not None:
        break
    time.sleep(0.1)
slow.send_signal(signal.SIGINT)
out, error = slow.communicate(timeout=120)
scratch.check("an interrupted evaluation exits with 130 and writes nothing",
              slow.returncode == 130 and not out and b"nothing was written" in error
              and not os.path.exists(scratch.path("stopped")), slow.returncode, error)
scratch.finish()

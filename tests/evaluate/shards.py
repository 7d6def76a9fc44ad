"""An evaluation in shards, joined, is the evaluation of one process, byte for byte; what is missing
is named with the command that measures it; and files that do not belong together are refused."""
import json
import os
import re
import shutil
import subprocess
import sys

sys.path.insert(0, os.path.join(os.environ.get("top_srcdir", "."), "tests", "run"))
from scratch import Scratch, program, write_png  # noqa: E402

SHARDS = 3
ONLY = "vanilla_bp,grad_cam,smooth_grad,random_map,centered"
scratch = Scratch()
write_png(scratch.path("quarter.png"), 16, 24, lambda x, y: (x < 4,) * 3)
marks = {"pictures": []}
for number in range(7):
    path = "scene-%d.png" % number
    write_png(scratch.path(path), 16, 24, lambda x, y: (9 * x, 5 * y, (x * y * number) % 256))
    marks["pictures"].append({"path": path, "width": 16, "height": 24, "objects": [
        {"class": number % 3, "box": [1, 2, 8 + number, 21], "main": True},
        {"class": 5, "box": [0, 0, 4, 24], "mask": "quarter.png", "mask_value": 1}]})


def write_marks(text):
    with open(scratch.path("marks.json"), "w") as file:
        file.write(text)


write_marks(json.dumps(marks))
# Two techniques draw random numbers, and centered looks at all pictures before the first map.
scratch.write_ini("[vanilla_bp]\n[grad_cam]\nlayer = features.1\n[smooth_grad]\nsamples = 2\n"
                  "[random_map]\ntechnique = smooth_grad\nsamples = 1\nnoise_level = 5\n"
                  "[centered]\n[broken]\ntechnique = ending_map\nhow = refuse\n",
                  images="ramp.png",
                  more="batch = 2\n[evaluation]\nannotations = marks.json\ncurve_steps = 3\n"
                       "curve_objects = all\nsanity = yes\nsanity_pictures = 4\n"
                       "sanity_stages = 2\nmeasures = all\nfidelity_samples = 4\n"
                       "sensitivity_samples = 1\n")


def call(*arguments, folder=None):
    done = subprocess.run([program, *arguments], cwd=folder or scratch.folder,
                          env=scratch.environment, capture_output=True, timeout=120)
    return done.returncode, done.stdout.decode(), done.stderr.decode()


def shard(number, *more, output="parts"):
    return call("evaluate", "run.ini", "-q", "-o", output, "--only", ONLY, "--shard",
                "%d/%d" % (number, SHARDS), *more)


def part(number, output="parts"):
    return scratch.path(output, "evaluation-%d-of-%d.json" % (number, SHARDS))


code, table, said = call("evaluate", "run.ini", "-q", "-o", "one", "--only", ONLY)
scratch.check("one process measures all", code == 0, code, said)
whole = scratch.files("one")

for number in range(1, SHARDS + 1):
    # How a job is run does not matter.
    code, out, said = shard(number, *(["-s", "run.isolate=yes", "-s", "run.batch=3"]
                                      if number == 2 else []))
    scratch.check("shard %d measures its part" % number, code == 0 and out == "", code, out, said)
parts = scratch.files("parts")
owned = [len(json.loads(parts[name])["objects"]) for name in sorted(parts)]
scratch.check("each shard leaves one file, of whole pictures of its own",
              len(parts) == SHARDS and sum(owned) == 14 and all(n % 2 == 0 for n in owned)
              and max(owned) < 14, sorted(parts), owned)

code, out, said = call("merge", "parts", "-o", "joined")
joined = scratch.files("joined")
scratch.check("joined, they are the evaluation of one process, byte for byte",
              code == 0 and len(whole) == 5 and joined == whole and out == table, code, said,
              [name for name in whole if joined.get(name) != whole[name]])
report = json.loads(whole["evaluation.json"])
scratch.check("with values of each measure, curves, and similarities", all(
    value is not None for value in report["jobs"][0]["main"]["measures"].values())
    and report["jobs"][0]["distractor"]["curves"]["maps"] == 7
    and report["sanity"]["stages"][1]["jobs"][0]["maps"] == 4, report["jobs"][0]["main"])

# Folders of their own, such as those of machines without a common disk, and elsewhere
for number in range(1, SHARDS + 1):
    os.mkdir(scratch.path("machine-%d" % number))
    shutil.copy(part(number), scratch.path("machine-%d" % number))
folders = [scratch.path("machine-%d" % number) for number in (3, 1, 2)]
code, out, said = call("merge", *folders, "-o", scratch.path("far"), folder="/")
scratch.check("from several folders, in any order, and from anywhere",
              code == 0 and scratch.files("far") == whole, code, said)

# A job that fails in one shard has failed; what others have measured of it stays
QUICK = ["-s", "evaluation.measures=sparseness", "-s", "evaluation.sanity=no", "-s",
         "evaluation.curve_steps=0", "--only", "broken"]
codes = [call("evaluate", "run.ini", "-q", "-o", "broken", "--shard", "%d/%d" % (number, SHARDS),
              *QUICK)[0] for number in range(1, SHARDS + 1)]
code, out, said = call("merge", "broken", "-o", "unwell")
with open(scratch.path("unwell", "evaluation.json")) as file:
    broken = json.load(file)["jobs"][0]
scratch.check("a job that fails in one shard has failed, with the reason",
              sorted(codes) == [0, 0, 1] and code == 1 and "no face" in broken["failure"]
              and 0 < broken["main"]["maps"] < 7, codes, code, said, broken["failure"])

# ---- What is missing ----------------------------------------------------------------
os.rename(part(2), scratch.path("kept.json"))
before = scratch.files("parts")
code, out, said = call("merge", "parts")
count = owned[1]
scratch.check("a missing shard is named with the number of its objects, and nothing is written",
              code == 1 and "%d of 14 objects" % count in said and "shard 2 of 3" in said
              and scratch.files("parts") == before, code, out, said)
command = re.findall(r"^cd .* && cnnviz evaluate .*--shard 2/3$", out, re.MULTILINE)
scratch.check("and the command that measures it", len(command) == 1, out, said)
if command:
    words = command[0].replace("cnnviz evaluate", program + " evaluate")
    done = subprocess.run(["sh", "-c", words], env=scratch.environment, cwd="/",
                          capture_output=True, timeout=120)
    code, out, said = call("merge", "parts")
    merged = {name: data for name, data in scratch.files("parts").items() if name in whole}
    scratch.check("which completes it", code == 0 and merged == whole, done.stderr, code, said)

# ---- What does not belong together ---------------------------------------------------
with open(part(1)) as file:
    good = file.read()


def refuses(what, text, sentence):
    """A file of the first shard is refused with a sentence that names it."""
    with open(part(1), "w") as file:
        file.write(text)
    code, out, said = call("merge", "parts", "-o", "never")
    scratch.check("%s is refused" % what, code == 2 and said.count("\n") == 1
                  and "evaluation-1-of-3.json" in said and re.search(sentence, said)
                  and not os.path.exists(scratch.path("never")), code, out, said)
    with open(part(1), "w") as file:
        file.write(good)


def changed(change):
    parsed = json.loads(good)
    change(parsed)
    return json.dumps(parsed)


refuses("a file that is cut off", good[:len(good) // 2], "line")
refuses("an empty file", "", "no JSON object")
refuses("a file with a total that its maps cannot have", changed(
    lambda f: f["sources"][0]["main"]["levels"].__setitem__(3, 1 << 62)), "cannot have")
refuses("a score that is no number", changed(
    lambda f: f["objects"][0]["scores"][0].__setitem__(2, "high")), "scores of")
refuses("an object twice", changed(
    lambda f: f["objects"].append(f["objects"][0])), "there twice")
refuses("an object that there is not", changed(
    lambda f: f["objects"][0].__setitem__("object", 99)), "99")
refuses("another shard's object", changed(
    lambda f: f["objects"][0].__setitem__(
        "object", json.loads(parts["evaluation-3-of-3.json"])["objects"][0]["object"])),
    "is not this shard's")
refuses("another seed", changed(
    lambda f: f["shared"]["settings"].__setitem__("seed", 6)), "settings: seed")
refuses("a job's other parameters", changed(
    lambda f: f["shared"]["digests"].__setitem__("grad_cam", "0")), "digests: grad_cam")
refuses("a shard that there is not", changed(
    lambda f: f.__setitem__("shard", [4, 3])), "shard")
os.rename(scratch.path("run.ini"), scratch.path("moved.ini"))
code, out, said = call("merge", "parts", "-o", "never")
scratch.check("an INI file that is gone is told, with the way out",
              code == 2 and "--from" in said, code, said)
code, out, said = call("merge", "parts", "-o", "moved", "--from", "moved.ini")
scratch.check("and can be given from elsewhere", code == 0 and scratch.files("moved") == whole,
              code, said)
os.rename(scratch.path("moved.ini"), scratch.path("run.ini"))
refuses("a file of another version", changed(
    lambda f: f.__setitem__("cnnviz", "0.0")), "cnnviz")

code, out, said = call("evaluate", "run.ini", "-q", "-o", "parts", "--shard", "1/4")
scratch.check("a shard of another number of shards does not go into the folder",
              code == 2 and "3 shards" in said, code, said)

marks["pictures"][0]["objects"][0]["box"][0] = 0
write_marks(json.dumps(marks))
code, out, said = call("merge", "parts")
scratch.check("other annotations are told", code == 2 and "annotations: sha256" in said, code, said)
code, out, said = shard(1)
code, out, said = call("merge", "parts")
scratch.check("also of shards among each other", code == 2 and "evaluation-2-of-3" in said, code,
              said)

code, out, said = call("evaluate", "run.ini", "-q", "-o", "parts", "--only", "grad_cam",
                       "-s", "evaluation.measures=sparseness", "-s", "evaluation.sanity=no",
                       "-s", "evaluation.curve_steps=0")
scratch.check("a whole evaluation takes the place of shards",
              code == 0 and not os.path.exists(part(2)), code, said)
code, out, said = call("evaluate", "run.ini", "--json", "--shard", "1/3")
scratch.check("a shard has no report to print", code == 2 and "merge" in said, code, said)
scratch.finish()

"""An evaluation with isolated jobs gives what one without gives; a plugin that ends its
process costs its job alone; and nothing else that writes there gets into the folder."""
import json
import os
import signal
import subprocess
import sys
import time

sys.path.insert(0, os.path.join(os.environ.get("top_srcdir", "."), "tests", "run"))
from scratch import Scratch, build, program, write_png  # noqa: E402

scratch = Scratch()
os.symlink(os.path.join(build, "tests", "evaluate", ".libs", "left_half.so"),
           scratch.path("plugins", "left_half.so"))
write_png(scratch.path("quarter.png"), 16, 24, lambda x, y: (x < 4,) * 3)
OBJECTS = [{"class": 3, "box": [0, 0, 8, 24], "main": True},
           {"class": 5, "box": [0, 0, 4, 24], "mask": "quarter.png", "mask_value": 1}]
marks = {"pictures": []}
for number in range(3):
    path = "scene-%d.png" % number
    write_png(scratch.path(path), 16, 24, lambda x, y: (9 * x, 9 * y, 80 * number))
    marks["pictures"].append({"path": path, "width": 16, "height": 24, "objects": OBJECTS})
with open(scratch.path("marks.json"), "w") as file:
    json.dump(marks, file)
# xrai gives arrays beside its maps.
JOBS = "[vanilla_bp]\n[grad_cam]\nlayer = features.1\n[left_half]\n[xrai]\nbase = vanilla_bp\n"


def write_plan(jobs, isolate="no", more="", weights="random"):
    scratch.write_ini(jobs, images="ramp.png",
                      more="batch = 2\nisolate = %s\n%s\n[evaluation]\nannotations = marks.json\n"
                           "curve_steps = 3\nsanity = yes\nmeasures = all\n"
                           "fidelity_samples = 5\nsensitivity_samples = 2\n"
                           % (isolate, more))
    if weights != "random":
        with open(scratch.path("run.ini")) as file:
            text = file.read()
        with open(scratch.path("run.ini"), "w") as file:
            file.write(text.replace("weights = random",
                                    "weights = %s\nallow_nonfinite = yes" % weights))


def evaluate(output, **more):
    done = subprocess.run([program, "evaluate", "run.ini", "-o", output],
                          cwd=scratch.folder, env=dict(scratch.environment, **more),
                          capture_output=True, timeout=120)
    return done.returncode, done.stdout.decode() + done.stderr.decode()


def report(output):
    """The sources of a report by their names"""
    with open(scratch.path(output, "evaluation.json")) as file:
        return {job["name"]: job for job in json.load(file)["jobs"]}


for isolate in ("no", "yes", "strict"):
    write_plan(JOBS, isolate)
    code, said = evaluate(isolate)
    if isolate == "strict" and "strict is not possible here" in said:
        continue
    scratch.check("isolate = %s: all is measured" % isolate, code == 0, code, said)
    scratch.check("isolate = %s: with the same results" % isolate,
                  len(scratch.files("no")) == 5 and scratch.files(isolate) == scratch.files("no"),
                  scratch.files(isolate).keys())

# Plugins that end their process
WAYS = {"crash": "the plugin crashed", "exit_well": "the plugin exited",
        "wait": "did not return within the 0.3 seconds"}
write_plan("[vanilla_bp]\n" + "".join("[%s]\ntechnique = ending_map\nhow = %s\n" % (way, way)
                                      for way in WAYS), "yes", more="timeout = 0.3\n")
code, said = evaluate("ended")
sources = report("ended")
for way, end in WAYS.items():
    scratch.check("%s: it fails alone, and the report says why" % way,
                  code == 1 and end in (sources[way]["failure"] or "")
                  and "[%s] ending_map" % way in said, code, said, sources[way])
scratch.check("the other job is measured as without them", sources["vanilla_bp"]
              == report("no")["vanilla_bp"], sources["vanilla_bp"])

write_plan("[vanilla_bp]\n[bad]\ntechnique = ending_map\nhow = crash\n")
code, said = evaluate("word")
scratch.check("without isolation it does not end the program without a word",
              code not in (0, 2) and "[bad] ending_map" in said and "the plugin crashed" in said
              and not os.path.exists(scratch.path("word")), code, said)

# Weights that give no numbers
subprocess.run([sys.executable, "-c", """
import json, struct
shapes = {"features.0": [6, 3, 3, 3], "features.2": [4, 6, 3, 3], "classifier": [7, 384]}
head, data = {}, b""
for name, shape in shapes.items():
    for part, extents in (("weight", shape), ("bias", shape[:1])):
        count = 1
        for extent in extents:
            count *= extent
        head[name + "." + part] = {"dtype": "F32", "shape": extents,
                                   "data_offsets": [len(data), len(data) + 4 * count]}
        data += struct.pack("<f", float("nan")) * count
head = json.dumps(head).encode()
head += b" " * (-len(head) % 8)
open("nan.safetensors", "wb").write(struct.pack("<Q", len(head)) + head + data)
"""], cwd=scratch.folder, check=True)
for isolate in ("no", "yes"):
    write_plan("[vanilla_bp]\n", isolate, weights="nan.safetensors")
    code, said = evaluate("nan")
    scratch.check("isolate = %s: weights that give no numbers are named" % isolate,
                  code == 1 and "nan.safetensors" in said and "[vanilla_bp]" not in said
                  and not os.path.exists(scratch.path("nan")), code, said)

# The folder: one evaluation at a time, the truth in it, and nothing that stays
write_plan("[hanging]\ntechnique = ending_map\nhow = wait\n", "yes")
os.mkdir(scratch.path("shared"))
with open(scratch.path("shared", ".cnnviz-1-0.tmp"), "w"):
    pass
for number in (signal.SIGTERM, signal.SIGHUP):
    if os.path.exists(scratch.path("notes")):
        os.remove(scratch.path("notes"))
    first = subprocess.Popen([program, "evaluate", "run.ini", "-o", "shared"],
                             cwd=scratch.folder, env=scratch.environment,
                             stderr=subprocess.PIPE)
    while not os.path.exists(scratch.path("notes")):
        assert first.poll() is None
        time.sleep(0.01)
    code, said = evaluate("shared")
    scratch.check("a second evaluation is refused with the other's process",
                  code == 2 and "(process %d)" % first.pid in said, code, said)
    first.send_signal(number)
    said = first.communicate(timeout=30)[1].decode()
    scratch.check("%s ends an evaluation, and leaves nothing" % number.name,
                  first.returncode == 130 and "interrupted" in said
                  and "[hanging]" not in said, first.returncode, said)
write_plan("[vanilla_bp]\n")
code, said = evaluate("no", LD_PRELOAD=os.path.join(build, "tests", "run", ".libs",
                                                   "failing_calls.so"),
                      FAIL_CALL="rename", FAIL_NUMBER="3")
with open(scratch.path("no", "evaluation.json")) as file:
    scratch.check("a report that is not whole says so", code == 1 and json.load(file)
                  == {"under_way": True}, code, said)
code, said = evaluate("no")
scratch.check("the next one completes", code == 0 and "vanilla_bp" in report("no")
              and len(scratch.files("no")) == 5, code, said, scratch.files("no").keys())
scratch.finish()

"""Jobs with private data, which see all pictures before the first map is made, and take
further sets of pictures."""
import json
import os
import shutil
import struct
import subprocess
import zlib

from scratch import Scratch, build, program, read_npy, write_png

NAMES = ["ramp", "dots", "ramp-2"]
scratch = Scratch()
scratch.environment["destroyed"] = scratch.path("destroyed")


def run(jobs, *arguments, more=""):
    """Exit code, what was said, values of each map, times that data was destroyed"""
    scratch.write_ini(jobs, more=more)
    shutil.rmtree(scratch.path("out"), ignore_errors=True)
    if os.path.exists(scratch.path("destroyed")):
        os.remove(scratch.path("destroyed"))
    code, said = scratch.run(*arguments)
    maps = {}
    for path in scratch.files("out"):
        job, _, rest = path.partition("/")
        name = rest.partition("/")[0]
        if rest.endswith("attribution.npy"):
            maps[job, name] = read_npy(scratch.path("out", path))[1]
    destroyed = (os.path.getsize(scratch.path("destroyed"))
                 if os.path.exists(scratch.path("destroyed")) else 0)
    return code, said, maps, destroyed


def is_centered(maps, job, names):
    """Whether the maps of these pictures sum to 0 everywhere, as differences from their
    mean do"""
    return all(abs(sum(column)) < 1e-5
               for column in zip(*(maps[job, name] for name in names)))


# The mean of the run's pictures, whatever the batch and the processes

for more, times in (("batch = 1\n", 1), ("batch = 2\n", 1), ("batch = 3\n", 1),
                    ("batch = 2\nisolate = yes\n", 1), ("batch = 2\nthreads = 2\n", 1)):
    code, said, maps, destroyed = run("[centered]\n[grad_cam]\nlayer = features.1\n",
                                      more=more)
    scratch.check("all pictures are seen before the first map (%r)" % more, code == 0
                  and is_centered(maps, "centered", NAMES)
                  and any(maps["centered", "ramp"]), said, sorted(maps))
    scratch.check("the data is released once (%r)" % more, destroyed == times, destroyed)
manifest = scratch.manifest()
scratch.check("classes are recorded once, and jobs are done", len(manifest["pictures"]) == 3
              and all(job["status"] == "ok" for job in manifest["jobs"]), manifest["jobs"])
files = scratch.files()
code, said, maps, destroyed = run("[centered]\n[grad_cam]\nlayer = features.1\n",
                                  more="batch = 2\nthreads = 2\n")
scratch.check("a second run gives the same", all(
    data == files[path] for path, data in scratch.files().items()
    if path.endswith(("npy", "png"))), said)

# A job that is only needed by others is prepared too, before those that need it.

code, said, maps, destroyed = run("[twice]\ntechnique = alike\nbase = centered\n"
                                  "[outer]\ntechnique = centered\nbase = centered\n"
                                  "[centered]\n", "--only", "twice,outer")
scratch.check("jobs that others need are prepared, first of all", code == 0
              and is_centered(maps, "twice", NAMES) and is_centered(maps, "outer", NAMES)
              and ("centered", "ramp") not in maps and destroyed == 2, said, destroyed)
code, said, maps, destroyed = run("[twice]\ntechnique = alike\nbase = centered\n"
                                  "[centered]\n", more="isolate = yes\nbatch = 2\n")
scratch.check("in each process that needs them", code == 0
              and maps["twice", "dots"] == maps["centered", "dots"]
              and is_centered(maps, "twice", NAMES) and destroyed == 2, said, destroyed)

# Failures

for more in ("batch = 2\n", "batch = 2\nisolate = yes\n"):
    code, said, maps, destroyed = run("[centered]\nfault = dots\n[vanilla_bp]\n", more=more)
    scratch.check("a picture that cannot be prepared fails alone (%r)" % more, code == 1
                  and is_centered(maps, "centered", ["ramp", "ramp-2"])
                  and ("centered", "dots") not in maps and ("vanilla_bp", "dots") in maps
                  and said.count("dots are not liked") == 1 and destroyed == 1, said,
                  sorted(maps))
    code, said, maps, destroyed = run("[centered]\nfault = together\n", more=more)
    scratch.check("a batch that fails is taken apart (%r)" % more, code == 0
                  and is_centered(maps, "centered", NAMES), said)
    for fault, times in (("create", 0), ("prepared", 1)):
        code, said, maps, destroyed = run("[centered]\nfault = %s\n[vanilla_bp]\n" % fault,
                                          more=more)
        jobs = {job["name"]: job for job in scratch.manifest()["jobs"]}
        scratch.check("%s() fails the whole job, once, and no other (%r)" % (fault, more),
                      code == 1 and said.count("%s was asked to fail" % fault) == 1
                      and jobs["centered"]["status"] == "failed"
                      and jobs["vanilla_bp"]["status"] == "ok" and destroyed == times,
                      said, destroyed)
code, said, maps, destroyed = run("[centered]\nfault = early\n")
scratch.check("results are refused before the first map", code == 1
              and "is not available in create(), prepare()" in said, said)
write_png(scratch.path("broken.png"), 8, 8, lambda x, y: (x, y, 0))
with open(scratch.path("broken.png"), "r+b") as file:
    data = file.read()
    at = data.index(b"IDAT")
    length, = struct.unpack(">I", data[at - 4:at])
    body = b"IDAT" + bytes(length)
    file.seek(at)
    file.write(body + struct.pack(">I", zlib.crc32(body)))
scratch.write_ini("[centered]\n", images="ramp.png, broken.png, dots.png")
code, said = scratch.run("-o", "partly")
values = [read_npy(scratch.path("partly", "centered", name, "attribution.npy"))[1]
          for name in ("ramp", "dots")] if code == 1 else []
scratch.check("a picture that cannot be read is left out of both passes", code == 1
              and said.count("broken.png") == 1
              and all(abs(a + b) < 1e-5 for a, b in zip(*values)), said)

for more in ("batch = 2\n", "isolate = yes\n"):
    scratch.write_ini("[census]\n", images="ramp.png, broken.png, dots.png", more=more)
    code, said = scratch.run("-o", "census")
    found = [item["value"] for item in scratch.manifest("census")["artifacts"]]
    scratch.check("what runs once has seen all pictures that can be used (%r)" % more,
                  code == 1 and found == [2], said, found)

# Further pictures

os.mkdir(scratch.path("set"))
for i in range(5):
    write_png(scratch.path("set", "p%d.png" % i), 16, 24,
              lambda x, y: (50 * i, 20 + x, 3 * y))
with open(scratch.path("set", "list.txt"), "w") as file:
    file.write("# two\np4.png\n../ramp.png\n")
plain = "images = set/p0.png, set/p1.png, set/p2.png, set/p3.png, set/p4.png"
for text, count in (("set/*.png", 5), ("set/p0.png, set/p[1-4].png", 5),
                    ("@set/list.txt", 2)):
    code, said, maps, destroyed = run("[centered]\nfrom = %s\n" % text, more="batch = 2\n")
    mine = maps.get(("centered", "dots"))
    names = ({2: "set/p4.png, ramp.png"}.get(count, "set/*.png"))
    scratch.write_ini("[centered]\n", images=names)
    again, words = scratch.run("-o", "mean")
    other = read_npy(scratch.path("mean", "centered", "p4", "attribution.npy"))[1]
    # input(dots) - mean(set) and input(p4) - mean(set) tell the same mean
    scratch.write_ini("[centered]\n", images="dots.png, set/p4.png")
    scratch.run("-o", "pair")
    pair = [read_npy(scratch.path("pair", "centered", name, "attribution.npy"))[1]
            for name in ("dots", "p4")]
    scratch.check("the mean of %s is that of these pictures" % text, code == 0
                  and all(abs((a - b) - (c - d)) < 1e-4
                          for a, b, c, d in zip(mine, other, *pair)), said, words)
before = {path: os.path.getmtime(scratch.path("set", path))
          for path in os.listdir(scratch.path("set"))}
for text, reason in (("nowhere/*.png", "run.ini:11: [centered] from: no file matches"),
                     ("set/p9.png", "there is no file"), ("set", "is a folder"),
                     ("set/p0.png:bird", "has a class, which has no meaning here"),
                     ("broken.png, small.ini", "small.ini"),
                     ("@small.labels", "small.labels:1")):
    scratch.write_ini("[centered]\nfrom = %s\n" % text)
    code, said = scratch.run("-o", "none")
    scratch.check("%s is refused beforehand" % text, code == 2 and reason in said
                  and not os.path.exists(scratch.path("none")), said)

# An evaluation prepares with its targets, on each network that it measures.

with open(scratch.path("marks.json"), "w") as file:
    json.dump({"pictures": [{"path": name, "width": size[0], "height": size[1], "objects": [
        {"class": "snake", "box": [0, 0, 20, 15], "main": True}]}
        for name, size in (("ramp.png", (40, 30)), ("dots.png", (32, 48)))]}, file)
for fault, code in (("none", 0), ("prepared", 1), ("dots", 1)):
    scratch.write_ini("[centered]\nfault = %s\n[vanilla_bp]\n" % fault, images="ramp.png",
                      more="[evaluation]\nannotations = marks.json\ncurve_steps = 0\n"
                           "sanity = yes\nsanity_stages = 2\n")
    if os.path.exists(scratch.path("destroyed")):
        os.remove(scratch.path("destroyed"))
    done = subprocess.run([program, "evaluate", "run.ini", "-o", "ev"], cwd=scratch.folder,
                          env=scratch.environment, capture_output=True, timeout=300)
    with open(scratch.path("ev", "evaluation.json")) as file:
        rows = {row["name"]: row for row in json.load(file)["jobs"]}
    scratch.check("an evaluation prepares its jobs (%s)" % fault, done.returncode == code
                  and rows["vanilla_bp"]["main"]["maps"] == 2
                  and (code == 1 or (rows["centered"]["main"]["maps"] == 2
                                     and os.path.getsize(scratch.path("destroyed")) == 3)),
                  done.stderr.decode(), rows)

# test-plugin

for fault, line in (("none", None), ("leak", "handles"), ("early", "runs")):
    done = subprocess.run(
        [program, "test-plugin", "--json", "-s", "centered.fault=" + fault,
         os.path.join(build, "tests", "run", ".libs", "centered.so")],
        cwd=scratch.folder, env=scratch.environment, capture_output=True, timeout=300)
    report = json.loads(done.stdout)
    found = {item["check"] for item in report["checks"] if item["verdict"] == "fault"}
    scratch.check("test-plugin finds %s" % (line or "nothing"),
                  line in found if line else not found, report)
scratch.finish()

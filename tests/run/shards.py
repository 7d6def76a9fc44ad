"""Shards of a run that are started at the same time make the files of one run and, joined, its
manifest and gallery, byte for byte; also when one is killed, and goes on.

CNNVIZ_SHARD_PICTURES sets how many pictures there are: 10,000 take minutes, and are for a
release.
"""
import json
import os
import random
import subprocess
import time

from scratch import Scratch, write_png

COUNT = int(os.environ.get("CNNVIZ_SHARD_PICTURES", "9"))
SHARDS = 4
# A job that another one needs, one that makes no map, one that looks at all pictures first,
# and two that run once
JOBS = ("[saliency]\n[emitting]\n[emitting_once]\n[pca_features]\nlayer = features.3\n"
        "[census]\n[second]\ntechnique = emitting_once\n")

scratch = Scratch()
os.mkdir(scratch.path("photos"))
for i in range(COUNT):
    write_png(scratch.path("photos", "p%d.png" % i), 18 + i % 5, 17,
              lambda x, y: ((7 * x + 20 * i) % 256, 9 * y, (31 * i) % 256))
scratch.write_ini(JOBS, images="photos/*.png, ramp.png:3, again/ramp.png:snake")


def start(output, index, *more, count=SHARDS):
    return subprocess.Popen(
        scratch.command("-o", output, "--shard", "%d/%d" % (index, count), *more),
        cwd=scratch.folder, env=scratch.environment, stderr=subprocess.PIPE)


def run_all(output, *more, count=SHARDS):
    """All shards at the same time: exit codes, and what they said."""
    started = [start(output, i + 1, *more, count=count) for i in range(count)]
    said = [process.communicate(timeout=3600)[1].decode() for process in started]
    return [process.returncode for process in started], said


def shard_manifest(output, index, count=SHARDS):
    with open(scratch.path(output, "manifest-%d-of-%d.json" % (index, count))) as file:
        return json.load(file)


def results(output):
    """The files but for those that speak of the others."""
    return {path: data for path, data in scratch.files(output).items()
            if "/" in path or not path.startswith(("manifest", "index", "page-", ".cnnviz"))}


def merge(*arguments):
    """Run `cnnviz merge`: exit code, standard output, standard error."""
    done = subprocess.run([scratch.command()[0], "merge", *arguments], cwd=scratch.folder,
                          env=scratch.environment, capture_output=True, timeout=3600)
    return done.returncode, done.stdout.decode(), done.stderr.decode()


def check_joined(what, output, *arguments):
    code, commands, said = merge(output, *arguments)
    files = scratch.files(output)
    scratch.check("%s: joined they are one run" % what,
                  code == 0 and commands == "" and files == whole, said,
                  sorted(path for path in set(files) | set(whole)
                         if files.get(path) != whole.get(path)))


# Files

code, said = scratch.run("-o", "whole")
scratch.check("one run makes all", code == 0, said)
whole = scratch.files("whole")
for more in ([], ["-s", "run.isolate=yes"]) if COUNT < 100 else ([],):
    codes, said = run_all("parts", *more)
    scratch.check("%s shards make the files of one run" % more,
                  codes == [0] * SHARDS and results("parts") == results("whole"), said,
                  sorted(set(results("parts")) ^ set(results("whole"))))
    scratch.check("%s each has a manifest, and nobody a gallery" % more,
                  sorted(set(scratch.files("parts")) - set(results("parts")) - {".cnnviz-lock"})
                  == ["manifest-%d-of-%d.json" % (i + 1, SHARDS) for i in range(SHARDS)],
                  sorted(scratch.files("parts")))
manifests = [shard_manifest("parts", i + 1) for i in range(SHARDS)]
pictures = [picture["name"] for manifest in manifests for picture in manifest["pictures"]]
scratch.check("every picture is in one of them",
              sorted(pictures) == sorted(picture["name"] for picture in
                                         scratch.manifest("whole")["pictures"]), pictures)
scratch.check("they say of what they are shards, and how they were made",
              [manifest["shard"] for manifest in manifests]
              == [[i + 1, SHARDS] for i in range(SHARDS)]
              and all(manifest["command"] == {
                  "ini": "run.ini", "set": ["run.isolate=yes"] if COUNT < 100
                  else [], "only": None, "folder": scratch.folder,
                  "output": scratch.path("parts")} for manifest in manifests),
              [manifest["command"] for manifest in manifests])
once = [sum(artifact["job"] == name for artifact in manifest["artifacts"]) > 0
        for name in ("emitting_once", "second") for manifest in manifests]
scratch.check("a job that runs once does so in one of them", once.count(True) == 2, once)

# Refusals

code, said = scratch.run("-o", "parts", "--shard", "1/3")
scratch.check("a folder has shards of one number", code == 2 and "manifest-1-of-4.json" in said
              and "cnnviz merge" in said, said)
code, said = scratch.run("-o", "bad", "--shard", "5/4")
scratch.check("a shard that is none is refused", code == 2 and '"5/4" is not I/N' in said
              and not os.path.exists(scratch.path("bad")), said)
scratch.environment["PMI_RANK"] = "1"
code, said = scratch.run("-o", "bad", "--shard", "auto")
scratch.check("so is a scheduler that does not say enough", code == 2
              and "PMI_SIZE is not set; give --shard I/N" in said, said)
scratch.environment["PMI_SIZE"] = str(SHARDS)
before = scratch.files("parts")
code, said = scratch.run("-o", "parts", "--shard", "auto")
scratch.check("one that says enough is asked, and the same shard again is the same",
              code == 0 and "shard 2 of 4" in said
              and {path for path, data in scratch.files("parts").items()
                   if before.get(path) != data} <= {"manifest-2-of-4.json"}, said)
del scratch.environment["PMI_RANK"], scratch.environment["PMI_SIZE"]

# A picture that cannot be used

with open(scratch.path("bad.png"), "w") as file:
    file.write("no picture")
scratch.write_ini("[saliency]\n", images="bad.png, ramp.png, dots.png, again/ramp.png")
answers = [scratch.run("-o", "bad", "--shard", "%d/2" % (i + 1)) for i in range(2)]
refused = [said for code, said in answers if code == 2]
scratch.check("it is a matter of its own shard, which refuses it as a whole run does",
              sorted(code for code, _ in answers) == [0, 2]
              and refused == [scratch.run("-o", "bad2")[1]], answers)
scratch.write_ini("[pca_features]\nlayer = features.3\n",
                  images="bad.png, ramp.png, dots.png, again/ramp.png")
answers = [scratch.run("-o", "bad", "--shard", "%d/2" % (i + 1)) for i in range(2)]
scratch.check("or of all, if a job looks at all pictures",
              [code for code, _ in answers] == [2, 2]
              and all("bad.png" in said for _, said in answers), answers)
scratch.write_ini(JOBS, images="photos/*.png, ramp.png:3, again/ramp.png:snake")

# Joined

check_joined("four", "parts")
code, commands, said = merge("parts")
scratch.check("there is nothing to do again", code == 0 and "nothing to join" in said, said)
MANY = 13
code, said = scratch.run("-o", "parts", "--shard", "1/%d" % MANY)
scratch.check("then there may be others", code == 0, said)
scratch.check("and what was there is of an earlier time",
              "manifest-earlier.json" in scratch.files("parts")
              and "manifest.json" not in scratch.files("parts")
              and "index.html" not in scratch.files("parts"))
codes, said = run_all("parts", count=MANY)
scratch.check("many, of which some have no picture",
              codes == [0] * MANY and (COUNT > 99 or [] in [
                  shard_manifest("parts", i + 1, MANY)["pictures"] for i in range(MANY)]), said)
check_joined("many", "parts")

# One is killed at some moment, and goes on

before = time.monotonic()
codes, said = run_all("killed")
took = time.monotonic() - before
check_joined("none killed", "killed")
moment = random.Random(COUNT)
for i in range(2):
    output = "killed%d" % i
    started = [start(output, k + 1) for k in range(SHARDS)]
    try:
        started[2].wait(took * moment.uniform(0.2, 0.9))
    except subprocess.TimeoutExpired:
        started[2].kill()
    for process in started:
        process.communicate(timeout=3600)
    code, commands, said = merge(output)
    if started[2].returncode != 0 and code != 0:
        scratch.check("the one that was killed is what is missing",
                      code == 1 and commands.endswith(" --shard 3/4 --resume\n")
                      and commands.count("\n") == 1 and "shard 3 of 4" in said
                      and "shard 1 of" not in said, commands, said)
        done = subprocess.run(commands.replace("cnnviz run", scratch.command()[0] + " run"),
                              shell=True, env=scratch.environment, capture_output=True)
        scratch.check("the command that it is told of makes it", done.returncode == 0,
                      done.stderr)
        check_joined("one killed", output)
    else:
        scratch.check("one that had done all", code == 0 and scratch.files(output) == whole, said)
scratch.finish()

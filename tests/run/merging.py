"""`cnnviz merge` joins what is there and true, says exactly what is not, and never leaves half of
anything. It opens no picture and loads no engine."""
import json
import os
import shutil
import subprocess

from scratch import Scratch, read_npy, write_png

scratch = Scratch()
JOBS = "[vanilla_bp]\n[smooth_grad]\nsamples = 2\n[noise_card]\n[census]\n[contact_sheet]\n"
LARGE = "long"
NAMES = ["p0", "p1", "p2", "p3", "p4", LARGE]
for i, name in enumerate(NAMES):
    write_png(scratch.path(name + ".png"), 700 if name == LARGE else 20, 16,
              lambda x, y: (x % 256, 12 * y, 40 * i))
IMAGES = ", ".join(name + ".png" for name in NAMES)
MORE = "contact_sheet = yes\n"


def merge(*arguments, folder=None, program=scratch.command()[0]):
    """Exit code, standard output, standard error."""
    done = subprocess.run([program, "merge", *arguments], cwd=folder or scratch.folder,
                          env=scratch.environment, capture_output=True, timeout=300)
    return done.returncode, done.stdout.decode(), done.stderr.decode()


def shards(output, *more, count=2, only=None):
    """Run shards, one after the other."""
    for i in only or range(1, count + 1):
        code, said = scratch.run("-o", output, "--shard", "%d/%d" % (i, count), *more)
        if code != 0:
            scratch.check("shard %d of %d is done" % (i, count), False, said)


def copy(source, target):
    shutil.rmtree(scratch.path(target), ignore_errors=True)
    shutil.copytree(scratch.path(source), scratch.path(target))


def change(output, index, change_manifest, count=2):
    path = scratch.path(output, "manifest-%d-of-%d.json" % (index, count))
    with open(path) as file:
        manifest = json.load(file)
    change_manifest(manifest)
    with open(path, "w") as file:
        json.dump(manifest, file)


def check_whole(what, output, code, said, commands=""):
    files = scratch.files(output)
    scratch.check("%s: this is one run" % what,
                  code == 0 and commands == "" and files == whole, said, commands,
                  sorted(path for path in set(files) | set(whole)
                         if files.get(path) != whole.get(path)))


def check_refused(what, words, code, commands, said, output="parts"):
    """Nothing was written, and the sentence has these words."""
    scratch.check("%s: it is refused" % what, code == 2 and commands == ""
                  and said.count("\n") == 1 and all(word in said for word in words), said)
    scratch.check("%s: nothing is written" % what,
                  not os.path.exists(scratch.path(output, "manifest.json")), said)


def run_commands(commands):
    """Do what the merge has printed."""
    done = subprocess.run(commands.replace("cnnviz run", scratch.command()[0] + " run"),
                          shell=True, cwd="/", env=scratch.environment, capture_output=True)
    scratch.check("its commands are right", done.returncode == 0, commands, done.stderr)


scratch.write_ini(JOBS, images=IMAGES, more=MORE)
code, said = scratch.run("-o", "whole")
scratch.check("one run makes all", code == 0, said)
whole = scratch.files("whole")
code, said = scratch.run("-o", "whole")
scratch.check("the same run again leaves its contact sheets",
              code == 0 and scratch.files("whole") == whole, said)
shards("parts")

# Several folders

for i in (1, 2):
    shards("own%d" % i, only=[i])
code, commands, said = merge("own1", "own2")
check_refused("several folders", ["several folders", "-o"], code, commands, said, "own1")
before = scratch.files("own1")
code, commands, said = merge("own1", "own2", "own1", "-o", "joined")
check_whole("two folders in another one", "joined", code, said, commands)
scratch.check("they stay as they are", scratch.files("own1") == before)
scratch.check("files are not copied where they can be linked",
              os.stat(scratch.path("joined", "vanilla_bp", "p0", "attribution.npy")).st_nlink == 2)
code, commands, said = merge("own1", "own2", "-o", "joined")
check_whole("once more", "joined", code, said, commands)
for i in (1, 2):
    shards("own%d" % i, "-s", "run.seed=6", only=[i])
code, commands, said = merge("own1", "own2", "-o", "joined")
scratch.check("the files that were joined first are not those of later runs",
              code == 0 and scratch.manifest("joined")["seed"] == 6
              and scratch.files("whole") == whole, said)
shutil.rmtree(scratch.path("joined"))

# Packs of their own

for i in (1, 2):
    shards("packed%d" % i, "-s", "run.pack=yes", only=[i])
code, commands, said = merge("packed1", "packed2", "-o", "packed")
maps = {(item["job"], item["picture"]): item["path"] for item in
        scratch.manifest("whole")["artifacts"] if item["kind"] == "map"}
rows = [item for item in scratch.manifest("packed")["artifacts"] if item["kind"] == "map"]


def row(item):
    shape, values = read_npy(scratch.path("packed", item["path"]))
    size = len(values) // shape[0]
    return values[item["row"] * size:(item["row"] + 1) * size]


scratch.check("rows are those of both shards' packs, with an index of each",
              code == 0 and {item["path"] for item in rows if item["job"] == "vanilla_bp"}
              == {"vanilla_bp/maps-1-of-2.npy", "vanilla_bp/maps-2-of-2.npy"}
              and os.path.exists(scratch.path("packed", "vanilla_bp", "maps-2-of-2.csv"))
              and len(rows) == len(maps) and all(
                  row(item) == read_npy(scratch.path("whole", maps[item["job"], item["picture"]]))[1]
                  for item in rows), said, rows)

# Runs of some jobs

scratch.run("-o", "one", "--only", "vanilla_bp,noise_card")
scratch.run("-o", "two", "--only", "smooth_grad,census,contact_sheet")
code, commands, said = merge("one", "two", "-o", "joined")
check_refused("runs that say of no INI file", ["one/manifest.json", "--from"], code, commands, said,
              "joined")
code, commands, said = merge("one", "two", "-o", "joined", "--from", "run.ini")
scratch.check("runs of some jobs are joined",
              code == 0 and {path: data for path, data in scratch.files("joined").items()
                             if path.endswith((".png", ".npy"))}
              == {path: data for path, data in whole.items() if path.endswith((".png", ".npy"))},
              said, sorted(set(scratch.files("joined")) ^ set(whole)))
scratch.check("the manifest is that of one run of all",
              json.loads(scratch.files("joined")["manifest.json"])["artifacts"]
              == json.loads(whole["manifest.json"])["artifacts"])
shards("some", "--only", "vanilla_bp")
code, commands, said = merge("some")
scratch.run("-o", "some_whole", "--only", "vanilla_bp")
scratch.check("what shards were told to do is all that is wanted",
              code == 0 and scratch.files("some") == scratch.files("some_whole"), said)

# What is missing

copy("parts", "broken")
os.remove(scratch.path("broken", "manifest-2-of-2.json"))
lost = json.load(open(scratch.path("broken", "manifest-1-of-2.json")))["artifacts"]
lost = [item for item in lost if item["job"] == "smooth_grad" and "array" not in item][0]
os.remove(scratch.path("broken", lost["path"]))
code, commands, said = merge("broken")
scratch.check("it is told by shard, job and name",
              code == 1 and "shard 2 of 2 has not been run" in said
              and "shard 1 of 2 is there, but not with all that it made" in said
              and "1 file that manifests list is not there: " + lost["path"] in said
              and "[smooth_grad]: 1 of " in said and "[vanilla_bp]: " in said
              and ": %s\n" % lost["picture"] in said, said)
scratch.check("so are the commands, for a shell",
              commands.splitlines() == [
                  "cd %s && cnnviz run run.ini -o %s --shard %d/2 --resume"
                  % (scratch.folder, scratch.path("broken"), i) for i in (1, 2)], commands)
manifest = scratch.manifest("broken")
scratch.check("what is there is joined, and said to be a part",
              manifest["interrupted"] and "index.html" in scratch.files("broken")
              and {job["name"]: job["status"] for job in manifest["jobs"]}["smooth_grad"]
              == "interrupted" and manifest["artifacts"] != []
              and lost["path"] not in [item.get("path") for item in manifest["artifacts"]],
              manifest["jobs"])
run_commands(commands)
code, commands, said = merge("broken")
check_whole("mended", "broken", code, said, commands)

# Merging again after files were lost of what had been joined

copy("parts", "broken")
merge("broken")
place = scratch.path("broken", "vanilla_bp")
before = [os.stat(os.path.join(place, name, "attribution.npy")).st_mtime_ns for name in NAMES]
shards("broken", "--resume", only=[2])
scratch.check("a shard goes on with what was joined",
              before == [os.stat(os.path.join(place, name, "attribution.npy")).st_mtime_ns
                         for name in NAMES])
code, commands, said = merge("broken")
check_whole("a shard made again after all were joined", "broken", code, said, commands)

# A shard that was killed when all was done: its journal tells, also of pictures that jobs have
# only looked at

copy("parts", "broken")
first, second = (json.load(open(scratch.path("broken", "manifest-%d-of-2.json" % i)))
                 for i in (1, 2))
journal = [{key: first[key]} for key in ("device", "engine", "model", "digest")]
journal += [{"pictures": [dict(picture, input=None)]} for picture in second["pictures"]]
for name in ("pictures", "artifacts", "warnings", "rules"):
    journal += [{name: [item]} for item in first[name]]
once = {item["job"] for item in first["artifacts"] + second["artifacts"]
        if item["picture"] is None}
for job in first["jobs"]:
    made = [item for item in first["artifacts"] if item["job"] == job["name"]]
    journal += [{"jobs": [dict(job, status="not run")]}]
    journal += [{"done": [{"job": job["name"], "picture": picture}]} for picture in
                ([None] if made and job["name"] in once else [] if job["name"] in once else
                 [picture["name"] for picture in first["pictures"]])]
with open(scratch.path("broken", ".cnnviz-journal-1-of-2"), "w") as file:
    file.writelines(json.dumps(line) + "\n" for line in journal)
    file.write('{"pictures": [{"na')
open(scratch.path("broken", ".cnnviz-lock-1-of-2"), "w").close()
change("broken", 1, lambda manifest: manifest.update(under_way=True, pictures=[], artifacts=[]))
code, commands, said = merge("broken")
check_whole("a shard that was killed at its end", "broken", code, said, commands)

# Conflicts

for what, words, alter in (
        ("other weights", ["model", "sha256", "manifest-2-of-2.json does not belong to",
                           "manifest-1-of-2.json"],
         lambda manifest: manifest["model"].update(sha256="0" * 64)),
        ("other parameters", ["jobs[1]", "\"parameters\"", "\"3\"", "manifest-2-of-2.json",
                              "manifest-1-of-2.json"],
         lambda manifest: manifest["jobs"][1]["parameters"].update(samples="3")),
        ("another digest", ["different results of [vanilla_bp]", "manifest-2-of-2.json",
                            "manifest-1-of-2.json"],
         lambda manifest: [job.update(digest="0" * 64) for job in manifest["jobs"]
                           if job["name"] == "vanilla_bp"]),
        ("a file elsewhere", ["artifacts[0]", "manifest-2-of-2.json"],
         lambda manifest: manifest["artifacts"][0].update(path="../x.png")),
        ("no command", ["manifest-2-of-2.json: command"],
         lambda manifest: manifest.update(command=7)),
        ("no version", ["manifest-2-of-2.json is no manifest"],
         lambda manifest: manifest.pop("cnnviz"))):
    copy("parts", "bad")
    change("bad", 1, lambda manifest: manifest["model"].update(sha256="1" * 64))
    change("bad", 2, alter)
    if what != "other weights":
        change("bad", 1, lambda manifest: manifest["model"].update(sha256=None))
    check_refused(what, words, *merge("bad"), output="bad")
copy("parts", "bad")
with open(scratch.path("bad", "manifest-2-of-2.json"), "r+") as file:
    file.truncate(len(file.read()) // 2)
check_refused("half a manifest", ["manifest-2-of-2.json"], *merge("bad"), output="bad")

copy("own2", "own3")
shards("own2", only=[2])
shards("own1", only=[1])
copy("own2", "own3")
change("own3", 2, lambda manifest: [item["figures"].update(min=0.125) for item in
                                    manifest["artifacts"] if item["kind"] == "map"])
check_refused("two results of one pair",
              ["own2/manifest-2-of-2.json and ", "own3/manifest-2-of-2.json have different results",
               "[vanilla_bp] for picture "],
              *merge("own1", "own2", "own3", "-o", "bad2"), output="bad2")

# Folders and INI files

check_refused("no folder", ["there is no folder \"nosuch\""], *merge("nosuch"), output="nosuch")
os.mkdir(scratch.path("empty"))
check_refused("nothing to join", ["empty", "no manifest of a shard"], *merge("empty"),
              output="empty")
shards("three", only=[1], count=3)
check_refused("other shards", ["three/manifest-1-of-3.json", "in 3 shards", "in 2"],
              *merge("own1", "three", "-o", "bad2"), output="bad2")
copy("parts", "moved")
os.rename(scratch.path("run.ini"), scratch.path("again", "other.ini"))
code, commands, said = merge("moved")
scratch.check("an INI file that is elsewhere now has to be given",
              code == 2 and "run.ini" in said and "--from" in said, said)
os.rename(scratch.path("again", "other.ini"), scratch.path("run.ini"))
code, commands, said = merge(scratch.path("moved"), folder="/")
check_whole("from another folder", "moved", code, said, commands)

# Nothing is opened, nothing is loaded

copy("parts", "quiet")
for name in NAMES:
    os.chmod(scratch.path(name + ".png"), 0)
environment = scratch.environment
scratch.environment = dict(environment, CNNVIZ_ENGINE="nosuch", LD_DEBUG="files",
                           LD_DEBUG_OUTPUT=scratch.path("linker"))
code, commands, said = merge("quiet", "-s", "run.device=cuda")
scratch.environment = environment
linked = "".join(open(scratch.path(name)).read() for name in os.listdir(scratch.folder)
                 if name.startswith("linker"))
scratch.check("without engine, device and pictures", code == 0
              and "libjansson" in linked and "libtorch" not in linked
              and "reference.so" not in linked, said)
for name in NAMES:
    os.chmod(scratch.path(name + ".png"), 0o644)

# A folder at a time

begun = scratch.path("begun")
scratch.write_ini(JOBS + "[endless]\nbegun = begun\n", images=IMAGES, more=MORE)
process = subprocess.Popen(scratch.command("-o", "busy", "--shard", "1/2"), cwd=scratch.folder,
                           env=scratch.environment, stderr=subprocess.PIPE)
while not os.path.exists(begun) and process.poll() is None:
    try:
        process.wait(0.05)
    except subprocess.TimeoutExpired:
        pass
number = "(process %d)" % process.pid
for what, words, result in (
        ("a merge while a shard is at work", ["another run " + number], merge("busy")[::2]),
        ("a whole run", ["another run " + number], scratch.run("-o", "busy")),
        ("the same shard", ["shard 1/2 of another run " + number],
         scratch.run("-o", "busy", "--shard", "1/2")),
        ("a shard of another number", ["of a run in 2 shards"],
         scratch.run("-o", "busy", "--shard", "1/3"))):
    scratch.check("%s is refused" % what, result[0] == 2
                  and all(word in result[1] for word in words), result)
process.kill()
process.communicate()
code, said = scratch.run("-o", "busy", "--shard", "2/2", "-s", "endless.technique=vanilla_bp",
                         "-s", "endless.begun=")
scratch.check("a killed one is in nobody's way", "is writing into" not in said, said)
scratch.finish()

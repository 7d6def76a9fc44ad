"""[run] pack: the arrays of all pictures are the rows of one file for each job, which numpy reads, with
an index; bit for bit they are those of a run without it. With npy-only the number of files does not
grow with that of pictures."""
import csv
import json
import os
import subprocess
import sys

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), "..", "oracle"))
import engine_tool
engine_tool.use_oracle("numpy")

import numpy as np  # noqa: E402

from scratch import Scratch, program, write_png

JOBS = "[vanilla_bp]\n[grad_cam]\ntarget = 1\n[emitting]\n[emitting_once]\n"
IMAGES = "ramp.png:3, dots.png, again/ramp.png:snake, ramp.png:2, \"com,ma.png\""

scratch = Scratch()
write_png(scratch.path("com,ma.png"), 16, 24, lambda x, y: (9 * x, 99, 9 * y))
scratch.write_ini(JOBS, images=IMAGES, more="threads = 1")


def check_same(packed, plain):
    """The artifacts of two runs, one of them with packs"""
    new, old = scratch.manifest(packed)["artifacts"], scratch.manifest(plain)["artifacts"]
    scratch.check("as many artifacts in " + packed, len(new) == len(old))
    rows = {}
    for a, b in zip(new, old):
        kept = [k for k in b if k not in ("path", "array")]
        scratch.check("the same but for paths: %s %s %s" % (a["job"], a["picture"], a["name"]),
                      all(a[k] == b[k] for k in kept) and set(a) - set(b) <= {"row"}, a, b)
        key = "array" if "array" in b else "path"
        if not (b.get(key) or "").endswith(".npy"):
            continue
        values = np.load(scratch.path(plain, b[key]))
        if b["picture"] is None:
            scratch.check("what is about no picture has its own file", a[key] == b[key] and "row" not in a)
            continue
        pack = np.load(scratch.path(packed, a[key]), mmap_mode="r")
        scratch.check("a row is the array bit for bit: %s %d" % (a[key], a["row"]),
                      pack.dtype == np.float32 and pack[a["row"]].tobytes() == values.tobytes()
                      and pack[a["row"]].shape == values.shape)
        rows.setdefault(a[key], []).append((a["row"], a))
    for path, found in rows.items():
        check_index(packed, path, sorted(found, key=lambda item: item[0]))
    return rows


def check_index(output, path, rows):
    pack = np.load(scratch.path(output, path), mmap_mode="r")
    scratch.check("rows of %s are those of pictures in order" % path,
                  [row for row, _ in rows] == list(range(len(pack))), rows)
    paths = {view["name"]: view["path"] for view in scratch.manifest(output)["pictures"]}
    with open(scratch.path(output, path[:-4] + ".csv"), newline="") as file:
        index = list(csv.DictReader(file))
    wanted = [{"row": str(row), "picture": item["picture"], "path": paths[item["picture"]],
               "target": str(item["target"]["index"]), "target_name": item["target"]["name"]} for row, item in rows]
    scratch.check("the index of " + path, index == wanted, index, wanted)


def check_gallery(rows):
    page = scratch.files("packed")["index.html"].decode()
    plain = scratch.files()["index.html"].decode()
    scratch.check("the gallery has the values under the pointer, and links to rows",
                  page.count("data-values=\"vanilla_bp/maps.npy#row=3\"") == plain.count("data-values=\"vanilla_bp/ramp-3/attribution.npy\"") > 0
                  and "href=\"vanilla_bp/maps.npy#row=3\"" in page)
    embedded = lambda text: sorted(part.split("\"")[0] for part in text.split("data-values=\"")[1:]
                                   if not part.split("\"")[0].count(".npy"))
    scratch.check("embedded values are the same", embedded(page) == embedded(plain) != [])


code, said = scratch.run()
scratch.check("a run without packs", code == 0, said)
code, said = scratch.run("-s", "run.pack=yes", "-o", "packed")
scratch.check("a run with packs", code == 0, said)
rows = check_same("packed", "out")
scratch.check("maps.npy of each attribution, and packs of other arrays by name",
              {"vanilla_bp/maps.npy", "grad_cam/maps.npy", "emitting/loss.npy", "emitting/objects.npy",
               "emitting/seen.npy"} <= set(rows), rows.keys())
files = scratch.files("packed")
scratch.check("drawings are files as before", all(files.get(path) == data for path, data in scratch.files().items()
              if not path.endswith((".npy", ".json", ".html"))))
check_gallery(rows)

code, said = scratch.run("-s", "run.pack=yes", "-s", "run.isolate=strict", "-o", "apart")
scratch.check("isolated jobs append to the same files", code == 0 and {
    path for path, data in scratch.files("apart").items() if data != files.get(path)} <= {"manifest.json", "index.html"}, said)
code, said = scratch.run("-s", "run.pack=yes", "-s", "run.batch=1", "-o", "packed")
again = scratch.files("packed")
scratch.check("a second run makes the same files in place of the first one's", code == 0 and {
    path for path in set(again) | set(files) if again.get(path) != files.get(path)} <= {"manifest.json"}, said)
code, said = scratch.run("-o", "packed")
scratch.check("a run without packs removes them, and their indexes", code == 0 and not any(
    path.endswith(".csv") or "maps" in path for path in scratch.files("packed")), said)



def check_sizes():
    """Pictures of their own sizes, one of which comes again; the network's red and blue are swapped"""
    with open(scratch.path("small.ini")) as small, open(scratch.path("free.ini"), "w") as free:
        text = small.read().replace("flatten = flatten", "pool = adaptive_avg_pool2d output=1\nflatten = flatten")
        free.write(text.replace("mean =", "channels = BGR\nmean ="))
    free = ["-s", "model.architecture=free.ini", "-s", "input.resize=none", "--only", "vanilla_bp,grad_cam"]
    scratch.write_ini(JOBS, images="ramp.png, dots.png, again/ramp.png, ramp.png, dots.png", more="threads = 1")
    codes = [scratch.run(*free, "-o", "plain"), scratch.run(*free, "-s", "run.pack=yes", "-o", "sizes")]
    scratch.check("runs on pictures of their own sizes", [code for code, said in codes] == [0, 0], codes)
    rows = check_same("sizes", "plain")
    scratch.check("a pack for each shape, which its name has", set(rows) == {
        "vanilla_bp/maps-3x30x40.npy", "vanilla_bp/maps-3x48x32.npy", "vanilla_bp/maps-3x20x20.npy",
        "grad_cam/maps-1x15x20.npy", "grad_cam/maps-1x24x16.npy", "grad_cam/maps-1x10x10.npy"}, rows.keys())


def check_full_disk():
    """A file may not become larger than the packs of three maps, as on a full disk"""
    import resource
    room = 128 + 3 * 4 * 3 * 24 * 16 + 100
    scratch.write_ini("[vanilla_bp]\n", images=IMAGES, more="threads = 1\noutput_format = npy-only\npack = yes")
    before = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (room, before[1]))
    code, said = scratch.run("-o", "full")
    resource.setrlimit(resource.RLIMIT_FSIZE, before)
    made = scratch.manifest("full")["artifacts"]
    scratch.check("pictures fail that have no room, with the file's name", code == 1
                  and "cannot write" in said and "vanilla_bp/maps.npy" in said, said)
    scratch.check("the other rows are there, and no half of one", [item["row"] for item in made] == [0, 1, 2]
                  and np.load(scratch.path("full/vanilla_bp/maps.npy")).shape == (3, 3, 24, 16)
                  and os.path.getsize(scratch.path("full/vanilla_bp/maps.npy")) == room - 100, made)


def check_killed():
    """A run that is killed leaves whole rows; one that goes on overwrites what was not recorded."""
    scratch.write_ini("[vanilla_bp]\n[grad_cam]\n", images=", ".join(["ramp.png", "dots.png"] * 60),
                      more="threads = 1\noutput_format = npy-only\npack = yes\nbatch = 2")
    code, said = scratch.run("-o", "whole")
    scratch.check("a run that nobody kills", code == 0, said)
    process = subprocess.Popen(scratch.command("-o", "killed"), cwd=scratch.folder, env=scratch.environment,
                               stderr=subprocess.DEVNULL)
    path, rows = scratch.path("killed", "grad_cam", "maps.npy"), 0
    while process.poll() is None and rows < 10:
        rows = len(np.load(path, mmap_mode="r")) if os.path.exists(path) else 0
    process.kill()
    process.wait()
    whole = np.load(scratch.path("whole", "grad_cam", "maps.npy"))
    left = np.load(path)
    scratch.check("the rows of a run that was killed are whole", 10 <= len(left) <= len(whole)
                  and left.tobytes() == whole[:len(left)].tobytes(), left.shape)
    with open(path, "r+b") as file:  # a row that was being written
        file.seek(0, 2)
        file.write(b"\x55" * 1000)
    code, said = scratch.run("-o", "killed", "--resume")
    files, wanted = scratch.files("killed"), scratch.files("whole")
    scratch.check("a run that goes on makes the files of one run", code == 0 and "reused" in said and {
        path for path in set(files) | set(wanted) if files.get(path) != wanted.get(path)} == set(), said)


def check_shards():
    """Each shard has packs of its own"""
    scratch.write_ini("[vanilla_bp]\n[grad_cam]\n", images="ramp.png, dots.png, again/ramp.png, \"com,ma.png\"",
                      more="threads = 1\npack = yes")
    codes = [scratch.run("-o", "alone")] + [scratch.run("-o", "shards", "--shard", "%d/2" % i) for i in (1, 2)]
    scratch.check("two shards", [code for code, said in codes] == [0, 0, 0], codes)
    whole = {(item["job"], item["picture"]): np.load(scratch.path("alone", item["path"]))[item["row"]]
             for item in scratch.manifest("alone")["artifacts"] if item["kind"] == "map"}
    found = {}
    for i in (1, 2):
        with open(scratch.path("shards", "manifest-%d-of-2.json" % i), encoding="utf-8") as file:
            for item in json.load(file)["artifacts"]:
                if item["kind"] == "map":
                    scratch.check("a shard's pack has its numbers", item["path"] == item["job"] + "/maps-%d-of-2.npy" % i, item)
                    found[item["job"], item["picture"]] = np.load(scratch.path("shards", item["path"]))[item["row"]]
    done = subprocess.run([program, "merge", "shards"], cwd=scratch.folder, env=scratch.environment, capture_output=True)
    merged = {(item["job"], item["picture"]): np.load(scratch.path("shards", item["path"]))[item["row"]]
              for item in scratch.manifest("shards")["artifacts"] if item["kind"] == "map"}
    scratch.check("merged they have the same rows", done.returncode == 0 and merged.keys() == whole.keys() and all(
        merged[key].tobytes() == whole[key].tobytes() for key in whole), done.stderr)
    scratch.check("shards have all rows, bit for bit", found.keys() == whole.keys() and all(
        found[key].tobytes() == whole[key].tobytes() for key in whole), found.keys())


def count(pictures):
    scratch.write_ini(JOBS, images=", ".join(["ramp.png:3"] * pictures), more="threads = 1")
    code, said = scratch.run("-s", "run.pack=yes", "-s", "run.output_format=npy-only", "-o", "few")
    scratch.check("%d pictures" % pictures, code == 0, said)
    return len(scratch.files("few")), len(np.load(scratch.path("few/vanilla_bp/maps.npy"), mmap_mode="r"))


check_sizes()
check_full_disk()
check_killed()
check_shards()
scratch.check("the number of files is the same for 3 pictures and for 40", (count(3)[0], 40) == count(40))
scratch.finish()

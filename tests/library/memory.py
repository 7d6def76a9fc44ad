"""What the library hands out in memory is what the program writes, bit for bit; and
nothing is written, nor printed.

Pillow and numpy read the program's files.
"""
import os
import resource
import sys
import threading

ORACLE = os.environ.get("PYTHON_ORACLE", "")
try:
    import numpy as np
    from PIL import Image
except ImportError as missing:
    if ORACLE and os.environ.get("MEMORY_RERUN") != "1":
        os.environ["MEMORY_RERUN"] = "1"
        os.execvp(ORACLE, [ORACLE] + sys.argv)
    print("SKIP: numpy and Pillow are needed:", missing)
    sys.exit(77)

sys.path.insert(0, os.path.join(os.environ["top_srcdir"], "tests", "run"))
from scratch import LABELS, Scratch  # noqa: E402

from bindings import (  # noqa: E402
    CANCELED, FILES, INCOMPLETE, INPUT, OK, QUIET, Plan)

KINDS = ["image", "map", "array", "figure", "animation", "curve", "labels"]

scratch = Scratch()
scratch.write_ini("[emitting]\n[grad_cam]\n[vanilla_bp]\n[emitting_once]\n")
code, said = scratch.run()
scratch.check("the program has done all", code == 0, said)
manifest = scratch.manifest()

# The library's plan: the same text, in a folder of its own
with open(scratch.path("run.ini"), encoding="utf-8") as file:
    text = file.read().encode()
os.environ.update({name: scratch.environment[name]
                   for name in ("CNNVIZ_ENGINE", "CNNVIZ_PLUGIN_PATH")})
os.makedirs(scratch.path("elsewhere"))
os.chdir(scratch.path("elsewhere"))


def tree():
    """All files below the folder, with what tells that one was touched"""
    return {os.path.join(folder, name): os.lstat(os.path.join(folder, name)).st_ctime_ns
            for folder, _, names in os.walk(scratch.folder) for name in names + ["."]}


error_output = os.dup(2)
printed = os.memfd_create("stderr")
os.dup2(printed, 2)
plan = Plan(text, folder=scratch.folder.encode())
before = tree()
limit = resource.getrlimit(resource.RLIMIT_FSIZE)
resource.setrlimit(resource.RLIMIT_FSIZE, (0, limit[1]))  # a byte in any file is too much
status = plan.run()
first = plan.artifacts, plan.order, plan.pictures
again = plan.run()
resource.setrlimit(resource.RLIMIT_FSIZE, limit)
scratch.check("the library has done all", status == OK and not plan.failures, status,
              plan.errors(), plan.messages)
scratch.check("nothing was written", tree() == before, set(tree()) ^ set(before))
scratch.check("messages come where they are wanted",
              any("forward" in said for _, said in plan.messages), plan.messages)
scratch.check("everything comes in the thread that called",
              plan.threads == {threading.get_ident()}, plan.threads)

# Artifacts

given = {(item.job, item.picture, item.name): item for item in first[0]}
listed = {(item["job"], item["picture"], item["name"]): item
          for item in manifest["artifacts"]}
scratch.check("each of the manifest's artifacts comes, once",
              given.keys() == listed.keys() and len(first[0]) == len(listed),
              given.keys() ^ listed.keys())


def load(path):
    return np.load(scratch.path("out", path))


def same_values(item, path):
    values = load(path)
    return values.shape == item.values_shape and values.tobytes() == item.values


def same_pixels(item, path):
    pixels = np.asarray(Image.open(scratch.path("out", path)))
    return (pixels.tobytes() == item.data
            and item.shape[:3] == (*pixels.shape, 1)[:3] and item.size == pixels.size)


def same_bytes(item, path):
    with open(scratch.path("out", path), "rb") as stream:
        return stream.read() == item.data


def is_same(item, entry):
    """Whether an artifact has what the manifest's entry and its files have"""
    path, array = entry.get("path"), entry.get("array")
    same = {"image": lambda: same_pixels(item, path),
            "map": lambda: same_values(item, path),
            "array": lambda: same_values(item, path),
            "figure": lambda: abs(item.value - entry["value"]) <= 1e-8 * abs(item.value),
            "animation": lambda: (same_bytes(item, path)
                                  and list(item.shape) == entry["shape"]),
            "curve": lambda: (same_bytes(item, path) and item.axis == entry["axis"]
                              and item.lines == entry.get("lines", item.lines)),
            "labels": lambda: same_pixels(item, path)}[entry["kind"]]
    return same() and (array is None or same_values(item, array))


for key, entry in listed.items():
    item = given.get(key)
    if item is None:
        continue
    label = "/".join(str(part) for part in key)
    scratch.check(label + ": its kind and technique", KINDS[item.kind] == entry["kind"]
                  and item.technique == item.job, item.kind)
    scratch.check(label + ": what it is, bit for bit", is_same(item, entry), item.shape,
                  item.values_shape)
    target = entry.get("target") or {"index": -1, "name": None}
    scratch.check(label + ": its class", (item.target, item.target_name)
                  == (target["index"], target["name"]), item.target, item.target_name)
    for name in ("min", "max", "confidence"):
        scratch.check(label + ": " + name, name not in entry or abs(
            item.scalars[name] - entry[name]) <= 1e-8 * abs(entry[name]), item.scalars)
kinds = {item.kind for item in first[0]}
scratch.check("there was one of each kind", kinds == set(range(len(KINDS))), kinds)

# Pictures

for seen, entry in zip(first[2], manifest["pictures"]):
    view = np.asarray(Image.open(scratch.path("out", entry["input"])).convert("RGB"))
    scratch.check(seen["name"] + ": the view", seen["view"] == view.tobytes()
                  and seen["size"] == view.shape, seen["size"])
    scratch.check(seen["name"] + ": the classes", seen["name"] == entry["name"] and [
        (item["index"], item["name"]) for item in entry["top"]] == [
            item[:2] for item in seen["classes"]] and all(
                abs(a["probability"] - b[2]) < 1e-8
                for a, b in zip(entry["top"], seen["classes"])), seen["classes"], entry)
scratch.check("pictures come in order, each before what is about it",
              [seen["index"] for seen in first[2]] == [0, 1, 2]
              and all(first[1].index(("picture", item.index)) < first[1].index(
                  (item.job, item.picture, item.name))
                  for item in first[0] if item.picture is not None))
scratch.check("progress ends with all", plan.progress == sorted(plan.progress)
              and plan.progress[-1] == 1, plan.progress[-3:])

# Once more

scratch.check("a second run hands out the same", again == OK and plan.order == first[1]
              and all(a.data == b.data and a.values == b.values
                      for a, b in zip(plan.artifacts, first[0])), again)

# Pictures in memory: as bytes of a file, as pixels, as a path


def contents(*path):
    with open(scratch.path(*path), "rb") as stream:
        return stream.read()


pixels = np.asarray(Image.open(scratch.path("ramp.png")))
uploads = [
    {"name": b"x/ramp.jpeg", "bytes": contents("ramp.png"),
     "size": len(contents("ramp.png")), "target": b"3"},
    {"name": b"broken.png", "bytes": b"\x89PNG\r\n\x1a\n oh", "size": 11},
    {"name": b"ramp", "pixels": pixels.tobytes(), "channels": 3,
     "width": pixels.shape[1], "height": pixels.shape[0], "target": LABELS[3].encode()},
    {"name": b"ramp.png", "target": b"3"},
    {"name": b"ramp.png", "target": b"no such class"},
]
status = plan.run(uploads)
scratch.check("what can be done is done", status == INCOMPLETE, status, plan.errors())
names = [seen["name"] for seen in plan.pictures]
scratch.check("pictures have names of their own", names
              == ["ramp", "broken", "ramp-2", "ramp-3", "ramp-4"], names)
failed = {seen["name"]: seen["failure"] for seen in plan.pictures if seen["failure"]}
scratch.check("what is wrong with a picture names it", failed.keys() == {"broken", "ramp-4"}
              and "memory:/2/broken.png" in failed["broken"]
              and "no such class" in failed["ramp-4"], failed)
for name in ("ramp", "ramp-2", "ramp-3"):
    found = [item for item in plan.artifacts if item.picture == name]
    wanted = [item for item in first[0] if item.picture == "ramp"]
    scratch.check(name + ": as if read from its file", len(found) == len(wanted) and all(
        a.name == b.name and a.data == b.data and a.values == b.values
        for a, b in zip(found, wanted) if a.technique in ("grad_cam", "emitting")))
plan.free()

# Numbers alone, in memory and not in packs

wanted = {key: item.values for key, item in given.items() if item.values}
plan = Plan(text.replace(b"seed = 5", b"seed = 5\noutput_format = npy-only\npack = yes"),
            folder=scratch.folder.encode())
status = plan.run()
scratch.check("nothing is drawn with npy-only", status == OK
              and not any(item.data for item in plan.artifacts)
              and [seen["view"] for seen in plan.pictures] == [None] * 3, status,
              plan.errors())
found = {(item.job, item.picture, item.name): item.values for item in plan.artifacts}
scratch.check("and the numbers are the same", wanted.items() <= found.items(),
              [key for key in wanted if wanted[key] != found.get(key)])
plan.free()

# To files

os.chdir(scratch.folder)
for text_given, name in ((text, b"a text"), (None, b"run.ini")):
    output = "files" if text_given else "again-in-files"
    plan = Plan(text_given, name=name, flags=FILES | QUIET,
                output=scratch.path(output).encode())
    for attempt in range(2):
        status = plan.run_to_files()
        written, wanted = scratch.files(output), scratch.files("out")
        scratch.check("a run of %s to files writes what the program does" % name,
                      status == OK and written == wanted, status, plan.errors(),
                      [path for path in written.keys() | wanted.keys()
                       if written.get(path) != wanted.get(path)])
    plan.free()
plan = Plan(text, folder=b".", output=b"cancelled", flags=FILES)
status = plan.run_to_files(lambda _, done, job: done > 0)
scratch.check("what a cancelled run has written is complete", status == CANCELED
              and scratch.manifest("cancelled")["interrupted"]
              and 0 < len(scratch.manifest("cancelled")["artifacts"]) < len(listed), status)
plan.free()
plan = Plan(text, folder=scratch.folder.encode(), shard=b"1/2")
scratch.check("shards are of files", plan.status == INPUT and "shard" in plan.errors()[0],
              plan.errors())
plan.free()
os.dup2(error_output, 2)
scratch.check("nothing is printed", os.fstat(printed).st_size == 0,
              os.pread(printed, 1000, 0))

# Isolated jobs, whose processes print

plan = Plan(text.replace(b"seed = 5", b"seed = 5\nisolate = yes"), folder=b".",
            output=b"isolated", flags=FILES)
status = plan.run_to_files()
written = scratch.files("isolated")
scratch.check("isolated jobs write the same", status == OK and all(
    written.get(path) == wanted[path] for path in wanted
    if not path.startswith(("manifest", "index"))), status, plan.errors())
scratch.check("but cannot be run into memory", plan.run() == INPUT
              and "isolate" in plan.errors()[0], plan.errors())
plan.free()
scratch.finish()

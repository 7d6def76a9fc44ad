"""Wherever one call of malloc, write, fsync, rename, open, mmap or fork fails, a run ends with a
sentence and without a crash, its manifest lists only what is there, and a run that says that
all is done has left what it always leaves.

CNNVIZ_FAULTS gives the number of calls that are tried of each function, a few by default, or
is "all". Then it takes some minutes.
"""
import json
import os
import random
import shutil
import struct
import subprocess
import sys

from scratch import Scratch, build, engine, program

with open(program, "rb") as file:
    if "CNNVIZ" in os.environ or b"libasan" in file.read():
        print("another tool stands in for malloc here")
        sys.exit(77)
scratch = Scratch()
FAULTS = os.environ.get("CNNVIZ_FAULTS", "4")
LIBRARY = os.path.join(build, "tests", "run", ".libs", "failing_calls.so")
CALLS = ["malloc", "write", "fsync", "rename", "open", "mmap", "fork"]
random = random.Random(23)

# A program that knows few plugins makes few calls: otherwise most are for their descriptions.
for folder in ("bin", "shipped", "cache"):
    os.mkdir(scratch.path(folder))
copy = scratch.path("bin", "cnnviz")
shutil.copy(program, copy)
with open(scratch.path("bin", "build-tree.ini"), "w") as file:
    file.write("[paths]\nplugins = %s\nengines = %s\nmodels = %s\n" % (
        scratch.path("shipped"), os.path.dirname(engine), scratch.path("shipped")))
os.symlink(os.path.join(build, "plugins", ".libs", "vanilla_bp.so"),
           scratch.path("shipped", "vanilla_bp.so"))
scratch.environment["CNNVIZ_PLUGIN_PATH"] = ""
scratch.environment["XDG_CACHE_HOME"] = scratch.path("cache")


def run(call=None, number=0):
    """A run of which one call fails: how it ended, what it said, and the highest call"""
    environment = dict(scratch.environment)
    if call is not None:
        with open(scratch.path("count"), "wb") as file:
            file.write(bytes(8))
        environment.update(LD_PRELOAD=LIBRARY, FAIL_CALL=call, FAIL_NUMBER=str(number),
                           FAIL_COUNT=scratch.path("count"))
    try:
        done = subprocess.run([copy, "run", "run.ini"], cwd=scratch.folder, env=environment,
                              capture_output=True, timeout=60)
        code, said = done.returncode, done.stderr.decode()
    except subprocess.TimeoutExpired:
        code, said = "hangs", ""
    highest = 0
    if call is not None:
        with open(scratch.path("count"), "rb") as file:
            (highest,) = struct.unpack("l", file.read())
    return code, said, highest


def is_true(files):
    """Whether a manifest, if there is one, lists what is there and no more."""
    try:
        manifest = json.loads(files.get("manifest.json", "{\"artifacts\": []}"))
    except ValueError:
        return False
    return {item["path"] for item in manifest["artifacts"] if item.get("path")} <= set(files)


def try_call(what, call, number, whole):
    """Have a call fail; whether that was felt."""
    code, said, _ = run(call, number)
    files = scratch.files() if os.path.exists(scratch.path("out")) else {}
    scratch.check("%s: it ends, with a sentence where it is not done" % what,
                  code in (0, 1, 2) and (code == 0 or said), code, said)
    scratch.check("%s: the manifest is true" % what, is_true(files), said)
    lost = [path for path in whole if files.get(path) != whole[path]]
    scratch.check("%s: a run that is done has left all, or warns" % what,
                  code != 0 or not lost or "warning" in said, lost, said)
    if call == "fsync":
        scratch.check("%s: a run does not rely on what the disk may not have" % what,
                      code in (1, 2) and "manifest.json: Input/output error" in said, code, said)
    return code != 0


felt = 0
for more in ("", "isolate = yes\n"):
    scratch.write_ini("[vanilla_bp]\n", images="ramp.png", more=more)
    run()  # which fills the cache
    code, said, _ = run()
    whole = scratch.files()
    scratch.check("%sa run without faults is done" % more, code == 0, said)
    tried = []
    for call in CALLS:
        _, _, most = run(call)
        some = most if FAULTS == "all" else min(int(FAULTS), most)
        for number in range(1, most + 1) if some == most else [
                1] + random.sample(range(2, most + 1), some - 1):
            felt += try_call("%s%s %d" % (more, call, number), call, number, whole)
        tried.append("%s %d of %d" % (call, some, most))
    print("%scalls that failed: %s" % (more, ", ".join(tried)))
    code, said, _ = run()
    scratch.check("%sthe next run completes" % more, code == 0 and scratch.files() == whole, said)
scratch.check("faults are felt", felt > len(CALLS), felt)
scratch.finish()

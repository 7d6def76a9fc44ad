"""Wherever one call of malloc, write, rename, open, mmap or fork fails, a run ends with a
sentence and without a crash, and its manifest lists only what is there.

CNNVIZ_FAULTS gives the number of calls that are tried of each function; a few by default.
"""
import os
import random
import subprocess
import sys

from scratch import Scratch, build, program

with open(program, "rb") as file:
    if "CNNVIZ" in os.environ or b"libasan" in file.read():
        print("another tool stands in for malloc here")
        sys.exit(77)
scratch = Scratch()
FAULTS = int(os.environ.get("CNNVIZ_FAULTS", "4"))
LIBRARY = os.path.join(build, "tests", "run", ".libs", "failing_calls.so")
MOST = {"malloc": 40000, "write": 60, "rename": 40, "open": 80, "mmap": 12, "fork": 3}
random = random.Random(23)


def run(call, number):
    environment = dict(scratch.environment, LD_PRELOAD=LIBRARY, FAIL_CALL=call,
                       FAIL_NUMBER=str(number))
    try:
        done = subprocess.run(scratch.command(), cwd=scratch.folder, env=environment,
                              capture_output=True, timeout=60)
        return done.returncode, done.stderr.decode()
    except subprocess.TimeoutExpired:
        return "hangs", ""


told = 0  # runs that a fault has kept from being done
for more in ("", "isolate = yes\n"):
    scratch.write_ini("[vanilla_bp]\n[emitting_once]\n", images="ramp.png", more=more)
    for call, most in MOST.items():
        for number in [1] + random.sample(range(2, most + 1), min(FAULTS, most - 1)):
            what = "%s%s %d" % (more, call, number)
            code, said = run(call, number)
            scratch.check("%s: it ends, with a sentence where it is not done" % what,
                          code in (0, 1, 2) and (code == 0 or said), code, said)
            told += code != 0
            files = scratch.files() if os.path.exists(scratch.path("out")) else {}
            if "manifest.json" not in files:
                continue
            manifest = scratch.manifest()
            listed = [item["path"] for item in manifest["artifacts"] if item.get("path")]
            scratch.check("%s: the manifest is true" % what, set(listed) <= set(files), said)
    code, said = scratch.run()
    scratch.check("%sthe next run completes" % more, code == 0, said)
scratch.check("faults are felt", told > len(MOST), told)
scratch.finish()

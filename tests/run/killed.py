"""Runs that are ended at random moments by every signal, with and without isolation: each file
is whole, the manifest is true, and the next run needs no help.

CNNVIZ_KILLS gives the number of moments for each signal; a few by default.
"""
import json
import os
import random
import signal
import struct
import subprocess
import time

from scratch import Scratch

scratch = Scratch()
KILLS = int(os.environ.get("CNNVIZ_KILLS", "3"))
SIGNALS = [signal.SIGINT, signal.SIGTERM, signal.SIGHUP, signal.SIGKILL]
random = random.Random(17)


def is_whole(path, data):
    """Whether a file ends as its kind does."""
    if path.endswith(".png"):
        return data[-8:-4] == b"IEND"
    if path.endswith(".gif"):
        return data[:3] == b"GIF" and data[-1:] == b";"
    if path.endswith(".npy"):
        (length,) = struct.unpack("<H", data[8:10])
        shape = eval(data[10:10 + length])["shape"]
        count = 1
        for extent in shape:
            count *= extent
        return len(data) == 10 + length + 4 * count
    if path.endswith((".html", ".svg")):
        return data.rstrip().endswith((b"</html>", b"</svg>"))
    return path != "manifest.json" or bool(json.loads(data))


def times():
    """When each result was written."""
    found = {}
    for folder, _, names in os.walk(scratch.path("out")):
        for name in names:
            if not name.startswith(".cnnviz"):
                path = os.path.join(folder, name)
                found[path] = os.stat(path).st_mtime_ns
    return found


def check_folder(what, ended, seed, written):
    files = {path: data for path, data in scratch.files().items()
             if not os.path.basename(path).startswith(".cnnviz")}
    scratch.check("%s: every file is whole" % what,
                  all(is_whole(path, data) for path, data in files.items()),
                  [path for path, data in files.items() if not is_whole(path, data)])
    if "manifest.json" not in files:
        scratch.check("%s: without a manifest there is nothing" % what, not files, files)
        return
    manifest = scratch.manifest()
    listed = [item[key] for item in manifest["artifacts"] for key in ("path", "array")
              if item.get(key)] + manifest["earlier"]
    scratch.check("%s: the manifest lists what is there" % what, set(listed) <= set(files),
                  sorted(set(listed) - set(files)))
    scratch.check("%s: it is of the run that has written last" % what,
                  manifest["seed"] == seed or not written, manifest["seed"], seed)
    done = {job["status"] for job in manifest["jobs"]} == {"ok"}
    scratch.check("%s: it says how the run ended" % what,
                  done if ended == 0 else manifest.get("under_way") or manifest["interrupted"]
                  or done, ended, manifest["jobs"])


def run_and_end(number, seconds, seed):
    """Start a run, and send it a signal after a while."""
    process = subprocess.Popen(
        scratch.command("-s", "run.seed=%d" % seed), cwd=scratch.folder, env=scratch.environment,
        stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL,
        preexec_fn=lambda: [signal.signal(one, signal.SIG_DFL) for one in SIGNALS[:3]])
    try:
        process.wait(seconds)
    except subprocess.TimeoutExpired:
        process.send_signal(number)
    try:
        return process.wait(30)
    except subprocess.TimeoutExpired:
        process.kill()
        return "hangs"


for more in ("", "isolate = yes\n"):
    ini = ("[vanilla_bp]\n[emitting]\n[saliency]\n", more + "batch = 1\n")
    scratch.write_ini(ini[0], more=ini[1])
    begun = time.monotonic()
    code, said = scratch.run("-o", "whole")
    taken = time.monotonic() - begun
    scratch.check("%sa run that nobody ends is done" % more, code == 0, said)
    seed = 100
    for number in SIGNALS:
        for _ in range(KILLS):
            seed += 1
            before = times()
            seconds = random.uniform(0, 1.1 * taken)
            what = "%s%s after %.3f s" % (more, number.name, seconds)
            ended = run_and_end(number, seconds, seed)
            scratch.check("%s: it ends" % what,
                          ended in (0, 130, -number), ended)
            check_folder(what, ended, seed, times() != before)
    code, said = scratch.run()
    scratch.check("%sthe next run completes, and leaves what it would have left" % more,
                  code == 0 and scratch.files() == scratch.files("whole"), said,
                  sorted(set(scratch.files()) ^ set(scratch.files("whole"))))
scratch.finish()

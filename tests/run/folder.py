"""An output folder belongs to one run at a time, and never says more than is true: while a
run is under way, after one that was killed, and when somebody removes files."""
import json
import os
import shutil
import subprocess
import time

from scratch import Scratch

scratch = Scratch()
WAITING = "[vanilla_bp]\n[endless]\nbegun = begun\n[saliency]\n"


def start(output="out"):
    """Start a run, and wait until it is in the endless job."""
    if os.path.exists(scratch.path("begun")):
        os.remove(scratch.path("begun"))
    process = subprocess.Popen(scratch.command("-o", output), cwd=scratch.folder,
                               env=scratch.environment, stdout=subprocess.DEVNULL,
                               stderr=subprocess.PIPE)
    for _ in range(600):
        if os.path.exists(scratch.path("begun")) or process.poll() is not None:
            break
        time.sleep(0.05)
    return process


def end(process):
    process.terminate()
    return process.communicate(timeout=60)[1].decode()


def is_true(output):
    """Whether all that the manifest lists is there."""
    manifest, files = scratch.manifest(output), scratch.files(output)
    listed = [item[key] for item in manifest["artifacts"] for key in ("path", "array")
              if item.get(key)] + manifest["earlier"]
    listed += [item["input"] for item in manifest["pictures"] if item.get("input")]
    return set(listed) <= set(files)


def temporary(output):
    return [path for path in scratch.files(output)
            if os.path.basename(path).startswith(".cnnviz")]


# A run that is killed, into the folder of an earlier one

for more in ("", "isolate = yes\n"):
    shutil.rmtree(scratch.path("out"), ignore_errors=True)
    scratch.write_ini("[vanilla_bp]\n[emitting]\n")
    code, said = scratch.run()
    scratch.check("a complete run leaves neither mark nor lock",
                  code == 0 and "under_way" not in scratch.manifest()
                  and not temporary("out"), said, temporary("out"))
    scratch.write_ini(WAITING, more=more + "batch = 1\n")
    process = start()
    process.kill()
    process.communicate()
    manifest = scratch.manifest()
    scratch.check("%sthe manifest of a killed run says that it was under way" % more,
                  manifest.get("under_way") is True and is_true("out")
                  and {job["status"] for job in manifest["jobs"]} == {"not run"}
                  and "emitting/ramp/cutout.png" in manifest["earlier"], manifest)
    scratch.check("%sthere is no gallery of the earlier run" % more,
                  "index.html" not in scratch.files())
    for path in ("", "input", "input/thumbnails/emitting", "vanilla_bp/ramp", "emitting"):
        os.makedirs(scratch.path("out", path), exist_ok=True)
        for name in (".cnnviz-1-0.tmp", ".cnnviz-%d-12.tmp" % os.getpid(),
                     ".cnnviz-1-x.tmp", "mine.tmp"):
            with open(scratch.path("out", path, name), "w"):
                pass
    scratch.write_ini("[vanilla_bp]\n", more=more)
    code, said = scratch.run()
    scratch.check("%sthe next run needs no help, and sweeps what was begun" % more,
                  code == 0 and is_true("out") and "under_way" not in scratch.manifest()
                  and {os.path.basename(path) for path in temporary("out")}
                  == {".cnnviz-1-x.tmp"} and "mine.tmp" in scratch.files()
                  and "emitting/ramp/cutout.png" not in scratch.files(),
                  said, temporary("out"))

# Two runs into one folder

scratch.write_ini(WAITING)
process = start("shared")
before = scratch.files("shared")
scratch.write_ini("[saliency]\n")
code, said = scratch.run("-o", "shared")
scratch.check("a second run is refused with the other's process, and changes nothing",
              code == 2 and "process %d" % process.pid in said and "-o" in said
              and scratch.files("shared") == before, code, said)
end(process)
code, said = scratch.run("-o", "shared")
scratch.check("after the end of the first it is not", code == 0, said)

scratch.environment.pop("CNNVIZ_ENGINE")
code, said = scratch.run("-o", "new/deep", "-s", "run.engine=nosuch")
scratch.check("a run that is refused leaves no folder behind",
              code == 2 and not os.path.exists(scratch.path("new")), code, said)
scratch.environment["CNNVIZ_ENGINE"] = os.path.join(
    os.path.abspath(os.environ.get("top_builddir", ".")), "core", "engine", "reference.la")

# Files that go away

scratch.write_ini(WAITING, more="batch = 8\n")
process = start("gone")
shutil.rmtree(scratch.path("gone", "input"))
os.remove(scratch.path("gone", "vanilla_bp", "dots", "attribution.npy"))
said = end(process)
scratch.check("the manifest does not list what somebody has removed",
              process.returncode != 0 and "4 files of this run were removed" in said
              and is_true("gone"), said)
scratch.check("and the pictures without it have failed",
              all("input/" in (item["failure"] or "")
                  for item in scratch.manifest("gone")["pictures"]),
              json.dumps(scratch.manifest("gone")["pictures"]))

process = start("away")
shutil.rmtree(scratch.path("away"))
said = end(process)
scratch.check("nor does anything speak of a gallery in a folder that is gone",
              process.returncode != 0 and "removed from" in said
              and "gallery" not in said, said)

# A view that cannot be written

scratch.write_ini("[vanilla_bp]\n")
for more in ("", "isolate = yes\n"):
    scratch.write_ini("[vanilla_bp]\n", more=more + "batch = 8\n")
    shutil.rmtree(scratch.path("blocked"), ignore_errors=True)
    os.makedirs(scratch.path("blocked", "input", "dots.png"))
    code, said = scratch.run("-o", "blocked")
    failed = {item["name"]: item["failure"] for item in
              scratch.manifest("blocked")["pictures"] if item["failure"]}
    scratch.check("%sa view that cannot be written fails its picture alone" % more,
                  code == 1 and set(failed) == {"dots"} and "input/dots.png" in failed["dots"]
                  and "ramp" not in said.replace("ramp.png", "")
                  and "vanilla_bp/ramp-2/attribution.npy" in scratch.files("blocked"),
                  failed, said)
scratch.finish()

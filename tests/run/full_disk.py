"""Where a disk is full, or a file may not grow, the reason is told, what is counted is there,
and the manifest is true."""
import json
import os
import re
import resource
import subprocess

from scratch import Scratch

scratch = Scratch()
scratch.write_ini("[vanilla_bp]\n[saliency]\n[emitting]\n")


def check_end(what, code, said, reason, output):
    """The exit code, the last line and the manifest of a run that had no room."""
    files = {path: data for path, data in scratch.files(output).items()
             if os.path.basename(path) != ".cnnviz-lock"}
    scratch.check("%s: exit code 1, or 2 where nothing could be begun" % what,
                  code == 1 or code == 2 and not files, code, said)
    scratch.check("%s: the reason is told" % what, reason in said, said)
    scratch.check("%s: nothing unfinished remains" % what,
                  not any(".tmp" in path for path in files), sorted(files))
    last = said.strip().splitlines()[-1]
    scratch.check("%s: no gallery is named that is not there" % what,
                  "the gallery is" not in last or "index.html" in files, last)
    done = re.search(r"(\d+) of \d+ pictures done", last)
    whole = len([name for name in ("ramp", "dots", "ramp-2")
                 if "saliency/%s/overlay.png" % name in files])
    scratch.check("%s: pictures are done only if all is written" % what,
                  done is None or int(done.group(1)) <= whole, last, whole)
    if "manifest.json" not in files:
        return
    manifest = json.loads(files["manifest.json"])
    listed = [item[key] for item in manifest["artifacts"] for key in ("path", "array")
              if item.get(key)]
    counted = re.search(r"(\d+) files? in ", last)
    scratch.check("%s: the manifest lists nothing that is not there" % what,
                  set(listed) <= set(files), sorted(set(listed) - set(files)))
    scratch.check("%s: it does not say that all is well" % what,
                  manifest.get("under_way") or any(item["failure"] for item in
                                                   manifest["pictures"])
                  or {job["status"] for job in manifest["jobs"]} != {"ok"}
                  or "index.html" not in files, manifest["jobs"])
    if not manifest.get("under_way"):
        scratch.check("%s: the last line counts what the manifest has" % what,
                      counted is None or int(counted.group(1)) == len(listed), last,
                      len(listed))


for more in ("", "isolate = yes\n"):
    scratch.write_ini("[vanilla_bp]\n[saliency]\n[emitting]\n", more=more)
    for limit in (512, 1024, 6144):
        output = "limit_%d_%d" % (limit, len(more))
        done = subprocess.run(
            scratch.command("-o", output), cwd=scratch.folder, env=scratch.environment,
            capture_output=True, timeout=60,
            preexec_fn=lambda: resource.setrlimit(resource.RLIMIT_FSIZE, (limit, limit)))
        check_end("%sfiles of at most %d bytes" % (more, limit), done.returncode,
                  done.stderr.decode(), "ulimit -f", output)

# A file system of so many KiB, in a name space of its own
WITH_DISK = ["unshare", "-rm", "sh", "-c",
             'mount -t tmpfs -o size="$1"k none small && shift && "$@"; code=$?; '
             'mkdir -p kept && cp -a small/. kept; exit $code', "sh"]
os.mkdir(scratch.path("small"))
try:
    probe = subprocess.run(WITH_DISK + ["64", "true"], cwd=scratch.folder,
                           capture_output=True).returncode
except FileNotFoundError:
    probe = 1
if probe != 0:
    print("no small file system can be mounted here: full disks are not tested")
    scratch.finish()
for more in ("", "isolate = yes\n"):
    scratch.write_ini("[vanilla_bp]\n[saliency]\n[emitting]\n", more=more)
    for size in (4, 16, 48, 96, 160, 192):
        subprocess.run(["rm", "-rf", scratch.path("kept")])
        done = subprocess.run(WITH_DISK + [str(size)] + scratch.command("-o", "small"),
                              cwd=scratch.folder, env=scratch.environment,
                              capture_output=True, timeout=60)
        check_end("%sa disk of %d KiB" % (more, size), done.returncode,
                  done.stderr.decode(), "No space left on device", "kept")
scratch.finish()

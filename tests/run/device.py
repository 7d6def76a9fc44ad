"""device = auto takes what works, says so, and the manifest names it, in one process as in
many; its results are those of that device."""
import os
import subprocess
import sys

from scratch import Scratch, build, program

if not os.path.exists(os.path.join(build, "core/engine/torch.la")):
    print("SKIP built without libtorch")
    sys.exit(77)

scratch = Scratch()
scratch.write_ini("[saliency]\n", images="ramp.png")
failures = 0


def check(true, fact):
    global failures
    print("ok  " if true else "FAIL", fact)
    failures += not true


def run(*options):
    return subprocess.run([program, "run", "run.ini", *options], cwd=scratch.folder,
                          env=scratch.environment, capture_output=True, text=True, timeout=300)


there = run("-s", "run.device=cuda").returncode == 0
for options in ((), ("-s", "run.isolate=yes")):
    done = run("-s", "run.device=auto", *options)
    device = scratch.manifest()["device"]
    check(done.returncode == 0, "device = auto runs " + " ".join(options))
    check(device == ("cuda:0" if there else "cpu"), f"on {device}, as the manifest says")
    check(done.stderr.count(f"device = auto: computing on {device}") == 1, "and one line")
done = run("-s", "run.device=cuda:77")
check(done.returncode == 2 and 'no device "cuda:77" here; available: cpu' in done.stderr
      and "or auto" in done.stderr, "a device that is not there is refused with those that are: "
      + done.stderr.strip())
sys.exit(failures > 0)

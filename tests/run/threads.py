"""threads = 0 takes the CPUs that the program may use, whatever the library's own default
is; the manifest and -v say how many."""
import os
import re
import subprocess
import sys

from scratch import Scratch, build, program

if not hasattr(os, "sched_setaffinity"):
    print("SKIP: no CPU affinity here")
    sys.exit(77)

scratch = Scratch()
scratch.environment.pop("OMP_NUM_THREADS", None)
scratch.write_ini("[saliency]\n", images="ramp.png")
everything = sorted(os.sched_getaffinity(0))


def threads(cpus, *options):
    """What the manifest and -v say when the program may run on these CPUs."""
    done = subprocess.run([program, "run", "-v", "run.ini", *options], cwd=scratch.folder,
                          env=scratch.environment, capture_output=True, text=True,
                          timeout=300, preexec_fn=lambda: os.sched_setaffinity(0, cpus))
    said = re.search(r"engine torch: .*, (\d+) threads?", done.stderr)
    return scratch.manifest()["threads"], said and int(said.group(1))


def is_limited():
    """Whether some control group has a quota."""
    for folder, _, names in os.walk("/sys/fs/cgroup"):
        for name in {"cpu.max", "cpu.cfs_quota_us"} & set(names):
            with open(os.path.join(folder, name)) as file:
                if file.read().split()[0] not in ("max", "-1"):
                    return True
    return False


scratch.check("one CPU, one thread", threads(everything[:1])[0] == 1)
if is_limited():
    print("with all CPUs not checked: a control group has a quota")
else:
    found = threads(everything)[0]
    scratch.check("as many threads as CPUs", found == len(everything), found, everything)
scratch.check("a number is taken as it is",
              threads(everything[:1], "-s", "run.threads=3")[0] == 3)
scratch.environment["OMP_NUM_THREADS"] = "1"
scratch.check("OMP_NUM_THREADS lowers the number", threads(everything)[0] == 1)
del scratch.environment["OMP_NUM_THREADS"]

if os.path.exists(os.path.join(build, "core", "engine", "torch.la")):
    scratch.environment["CNNVIZ_ENGINE"] = "torch"
    scratch.write_ini("[saliency]\n", images="ramp.png")
    said = scratch.run("-v")[1]
    scratch.check("what batches there are is told, and is in the manifest",
                  "batches of 8\n" in said and scratch.manifest()["batch"] == 8, said)
    found = threads(everything)
    scratch.check("libtorch uses the number that the manifest has", found[0] == found[1], found)
    if len(everything) > 1 and not is_limited():
        scratch.check("which is more than one", found[1] == len(everything), found)
    pools = os.path.join(build, "tests", "run", ".libs", "pools.so")
    for number in 1, 2:
        scratch.environment["LD_PRELOAD"] = pools
        said = scratch.run("-s", "run.threads=%d" % number)[1]
        del scratch.environment["LD_PRELOAD"]
        counts = dict(re.findall(r"^(\w+_threads): (\d+)$", said, re.MULTILINE))
        scratch.check("OpenBLAS and OpenMP have %d too" % number,
                      set(counts.values()) <= {str(number)}, said)
        if not counts:
            print("neither OpenBLAS nor OpenMP found")
    scratch.environment["OMP_DISPLAY_ENV"] = "true"
    said = scratch.run()[1]
    if "OMP_WAIT_POLICY" in said:
        scratch.check("threads without work sleep", "OMP_WAIT_POLICY = 'PASSIVE'" in said, said)
        scratch.environment["OMP_WAIT_POLICY"] = "active"
        said = scratch.run()[1]
        scratch.check("unless the environment says otherwise",
                      "OMP_WAIT_POLICY = 'ACTIVE'" in said, said)
else:
    print("libtorch not checked: built without it")
scratch.finish()

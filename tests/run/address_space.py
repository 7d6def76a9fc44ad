"""Where the address space is too small for libtorch, a sentence says so, and the program ends."""
import os
import resource
import subprocess
import sys

from scratch import Scratch, build

if not os.path.exists(os.path.join(build, "core", "engine", ".libs", "torch.so")):
    print("there is no libtorch engine in this build")
    sys.exit(77)
scratch = Scratch()
scratch.environment["CNNVIZ_ENGINE"] = "torch"
for mebibytes in (100, 200, 600):
    for more in ("", "isolate = yes\n"):
        scratch.write_ini("[vanilla_bp]\n", more=more)
        limit = mebibytes << 20
        begun = resource.getrusage(resource.RUSAGE_CHILDREN)
        try:
            done = subprocess.run(
                scratch.command(), cwd=scratch.folder, env=scratch.environment,
                capture_output=True, timeout=30,
                preexec_fn=lambda: resource.setrlimit(resource.RLIMIT_AS, (limit, limit)))
            code, said = done.returncode, done.stderr.decode()
        except subprocess.TimeoutExpired:
            code, said = "hangs", ""
        ended = resource.getrusage(resource.RUSAGE_CHILDREN)
        taken = ended.ru_utime + ended.ru_stime - begun.ru_utime - begun.ru_stime
        scratch.check("%d MiB %s: a sentence says what is too small" % (mebibytes, more),
                      code == 2 and ("engine" in said or "address space" in said)
                      and said.count("\n") == 1, code, said)
        scratch.check("%d MiB %s: it ends in less than 5 s" % (mebibytes, more), taken < 5, taken)
scratch.finish()

"""With isolate = strict a job reaches no network, program, process or file that is not its own,
and what it makes is the same to the byte."""
import os
import shutil

from scratch import Scratch, build

scratch = Scratch()
os.symlink(os.path.join(build, "tests", "run", ".libs", "reaching.so"),
           scratch.path("plugins", "reaching.so"))
secret = scratch.path("secret")
os.mkdir(scratch.path("there"))
WAYS = [("network", ""), ("read", secret), ("remove", secret), ("change", secret),
        ("write", scratch.path("there", "new")), ("program", ""), ("signal", "")]


def run(isolate, output):
    """Run a job for each way; how each has ended."""
    with open(secret, "w") as file:
        file.write("mine")
    os.chmod(secret, 0o600)
    jobs = "".join("[%s]\ntechnique = reaching\nhow = %s\n%s" % (
        how, how, "file = %s\n" % file if file else "") for how, file in WAYS)
    scratch.write_ini(jobs, more="isolate = %s\n" % isolate)
    code, said = scratch.run("-o", output)
    if not os.path.exists(scratch.path(output)):
        return code, said, {}
    return code, said, {job["name"]: job["status"] for job in
                        scratch.manifest(output)["jobs"]}


code, said, ended = run("strict", "strict")
if code == 2 and "strict is not possible here" in said:
    scratch.check("a kernel that cannot confine is told of, and nothing is computed",
                  "isolate = yes" in said and not os.path.exists(scratch.path("strict")), said)
    scratch.finish()
reached = sorted(name for name, status in ended.items() if status != "ok")
# Signals are confined from Linux 6.12 on.
scratch.check("it reaches nothing", set(reached) <= {"signal"} and len(ended) == len(WAYS),
              reached, said)
with open(secret) as file:
    scratch.check("nothing was made, removed or changed",
                  file.read() == "mine" and os.stat(secret).st_mode & 0o777 == 0o600
                  and os.listdir(scratch.path("there")) == [])
WAYS.sort(key=lambda way: way[0] == "remove")
code, said, ended = run("yes", "loose")
scratch.check("without it, it reaches everything",
              code == 1 and set(ended.values()) == {"failed"}, ended, said)

JOBS = ("[vanilla_bp]\n[grad_cam]\nlayer = features.1\n[emitting]\n[emitting_once]\n"
        "[like]\ntechnique = vanilla_bp\nobjective = similarity\nreference = again/ramp.png\n")
for isolate in ("on", "strict"):
    scratch.write_ini(JOBS, images="ramp.png:3, dots.png", more="isolate = %s\n" % isolate)
    code, said = scratch.run("-o", "same_" + isolate)
    scratch.check("isolate = %s: all is done" % isolate, code == 0, said)
scratch.check("every file is the same",
              scratch.files("same_on") == scratch.files("same_strict")
              and len(scratch.files("same_on")) > 30)

# An engine whose library is neither beside it nor the system's, as libtorch's may be
engine = scratch.environment["CNNVIZ_ENGINE"]
for name, path in (("beside", "tests/run/.libs/watched_engine.so"),
                   ("elsewhere", "core/engine/.libs/reference.so")):
    os.mkdir(scratch.path(name))
    shutil.copy(os.path.join(build, path), scratch.path(name))
scratch.environment.update(CNNVIZ_ENGINE=scratch.path("beside", "watched_engine.so"),
                           WATCHED_ENGINE=scratch.path("elsewhere", "reference.so"),
                           WATCHED_NOTES=scratch.path("out", "notes"))
scratch.write_ini("[vanilla_bp]\n", more="isolate = strict")
code, said = scratch.run()
scratch.check("an engine's libraries may be in any folder", code == 0, said)
scratch.environment["CNNVIZ_ENGINE"] = engine
if os.path.exists(os.path.join(build, "core", "engine", ".libs", "torch.so")):
    scratch.environment["CNNVIZ_ENGINE"] = "torch"
    code, said = scratch.run("-o", "torch")
    scratch.check("libtorch works too", code == 0, said)
scratch.finish()

"""What a technique writes to what is not its own is its own job's failure, or is put right
with a warning: no other job has other results."""
import json
import os
import stat
import subprocess

from scratch import Scratch, program

scratch = Scratch()
PLUGIN = os.path.join("plugins", "intruding.so")
JOBS = """
[bad]
technique = intruding
how = %s
[vanilla_bp]
[grad_cam]
layer = features.1
[borrowing]
base = vanilla_bp
other = rocket
"""
OTHERS = ("vanilla_bp", "grad_cam", "borrowing")


def of_others(output):
    return {path: data for path, data in scratch.files(output).items()
            if path.startswith(OTHERS)}


def modes(output):
    return {path: stat.S_IMODE(os.stat(scratch.path(output, path)).st_mode)
            for path in of_others(output)}


def run(how, more=""):
    # Without a base it comes first, so that nothing is written while it is at work.
    scratch.write_ini(JOBS % (how + ("\nbase = vanilla_bp" if how == "maps" else "")),
                      more=more)
    done = subprocess.run(scratch.command("-o", how), cwd=scratch.folder,
                          env=scratch.environment, capture_output=True, timeout=300)
    return done.returncode, done.stdout.decode(), done.stderr.decode()


code, _, said = run("nothing")
expected = of_others("nothing")
scratch.check("without an intrusion all is well",
              code == 0 and len(expected) > 20 and "plugin" not in said, said)

# What only may be read, and what is behind the end

FAULTS = {
    "inputs": "the technique wrote into the inputs of its batch, which it may only read",
    "activation": "the technique wrote into an activation, which it may only read",
    "maps": "the technique wrote into maps of another job, which it may only read",
    "overrun": "the technique wrote behind the end of a tensor",
    "overrun_inputs": "the technique wrote behind the end of a tensor",
    "overrun_result": "the technique wrote behind the end of a tensor",
}
for how, sentence in FAULTS.items():
    code, _, said = run(how)
    lines = [line for line in said.splitlines() if sentence in line]
    scratch.check("%s: one line names file, job, plugin and what was done" % how,
                  code == 1 and len(lines) == 1 and PLUGIN in lines[0]
                  and lines[0].startswith("cnnviz: run.ini: [bad] "), code, said)
    scratch.check("%s: the other jobs have their results" % how,
                  of_others(how) == expected,
                  sorted(path for path in expected
                         if of_others(how).get(path) != expected[path]))

# The process

CHANGES = {
    "rounding": "changed the rounding mode, which was put back",
    "folder": "changed the working folder, which was put back",
    "mask": "changed the umask, which was put back",
    "locale": "changed the locale, which was put back",
    "print": "printed on standard output, which went to standard error",
}
for how, clause in CHANGES.items():
    code, out, said = run(how)
    lines = [line for line in said.splitlines() if clause in line]
    warnings = [item["text"] for item in scratch.manifest(how)["warnings"]
                if item["job"] == "bad" and "plugin" in item["text"]]
    scratch.check("%s: one warning names job and plugin" % how,
                  code == 0 and len(lines) == 1 and PLUGIN in lines[0]
                  and lines[0].startswith("cnnviz: warning: [bad] "), code, said)
    scratch.check("%s: the manifest has it" % how,
                  len(warnings) == 1 and clause in warnings[0], warnings)
    scratch.check("%s: the other jobs have their results" % how,
                  of_others(how) == expected and modes(how) == modes("nothing"))
    scratch.check("%s: nothing is on standard output" % how, out == "", out)
scratch.check("what it printed is shown", "in the middle of its work" in said, said)

scratch.write_ini(JOBS % "print_early")
done = subprocess.run([program, "check", "--json", "run.ini"], cwd=scratch.folder,
                      env=scratch.environment, capture_output=True, timeout=300)
try:
    answer = json.loads(done.stdout)
except ValueError:
    answer = None
scratch.check("JSON on standard output stays JSON", answer is not None and answer["ok"],
              done.stdout, done.stderr)
scratch.check("what was printed before anything is computed is shown too",
              b"before anything is computed" in done.stderr, done.stderr)
scratch.finish()

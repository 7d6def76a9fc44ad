"""A job that fails is reported once, by name, and the others continue."""
import os

from scratch import Scratch

scratch = Scratch()

JOBS = """
[vanilla_bp]
[bad]
technique = misbehaving
how = %s
[leaning]
technique = averaged
base = bad
[saliency]
"""

FAULTS = {
    "fail": "picture 0 is not to its taste",
    "silent": "failed without saying why",
    "not_a_number": "not finite (nan)",
    "infinite": "not finite (inf)",
    "wrong_count": "(4,1,24,16)",
    "wrong_size": "(3,1,24,17)",
    "no_maps": "returned no maps",
    "undeclared": "\"temperature\" that it does not declare",
    "wrong_type": "\"item\" of type int as a bool",
    "uncaptured": "did not capture",
    "wrong_seed": "does not fit layer classifier",
    "artifact": "is for general techniques",
}

for how, sentence in FAULTS.items():
    scratch.write_ini(JOBS % how)
    code, said = scratch.run("-o", how)
    plugin = os.path.join("plugins", "misbehaving.so")
    lines = [line for line in said.splitlines() if "[bad] misbehaving" in line]
    scratch.check("%s: exit code 1" % how, code == 1, code, said)
    scratch.check("%s: one line with file, section, technique, plugin and cause" % how,
                  len(lines) == 1 and lines[0].startswith("cnnviz: run.ini: [bad] ")
                  and plugin in lines[0] and sentence in lines[0], said)
    manifest = scratch.manifest(how)
    states = {job["name"]: job["status"] for job in manifest["jobs"]}
    scratch.check("%s: the others are done" % how,
                  states == {"vanilla_bp": "ok", "bad": "failed", "leaning": "failed",
                             "saliency": "ok"}, states)
    reasons = {job["name"]: job["reason"] for job in manifest["jobs"]}
    scratch.check("%s: the manifest has the reason" % how,
                  sentence in reasons["bad"] and reasons["saliency"] is None, reasons)
    scratch.check("%s: a job that depends on it says so" % how,
                  "job [bad] failed" in reasons["leaning"], reasons)
    scratch.check("%s: nothing of it is kept" % how,
                  not any(path.startswith(("bad/", "leaning/"))
                          for path in scratch.files(how)))

# One picture of several

scratch.write_ini(JOBS % "not_a_number\nitem = 1", more="batch = 1\n")
code, said = scratch.run("-o", "one")
names = {path.split("/")[1] for path in scratch.files("one") if path.startswith("bad/")}
scratch.check("what was finished before the failure is kept",
              code == 1 and names == {"ramp"}, names)
scratch.check("later batches of a failed job are skipped",
              said.count("[bad] misbehaving") == 1, said)

# A job that is only needed

code, said = scratch.run("--only", "leaning,saliency", "-o", "needed")
states = {job["name"]: job["status"] for job in scratch.manifest("needed")["jobs"]}
scratch.check("a needed job that fails is named, and the rest continues",
              code == 1 and states["saliency"] == "ok" and states["leaning"] == "failed",
              states, said)

# --fail-fast

scratch.write_ini(JOBS % "fail")
code, said = scratch.run("--fail-fast", "-o", "fast")
states = {job["name"]: job["status"] for job in scratch.manifest("fast")["jobs"]}
scratch.check("--fail-fast stops at the first failure",
              code == 1 and states == {"vanilla_bp": "ok", "bad": "failed",
                                       "leaning": "not run", "saliency": "not run"},
              states, said)

# Handles that a technique forgets

scratch.write_ini(JOBS % "leak")
code, said = scratch.run("-v", "-o", "leak")
scratch.check("forgotten passes and streams are released, and -v reports them",
              code == 0 and "1 passes and 1 random streams" in said, said)

# Pictures that cannot be used

with open(scratch.path("dots.png"), "rb") as file:
    whole = file.read()
with open(scratch.path("damaged.png"), "wb") as file:
    file.write(whole[:-24] + bytes(4) + whole[-20:])  # within the pixels
scratch.write_ini("[vanilla_bp]", images="ramp.png, damaged.png, dots.png", more="batch = 8\n")
code, said = scratch.run("-o", "damaged")
scratch.check("a damaged picture is named, and the others continue",
              code == 1 and "damaged.png" in said
              and {path.split("/")[1] for path in scratch.files("damaged")
                   if path.startswith("vanilla_bp/")} == {"ramp", "dots"}, code, said)

# Places that cannot be written

with open(scratch.path("occupied"), "w") as file:
    file.write("a file")
scratch.write_ini("[vanilla_bp]\n[saliency]", images="ramp.png")
os.makedirs(scratch.path("blocked"))
with open(scratch.path("blocked", "vanilla_bp"), "w") as file:
    file.write("a file where a folder must go")
code, said = scratch.run("-o", "blocked")
scratch.check("a job whose folder cannot be made fails, and the others continue",
              code == 1 and "[vanilla_bp]" in said
              and "saliency/ramp/gray.png" in scratch.files("blocked"), said)
code, said = scratch.run("-o", "occupied/out")
scratch.check("an output that cannot be a folder is refused before anything is computed",
              code == 2, code, said)
scratch.finish()

"""A failure is reported once, by name: that of a picture, or of a job. The others
continue."""
import json
import os
import shutil
import subprocess

from scratch import Scratch, program

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
    "wrong_count": "(2,1,24,16)",
    "wrong_size": "(1,1,24,17)",
    "no_maps": "returned no maps",
    "undeclared": "\"temperature\" that it does not declare",
    "wrong_type": "\"item\" of type int as a bool",
    "uncaptured": "did not capture",
    "wrong_seed": "does not fit layer classifier",
    "artifact": "which is not in the technique's table",
}

# Of these the first picture alone is at fault.
FIRST = ("not_a_number", "infinite")
NAMES = ["ramp", "dots", "ramp-2"]

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
    failed = NAMES[:1] if how in FIRST else NAMES
    kept = {path.split("/")[1] for path in scratch.files(how)
            if path.startswith(("bad/", "leaning/"))}
    scratch.check("%s: nothing is kept of the pictures that failed" % how,
                  kept == set(NAMES) - set(failed), kept)
    scratch.check("%s: the manifest lists them" % how,
                  [(item["job"], item["picture"]) for item in manifest["failures"]]
                  == [(job, name) for job in ("bad", "leaning") for name in failed]
                  and sentence in manifest["failures"][0]["reason"], manifest["failures"])
    scratch.check("%s: pictures that fail likewise are counted and named" % how,
                  ("[bad] 2 more pictures failed likewise (dots, ramp-2): see the manifest"
                   in said) == (how not in FIRST), said)

# One picture of several, whatever the batch, in one process or in many

ONE = """
[vanilla_bp]
[drawn]
technique = ending
how = refuse
item = 1
[mapped]
technique = ending_map
how = refuse
item = 1
[borrowing]
base = mapped
[averaged]
base = mapped
[emitting]
"""
WHY = "there is no face in it"
AFTER = "not possible because job [mapped] failed on it"
for batch in (1, 2, 8):
    output = "one-%d" % batch
    scratch.write_ini(ONE, more="batch = %d\n" % batch)
    code, said = scratch.run("-o", output)
    files = scratch.files(output)
    scratch.check("%s: exit code 1" % output, code == 1, code, said)
    for job, technique, reason in (("drawn", "ending", WHY), ("mapped", "ending", WHY),
                                   ("borrowing", "borrowing", AFTER),
                                   ("averaged", "averaged", AFTER)):
        lines = [line for line in said.splitlines()
                 if line.startswith("cnnviz: run.ini: [%s] " % job)]
        scratch.check("%s: [%s] names the picture and the reason" % (output, job),
                      len(lines) == 1 and "picture dots: " + reason in lines[0]
                      and technique in lines[0], said)
    states = {job["name"]: job["status"] for job in scratch.manifest(output)["jobs"]}
    scratch.check("%s: these jobs have failed, the others not" % output,
                  states == {"vanilla_bp": "ok", "drawn": "failed", "mapped": "failed",
                             "borrowing": "failed", "averaged": "failed",
                             "emitting": "ok"}, states)
    reasons = {job["name"]: job["reason"] for job in scratch.manifest(output)["jobs"]}
    scratch.check("%s: how many pictures failed is the job's reason" % output,
                  reasons["drawn"].startswith("1 of 3 pictures failed; dots: " + WHY),
                  reasons)
    scratch.check("%s: the manifest has picture and reason" % output,
                  [(item["job"], item["picture"], item["reason"].split(" (")[0])
                   for item in scratch.manifest(output)["failures"]]
                  == [("drawn", "dots", WHY), ("mapped", "dots", WHY),
                      ("borrowing", "dots", AFTER), ("averaged", "dots", AFTER)],
                  scratch.manifest(output)["failures"])
    scratch.check("%s: the other pictures are done" % output,
                  all("%s/%s" % (path, file) in files for path, file in
                      [(job + "/" + name, file) for name in ("ramp", "ramp-2")
                       for job, file in (("drawn", "after.png"), ("mapped", "gray.png"),
                                         ("borrowing", "map.npy"),
                                         ("averaged", "gray.png"))])
                  and "vanilla_bp/dots/gray.png" in files
                  and "mapped/dots/gray.png" not in files, sorted(files))
    scratch.check("%s: what was done is counted" % output,
                  said.count("2 of 3 pictures done") == 2, said)
    scratch.check("%s: the gallery has the reason" % output,
                  files["index.html"].count(WHY.encode()) >= 2
                  and files["index.html"].count(AFTER.replace("'", "&#39;").encode()) >= 2)
    scratch.write_ini(ONE, more="batch = %d\nisolate = yes\n" % batch)
    code, said_apart = scratch.run("-o", "apart")
    scratch.check("%s: the same with isolate = yes" % output,
                  code == 1 and scratch.files("apart") == files, said_apart)
    scratch.check("%s: and the same is said" % output,
                  sorted(line for line in said.splitlines() if "done" not in line)
                  == sorted(line for line in said_apart.splitlines()
                            if "done" not in line), said, said_apart)
    shutil.rmtree(scratch.path("apart"))

for more in ("", "isolate = yes\n"):
    scratch.write_ini(ONE, more=more)
    code, said = scratch.run("--fail-fast", "-o", "one-fast")
    states = {job["name"]: job["status"] for job in scratch.manifest("one-fast")["jobs"]}
    scratch.check("[%s] --fail-fast stops at the first picture that fails" % more.strip(),
                  code == 1 and "drawn/ramp/after.png" in scratch.files("one-fast")
                  and "drawn/ramp-2/after.png" not in scratch.files("one-fast")
                  and states["drawn"] == "failed" and states["mapped"] == "not run"
                  and states["emitting"] == "not run", states)
    shutil.rmtree(scratch.path("one-fast"))

# A job that is only needed

scratch.write_ini(JOBS % "fail")
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
scratch.check("it is not counted as done", "2 of 3 pictures done" in said
              and "3 of 3" not in said, said)

# Pictures of which the end alone is damaged

for i in range(4):
    with open(scratch.path("end%d.png" % i), "wb") as file:
        file.write(whole[:-4] + bytes(4))
for more in ("", "isolate = yes\n"):
    scratch.write_ini("[vanilla_bp]\n[saliency]\n[emitting]\n", images="end*.png",
                      more="batch = 2\n" + more)
    code, said = scratch.run("-o", "ends")
    scratch.check("[%s] of warnings that differ by the file alone the first is shown, and "
                  "a count" % more.strip(),
                  code == 0 and said.count("warning: ") == 2
                  and "warning: ./end0.png: the end of the file is missing" in said
                  and "warning: 3 more like this: ./end0.png: the end" in said, said)

# Pictures that cannot be used, without a run

with open(scratch.path("text.png"), "w") as file:
    file.write("not a picture")
shutil.copy(scratch.path("damaged.png"), scratch.path("damaged too.png"))


def cnnviz(*arguments):
    """Exit code, standard output and standard error."""
    done = subprocess.run([program] + list(arguments), cwd=scratch.folder,
                          env=scratch.environment, capture_output=True, timeout=300)
    return done.returncode, done.stdout.decode(), done.stderr.decode()


GOOD = ["ramp.png", "dots.png", "again/ramp.png"]
BAD = ["damaged.png", "text.png", "nix.png", "damaged too.png"]
NETWORK = ["-m", "./small.ini", "-w", "random"]
MIXED = [GOOD[0], BAD[0], GOOD[1], *BAD[1:], GOOD[2]]
alone, named, _ = cnnviz("classify", *NETWORK, *GOOD)
code, out, said = cnnviz("classify", *NETWORK, *MIXED)
scratch.check("classify gives the results of the others", alone == 0 and out == named, out)
scratch.check("and names those that cannot be used", code == 1
              and all(sum(name + ":" in line or name + '"' in line or " %s" % name in line
                          for line in said.splitlines()) == 1 for name in BAD[1:3])
              and "damaged.png: " in said and "damaged too.png: " in said
              and "3 of 7 pictures done" in said, code, said)
code, out, _ = cnnviz("classify", "--json", *NETWORK, *MIXED)
found = {item["picture"]: item for item in json.loads(out)["pictures"]}
scratch.check("classify --json too", code == 1 and list(found) == MIXED
              and all((item["failure"] is not None) == (name in BAD)
                      and len(item["classes"]) == (0 if name in BAD else 5)
                      for name, item in found.items()), out)
code, out, said = cnnviz("classify", *NETWORK, "nix.png", "text.png")
scratch.check("where none can be used, all are named before anything is computed",
              code == 2 and out == "" and "nix.png" in said and "text.png" in said, said)

scratch.write_ini("[vanilla_bp]\n", images="ramp.png, damaged.png, dots.png, damaged too.png")
code, out, said = cnnviz("check", "run.ini")
scratch.check("check reads headers, and says so",
              code == 0 and "fine: 1 job, 4 pictures, small" in out and "headers" in out
              and "--decode" in out, out, said)
code, out, said = cnnviz("check", "--decode", "run.ini")
lines = said.splitlines()
scratch.check("check --decode names every damaged picture, with file and key",
              code == 2 and out == "" and len(lines) == 2
              and all(line.startswith("cnnviz: run.ini:9: [input] images: ")
                      for line in lines)
              and "damaged.png: " in lines[0] and "damaged too.png: " in lines[1], said)
code, out, said = cnnviz("check", "--decode", "--json", "run.ini")
found = json.loads(out)
scratch.check("check --decode --json too",
              code == 2 and not found["ok"] and found["decoded"]
              and [item["key"] for item in found["problems"]] == ["images"] * 2, out)
with open(scratch.path("list.txt"), "w") as file:
    file.write("damaged.png\n" * 30)
code, out, said = cnnviz("check", "--decode", "run.ini", "-s", "input.images=@list.txt")
scratch.check("all of a long list too", code == 2 and said.count("damaged.png") == 30
              and "list.txt:30: " in said, said)
code, out, said = cnnviz("check", "--decode", "run.ini", "-s", "input.images=ramp.png")
scratch.check("where every picture is whole, it says that it looked",
              code == 0 and "every picture was decoded" in out, out, said)

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

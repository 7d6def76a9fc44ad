"""A run into the folder of an earlier one leaves what a run into an empty folder would:
what the earlier manifest lists and the new run does not make again is removed, nothing
else is, and nothing at all by a run that is not complete."""
import json
import os
import shutil
import signal
import subprocess

from scratch import Scratch, write_png

scratch = Scratch()
FIRST = "[vanilla_bp]\n[saliency]\n[emitting]\n[emitting_once]\n"
FEWER = "[vanilla_bp]\n"
FEWER_PICTURES = "ramp.png:3, again/ramp.png:snake"


def tree(output):
    """Every file and folder below a folder."""
    return sorted(os.path.relpath(os.path.join(folder, name), scratch.path(output))
                  for folder, folders, names in os.walk(scratch.path(output))
                  for name in folders + names)


def write(*parts, text="mine"):
    with open(scratch.path(*parts), "w") as file:
        file.write(text)


def start_again():
    """The results of the first run in `out`."""
    shutil.rmtree(scratch.path("out"), ignore_errors=True)
    shutil.copytree(scratch.path("first"), scratch.path("out"), symlinks=True)


def change_manifest(change, output="out"):
    manifest = scratch.manifest(output)
    change(manifest)
    write(output, "manifest.json", text=json.dumps(manifest))


scratch.write_ini(FIRST)
code, said = scratch.run("-o", "first")
scratch.check("a run into a folder without results removes nothing and says nothing",
              code == 0 and "removed" not in said
              and scratch.manifest("first")["earlier"] == [], said)
start_again()
code, said = scratch.run()
scratch.check("the same run again removes nothing",
              code == 0 and "removed" not in said and tree("out") == tree("first"), said)

# Fewer jobs and pictures

scratch.write_ini(FEWER, images=FEWER_PICTURES)
scratch.run("-o", "fewer")
for more in ([], ["-s", "run.isolate=yes"]):
    start_again()
    code, said = scratch.run(*more)
    gone = set(scratch.files("first")) - set(scratch.files("fewer"))
    scratch.check("%s the folder is as if it had been empty" % more,
                  code == 0 and tree("out") == tree("fewer")
                  and scratch.files("out") == scratch.files("fewer"),
                  sorted(set(tree("out")) ^ set(tree("fewer"))), said)
    lines = [line for line in said.splitlines() if "removed" in line]
    scratch.check("%s one line says how many files of which run" % more,
                  len(lines) == 1 and len(gone) > 20 and lines[0].startswith(
                      "cnnviz: removed %d files of the run of 20" % len(gone)), said)
start_again()
code, said = scratch.run("-q")
scratch.check("-q does not say it", said == "" and tree("out") == tree("fewer"), said)

# Smaller copies of large pictures, which no manifest lists

write_png(scratch.path("long.png"), 800, 20, lambda x, y: (x % 256, 12 * y, 0))
scratch.write_ini("[saliency]\n", images="long.png, ramp.png")
scratch.run("-o", "large")
COPY = "input/thumbnails/saliency/long/overlay.png"
scratch.check("there is a copy", COPY in tree("large"), tree("large"))
scratch.write_ini(FIRST, images="long.png, ramp.png")
scratch.run("-o", "large", "--only", "vanilla_bp")
scratch.check("--only leaves it", COPY in tree("large"), tree("large"))
scratch.write_ini("[saliency]\n", images="long.png, ramp.png")
scratch.run("-o", "large")
scratch.check("it stays where it is made again", COPY in tree("large"), tree("large"))
write_png(scratch.path("long.png"), 30, 20, lambda x, y: (8 * x, 12 * y, 0))
code, said = scratch.run("-o", "large")
scratch.check("where the picture is not large any more it goes",
              "saliency/long/overlay.png" in tree("large") and COPY not in tree("large")
              and "input/thumbnails" not in tree("large") and "removed 1 file of" in said,
              tree("large"), said)

# What is not of the earlier run

scratch.write_ini(FEWER, images=FEWER_PICTURES)

start_again()
write("out", "mine.png")
write("out", "saliency", "ramp", "mine.png")
os.makedirs(scratch.path("out", "empty"))
scratch.run()
scratch.check("other files stay, with their folders",
              set(tree("out")) - set(tree("fewer"))
              == {"mine.png", "saliency", "saliency/ramp", "saliency/ramp/mine.png", "empty"},
              tree("out"))

# --keep

start_again()
code, said = scratch.run("--keep")
scratch.check("--keep leaves everything", code == 0 and "removed" not in said
              and set(tree("first")) <= set(tree("out")), said)
code, said = scratch.run()
scratch.check("what was left so is the user's from then on",
              code == 0 and set(tree("first")) <= set(tree("out")), said)

# --only

scratch.write_ini(FIRST)
start_again()
code, said = scratch.run("--only", "saliency")
scratch.check("--only leaves the results of the jobs that it leaves out",
              code == 0 and "removed" not in said and tree("out") == tree("first")
              and "vanilla_bp/ramp/gray.png" in scratch.manifest()["earlier"], said)
scratch.write_ini("[saliency]\n[emitting]\n")
code, said = scratch.run("--only", "saliency")
scratch.check("but not those of jobs that are gone",
              "vanilla_bp/ramp/gray.png" not in tree("out")
              and "emitting/ramp/cutout.png" in tree("out") and "removed" in said, said)
scratch.write_ini("[saliency]\n")
code, said = scratch.run()
scratch.check("a later run without such a job removes them",
              code == 0 and {path.split("/")[0] for path in tree("out")}
              == {"input", "saliency", "manifest.json", "index.html"}
              and scratch.manifest()["earlier"] == [], tree("out"))

# Runs that are not complete

start_again()
scratch.write_ini(FEWER + "[bad]\ntechnique = misbehaving\n", images=FEWER_PICTURES)
before = scratch.files("out")
code, said = scratch.run()
after = scratch.files("out")
lost = [path for path in before if path not in after]
scratch.check("a run that fails loses nothing, and says so",
              code == 1 and lost == [] and "removed" not in said
              and "kept %d files of the run of 20" % len(gone) in said, lost, said)
scratch.check("its manifest lists what is left", set(scratch.manifest()["earlier"]) == gone,
              scratch.manifest()["earlier"])
scratch.write_ini(FEWER, images=FEWER_PICTURES)
code, said = scratch.run()
scratch.check("the next complete run removes it",
              code == 0 and tree("out") == tree("fewer"), said)

start_again()
scratch.write_ini(FEWER + "[endless]\nbegun = begun\n", images=FEWER_PICTURES)
process = subprocess.Popen(
    scratch.command(), cwd=scratch.folder, env=scratch.environment,
    stdout=subprocess.PIPE, stderr=subprocess.PIPE,
    preexec_fn=lambda: signal.signal(signal.SIGINT, signal.default_int_handler))
for _ in range(600):
    if os.path.exists(scratch.path("begun")) or process.poll() is not None:
        break
    try:
        process.wait(0.1)
    except subprocess.TimeoutExpired:
        pass
process.send_signal(signal.SIGINT)
said = process.communicate(timeout=60)[1].decode()
scratch.check("a run that is interrupted loses nothing",
              process.returncode == 130 and "removed" not in said
              and set(tree("first")) <= set(tree("out")), said)

start_again()
scratch.write_ini(FEWER)
code, said = scratch.run("-s", "run.engine=nosuch", "-s", "run.threads=-1")
scratch.check("a run that is refused changes nothing",
              code == 2 and scratch.files("out") == scratch.files("first"), said)

# A file that the new run reads

start_again()
scratch.write_ini(FEWER, images="out/emitting/ramp/cutout.png")
code, said = scratch.run()
scratch.check("a result that is now an input stays",
              code == 0 and "emitting/ramp/cutout.png" in tree("out")
              and "emitting/dots/cutout.png" not in tree("out"), said)

# A manifest is not trusted

scratch.write_ini(FEWER, images=FEWER_PICTURES)
os.makedirs(scratch.path("outside", "in"))
OUTSIDE = ["outside/a.png", "outside/in/a.png", "b.png"]
for path in OUTSIDE:
    write_png(scratch.path(path), 4, 4, lambda x, y: (x, y, 0))
start_again()
os.symlink(scratch.path("outside"), scratch.path("out", "linked"))
os.symlink(scratch.path("outside", "a.png"), scratch.path("out", "saliency", "link.png"))
os.makedirs(scratch.path("out", "saliency", "folder.png"))
os.mkfifo(scratch.path("out", "saliency", "pipe.png"))
shutil.rmtree(scratch.path("out", "saliency", "dots"))
os.symlink(scratch.path("outside"), scratch.path("out", "saliency", "dots"))
KEPT = ["notes.png", "saliency/notes.txt", "saliency/ramp/more/deep.png"]
os.makedirs(scratch.path("out", "saliency", "ramp", "more"))
for path in KEPT:
    write("out", path)
LISTED = ["../b.png", "../outside/a.png", scratch.path("b.png"), "linked/a.png",
          "linked/in/a.png", "linked/../../b.png", "saliency/dots/a.png",
          "saliency/link.png", "saliency/folder.png", "saliency/pipe.png",
          "saliency//ramp.png", "saliency/./ramp.png", "", ".", "/", "..", "a" * 9999 + ".png",
          7, None, {}, [[]]] + KEPT


def list_more(manifest):
    manifest["artifacts"] += [{"path": path, "array": path} for path in LISTED]
    manifest["artifacts"] += LISTED
    manifest["earlier"] += LISTED
    manifest["pictures"] += [{"input": path} for path in LISTED] + LISTED


def safe():
    return (all(os.path.exists(scratch.path(path)) for path in OUTSIDE)
            and all(os.path.exists(scratch.path("out", path)) for path in KEPT))


change_manifest(list_more)
code, said = scratch.run()
scratch.check("paths that leave the folder, links, and files that no run makes are left",
              code == 0 and safe()
              and all(os.path.lexists(scratch.path("out", "saliency", name))
                      for name in ("link.png", "folder.png", "pipe.png", "dots"))
              and os.path.islink(scratch.path("out", "linked")), said, tree("out"))
scratch.check("what is right in it is removed", "saliency/ramp/gray.png" not in tree("out")
              and "emitting" not in tree("out"), tree("out"))


def foreign(manifest):
    del manifest["cnnviz"]


for what, text in (("not JSON", "{"), ("a list", "[]"), ("a number", "7"),
                   ("empty", ""), ("deep", "[" * 100000),
                   ("of odd types", '{"cnnviz": "0.1.0", "artifacts": {"path": 1}, '
                    '"pictures": "x", "earlier": 5}'),
                   ("repeating a key", '{"cnnviz": "0.1.0", "cnnviz": "0.1.0"}'),
                   ("foreign", None)):
    start_again()
    if text is None:
        change_manifest(foreign)
    else:
        write("out", "manifest.json", text=text)
    code, said = scratch.run()
    scratch.check("a manifest that is %s removes nothing" % what,
                  code == 0 and "removed" not in said
                  and set(tree("first")) <= set(tree("out")) and "cnnviz" in scratch.manifest(),
                  said)

start_again()
shutil.move(scratch.path("out", "manifest.json"), scratch.path("elsewhere.json"))
os.symlink(scratch.path("elsewhere.json"), scratch.path("out", "manifest.json"))
code, said = scratch.run()
scratch.check("a manifest behind a link is not read", code == 0 and "removed" not in said
              and set(tree("first")) <= set(tree("out")), said)

start_again()
text = open(scratch.path("out", "manifest.json")).read()
write("out", "manifest.json", text=text.replace("\n    {", "\n" + " " * (70 << 10) + "{", 1000))
size = os.path.getsize(scratch.path("out", "manifest.json"))
code, said = scratch.run()
scratch.check("one of many megabytes is read like any other",
              size > len(text) + (2 << 20) and code == 0 and tree("out") == tree("fewer"), said)

start_again()
write("out", "manifest.json", text=text.replace('"name": "', '"name": "' + "a" * (17 << 20), 1))
code, said = scratch.run()
scratch.check("one with an item that is longer than any can be removes nothing",
              code == 0 and "removed" not in said and set(tree("first")) <= set(tree("out")),
              said)
scratch.finish()

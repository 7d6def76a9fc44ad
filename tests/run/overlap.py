"""What is read, drawn and written while the network goes on leaves what it would leave in
order: runs on one CPU and on two write the same bytes and say the same, whatever fails."""
import json
import os
import re
import shutil
import subprocess
import sys

from scratch import Scratch, write_png

if not hasattr(os, "sched_setaffinity") or len(os.sched_getaffinity(0)) < 2:
    print("SKIP: one CPU, or no CPU affinity here")
    sys.exit(77)

scratch = Scratch()
scratch.environment.pop("OMP_NUM_THREADS", None)
cpus = sorted(os.sched_getaffinity(0))
COUNT = 14
JOBS = """
[vanilla_bp]
[grad_cam]
layer = features.0
[saliency]
[leaning]
technique = averaged
base = saliency
[drawn]
technique = ending
how = refuse
"""


def picture(n):
    return "p%02d.png" % n


for n in range(COUNT):
    write_png(scratch.path(picture(n)), 40 + n, 30,
              lambda x, y, n=n: (6 * x % 256, (8 * y + n) % 256, 90 * (x % 2)))
# One cannot be read, and one lacks no more than its end marker.
with open(scratch.path(picture(4)), "r+b") as file:
    file.seek(60)
    file.write(bytes(8))
with open(scratch.path(picture(11)), "r+b") as file:
    file.truncate(os.path.getsize(scratch.path(picture(11))) - 12)


def run(count, *options, prepare=lambda: None):
    """The exit code, what is said, and the files of a run on so many CPUs."""
    shutil.rmtree(scratch.path("out"), ignore_errors=True)
    prepare()
    done = subprocess.run(scratch.command(*options), cwd=scratch.folder,
                          env=scratch.environment, capture_output=True, text=True,
                          timeout=300,
                          preexec_fn=lambda: os.sched_setaffinity(0, cpus[:count]))
    return done.returncode, done.stderr, scratch.files()


def block():
    """Folders stand where files are to be written."""
    os.makedirs(scratch.path("out", "saliency", "p07", "gray.png", "taken"))
    os.makedirs(scratch.path("out", "vanilla_bp", "p13", "color.png", "taken"))
    os.makedirs(scratch.path("out", "input", "p09.png", "taken"))


def compare(what, code, *options, prepare=lambda: None):
    one, two = run(1, *options, prepare=prepare), run(2, *options, prepare=prepare)
    scratch.check(what + ": the same exit code", one[0] == two[0] == code, one, two)
    scratch.check(what + ": the same messages", one[1] == two[1], one[1], two[1])
    scratch.check(what + ": the same files", sorted(one[2]) == sorted(two[2]),
                  set(one[2]) ^ set(two[2]))
    scratch.check(what + ": the same bytes", one[2] == two[2],
                  [name for name in one[2] if one[2][name] != two[2].get(name)])
    return two


IMAGES = ", ".join(picture(n) for n in range(COUNT))
for batch in (1, 3, 64):
    scratch.write_ini(JOBS, images=IMAGES,
                      more="threads = 1\nbatch = %d" % batch)
    code, said, files = compare("batches of %d" % batch, 1, "-v", prepare=block)
    for fact, words in (("a picture that is no picture", "p04.png: the PNG picture is trunc"),
                        ("a picture without its end", "p11.png: the end of the file"),
                        ("a drawing that cannot be written", "picture p07: cannot write"),
                        ("another", "picture p13: cannot write"),
                        ("a view that cannot be written", "out/input/p09.png: Is a directory")):
        scratch.check("batches of %d: %s is named" % (batch, fact), words in said, said)
    made = {name.split("/")[1] for name in files if name.startswith("saliency/")}
    scratch.check("the others are drawn",
                  {picture(n)[:3] for n in range(COUNT)} - {"p04", "p09"} == made, made)
# The manifest is written item by item: all of its lists have items here.
text = files["manifest.json"].decode()
tokens = json.loads(text, parse_float=lambda number: 0, parse_int=lambda number: 0)
scratch.check("the manifest is laid out like any JSON",
              re.sub(r"(?<=[ \[])-?\d[\d.e+-]*(?=,?$)", "0", text, flags=re.MULTILINE)
              == json.dumps(tokens, indent=2, ensure_ascii=False) + "\n", text[:3000])
scratch.check("with every list", all(tokens[name] for name in (
    "jobs", "pictures", "artifacts", "warnings", "failures")), list(tokens))

compare("the first failure ends the run", 1, "--fail-fast", prepare=block)
compare("in processes of their own", 1, "-s", "run.isolate=yes", prepare=block)
scratch.finish()

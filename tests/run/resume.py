"""A run that goes on where an earlier one has stopped leaves what one run would have left, and
makes again what is not there or would be another result now, and nothing else.

CNNVIZ_KILLS gives the number of runs that are killed at random; a few by default.
"""
import json
import os
import random
import re
import shutil
import signal
import subprocess
import time

from scratch import JOURNAL, Scratch, write_png

scratch = Scratch()
KILLS = int(os.environ.get("CNNVIZ_KILLS", "2"))
random = random.Random(29)
# One that draws random numbers for each picture; two that look at all pictures, one of them
# with files of its own; and one that runs once
JOBS = {"vanilla_bp": "", "smooth_grad": "samples = 2\n", "centered": "from = again/*.png\n",
        "census": "", "noise_card": ""}
PREPARED = {"centered", "census"}
NAMES = ["p0", "p1", "p2", "p3"]


def picture(name, shade):
    write_png(scratch.path(name + ".png"), 24, 16, lambda x, y: (9 * x, 12 * y, shade))


def write(names=tuple(NAMES), more="", **changed):
    jobs = dict(JOBS, **changed)
    scratch.write_ini("".join("[%s]\n%s" % item for item in jobs.items()),
                      images=", ".join(name if ":" in name else name + ".png"
                                       for name in names),
                      more="batch = 2\n" + more)


def times():
    """When the files of each result were written: those of a job and a picture, of a job that
    runs once, or of an input."""
    found = {}
    for path in scratch.files():
        if "/" in path and "thumbnails" not in path:
            place = path if path.startswith("input/") else os.path.dirname(path)
            found.setdefault(place, set()).add(os.stat(scratch.path("out", path)).st_mtime_ns)
    return found


def of(*jobs, names=tuple(NAMES)):
    """The results of jobs."""
    return {job if job in ("noise_card", "census") else job + "/" + name
            for job in jobs for name in names}


def start_again(source="whole"):
    shutil.rmtree(scratch.path("out"), ignore_errors=True)
    shutil.copytree(scratch.path(source), scratch.path("out"))


def has_journal():
    return os.path.exists(scratch.path("out", JOURNAL))


def check_same(what, code, said, output):
    files, expected = scratch.files(), scratch.files(output)
    scratch.check("%s: the folder is that of one run" % what,
                  code == 0 and files == expected and not has_journal(), said,
                  sorted(path for path in set(files) | set(expected)
                         if files.get(path) != expected.get(path)))


def check_resumed(what, wanted, reason=None, arguments=()):
    """Go on with what is in the folder: so much is made, and that is what one run makes."""
    before = times()
    code, said = scratch.run("--resume", *arguments)
    after = times()
    made = {place for place in after if after[place] != before.get(place)}
    # A number alone is no file.
    scratch.check("%s: just that is made" % what, made == wanted - {"census"},
                  sorted(made ^ (wanted - {"census"})), said)
    adopted = re.search(r"reused (\d+) of (\d+) result", said)
    count = len({place for place in wanted if not place.startswith("input/")})
    scratch.check("%s: so many results are adopted" % what,
                  adopted and int(adopted.group(2)) - int(adopted.group(1)) == count, said,
                  count)
    scratch.check("%s: the reason is told" % what, reason is None or reason in said, said)
    scratch.run("-o", "one", *arguments)
    check_same(what, code, said, "one")
    shutil.rmtree(scratch.path("one"))


def kill_after(seconds, *arguments):
    process = subprocess.Popen(scratch.command(*arguments), cwd=scratch.folder,
                               env=scratch.environment, stdout=subprocess.DEVNULL,
                               stderr=subprocess.DEVNULL)
    try:
        process.wait(seconds)
    except subprocess.TimeoutExpired:
        process.send_signal(signal.SIGKILL)
    process.wait(30)


for number, name in enumerate(NAMES + ["new"]):
    picture(name, 20 * number)

# Killed at any moment, and killed again

for more in ("isolate = yes\n", "pack = yes\noutput_format = npy-only\n", ""):
    write(more=more)
    shutil.rmtree(scratch.path("whole"), ignore_errors=True)
    begun = time.monotonic()
    code, said = scratch.run("-o", "whole")
    taken = time.monotonic() - begun
    scratch.check("%sa run that nobody ends is done, and leaves no journal" % more,
                  code == 0 and not os.path.exists(scratch.path("whole", JOURNAL)), said)
    for _ in range(KILLS):
        shutil.rmtree(scratch.path("out"), ignore_errors=True)
        seconds = random.uniform(0.3, 1) * taken
        kill_after(seconds)
        kill_after(random.uniform(0, 1) * taken, "--resume")
        code, said = scratch.run("--resume")
        check_same("%skilled after %.3f s" % (more, seconds), code, said, "whole")

# By the manifest alone: nothing is made again but what would be another result.

manifest = scratch.manifest("whole")
scratch.check("the manifest has digests of all pictures and jobs",
              all(re.fullmatch("[0-9a-f]{64}", digest or "") for digest in
                  [manifest["digest"]] + [item["sha256"] for item in manifest["pictures"]]
                  + [job["digest"] for job in manifest["jobs"]]), manifest["jobs"])
scratch.check("and says which jobs draw random numbers",
              {job["name"] for job in manifest["jobs"] if job["random"]}
              == {"smooth_grad", "noise_card"}, manifest["jobs"])
start_again()
check_resumed("a run that is complete", set())
write(more="threads = 1\nisolate = yes\n")
before = times()
code, said = scratch.run("--resume", "-s", "run.batch=3")
scratch.check("threads, batches and isolation change no result", times() == before, said)
start_again()
write(smooth_grad="samples = 3\n", saliency="")
check_resumed("a parameter, and a new job", of("smooth_grad", "saliency"),
              "recomputing [smooth_grad], because its parameters have changed")
start_again()
write()
before = times()
code, said = scratch.run("--resume", "--only", "vanilla_bp,census")
scratch.check("fewer jobs: what they have is adopted, and what others have is kept",
              code == 0 and "reused 5 of 5" in said and times() == before, said)
start_again()
picture("p1", 99)
check_resumed("a picture", of("vanilla_bp", "smooth_grad", names=["p1"]) | of(*PREPARED)
              | {"input/p1.png"}, "whose pictures or targets have changed")
picture("p1", 20)
start_again()
write(names=["new"] + NAMES)
check_resumed("a picture before the others",
              of("vanilla_bp", names=["new"])
              | of("smooth_grad", *PREPARED, names=["new"] + NAMES) | {"input/new.png"})
start_again()
write(names=["p0.png:snake"] + NAMES[1:])
check_resumed("a target", of("vanilla_bp", "smooth_grad", names=["p0"]) | of(*PREPARED)
              | {"input/p0.png"})
start_again()
write()
with open(scratch.path("again", "ramp.png"), "rb") as file:
    ramp = file.read()
picture("again/ramp", 7)
check_resumed("a file that a parameter names", of("centered"),
              "recomputing [centered], because files")
with open(scratch.path("again", "ramp.png"), "wb") as file:
    file.write(ramp)
start_again()
everything = of(*JOBS) | {"input/%s.png" % name for name in NAMES}
check_resumed("weights", everything, "the network, its weights or the engine have changed",
              ("-s", "model.weights=random:7"))
start_again()
check_resumed("the seed", everything, "because the seed has changed", ("-s", "run.seed=6"))
start_again()
plugin = scratch.path("plugins", "noise_card.so")
original = os.path.realpath(plugin)
os.remove(plugin)
shutil.copy(original, plugin)
with open(plugin, "ab") as file:
    file.write(b"\0")
check_resumed("a plugin", of("noise_card"),
              "recomputing [noise_card], because its plugin has changed")
os.remove(plugin)
os.symlink(original, plugin)

# Files that are not whole

start_again()
for path, left in (("vanilla_bp/p0/attribution.npy", -4), ("smooth_grad/p2/color.png", 30),
                   ("centered/p3/attribution.npy", 0), ("input/p3.png", -1)):
    path = scratch.path("out", path)
    os.truncate(path, left if left >= 0 else os.path.getsize(path) + left)
os.remove(scratch.path("out", "noise_card", "card.png"))
check_resumed("files that are cut off or missing",
              {"vanilla_bp/p0", "smooth_grad/p2", "centered/p3", "noise_card", "input/p3.png"},
              "4 results whose files are missing or incomplete")

# A run that a plugin ends, and a journal that somebody has written into

shutil.rmtree(scratch.path("out"))
write(ending="how = crash\n")
code, said = scratch.run()
scratch.check("a run that a plugin ends keeps its journal, and says how to go on",
              has_journal() and "--resume goes on from here" in said, code, said)
with open(scratch.path("out", JOURNAL)) as file:
    lines = file.readlines()
outside = scratch.path("outside.npy")
with open(outside, "w") as file:
    file.write("mine")
with open(scratch.path("out", JOURNAL), "w") as file:
    file.write("no line\n[]\n{\"jobs\":[5,{\"name\":7}],\"done\":{}}\n" + "".join(lines))
    for item in ({"earlier": ["../outside.npy", "/etc/passwd"]},
                 {"done": [{"job": "census", "picture": "p0"}, {"job": "vanilla_bp"}]},
                 {"artifacts": [{"job": "vanilla_bp", "picture": "p0", "path": "../outside.npy",
                                 "array": "../outside.npy"}]}):
        file.write(json.dumps(item) + "\n")
    file.write(lines[-1][:len(lines[-1]) // 2])
write()
before = times()
code, said = scratch.run("--resume", "-v")
scratch.check("what was finished before the crash is adopted",
              re.search("reused [1-9]", said) and "input/p0.png" in before
              and times()["input/p0.png"] == before["input/p0.png"], said)
check_same("after a crash, by a journal with lines that are none", code, said, "whole")
scratch.check("nothing outside is touched", os.path.getsize(outside) == 4)

# What has failed is tried again.

shutil.rmtree(scratch.path("out"))
write(centered="from = again/*.png\nfault = prepared\n")
code, said = scratch.run()
scratch.check("a run with a failure keeps its journal", code == 1 and has_journal(), code, said)
write()
check_resumed("a job that has failed", of("centered"), "its parameters have changed")

# Without --resume, and where no journal can be written

shutil.rmtree(scratch.path("out"))
kill_after(0.7 * taken)
code, said = scratch.run()
check_same("a run that begins anew after one that was killed", code, said, "whole")
shutil.rmtree(scratch.path("out"))
os.makedirs(scratch.path("out", JOURNAL))
code, said = scratch.run()
scratch.check("without a journal a run is done with one warning",
              code == 0 and said.count("warning") == 1
              and "out/%s: Is a directory" % JOURNAL in said, code, said)
scratch.finish()

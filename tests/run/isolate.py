"""With isolate = yes every job has a process of its own: what a plugin does to it is
that job's failure alone, and where nothing goes wrong no byte of the results differs."""
import os
import shutil
import signal
import subprocess
import sys
import time

from scratch import Scratch, is_running

scratch = Scratch()
# A plugin that calls exit() leaves all that the host has.
scratch.environment["ASAN_OPTIONS"] = ":".join(filter(None, [
    scratch.environment.get("ASAN_OPTIONS"), "detect_leaks=0"]))

ISOLATE = "isolate = yes\n"


def processes():
    """Numbers of the processes that a fixture has noted, and forget them."""
    try:
        with open(scratch.path("notes")) as file:
            return [int(line) for line in file]
    except FileNotFoundError:
        return []
    finally:
        if os.path.exists(scratch.path("notes")):
            os.remove(scratch.path("notes"))


def states(output):
    return {job["name"]: job["status"] for job in scratch.manifest(output)["jobs"]}


def reasons(output):
    return {job["name"]: job["reason"] for job in scratch.manifest(output)["jobs"]}


def is_whole(output):
    """Every file of the manifest is there, and none that was only begun."""
    files = scratch.files(output)
    listed = [item[key] for item in scratch.manifest(output)["artifacts"]
              for key in ("path", "array") if item.get(key)]
    return (set(listed) <= set(files) and "index.html" in files
            and not any(os.path.basename(path).startswith(".cnnviz") for path in files))


def differing(one, other):
    one, other = scratch.files(one), scratch.files(other)
    return sorted(path for path in set(one) | set(other)
                  if one.get(path) != other.get(path))


# The same results

EVERYTHING = """
[vanilla_bp]
[grad_cam]
layer = features.1
[counting]
notes = counted
[other]
technique = saliency
target = rocket
[guided_grad_cam]
cam = grad_cam
gradient = counting
[borrowing]
base = counting
other = rocket
[borrowing_another]
technique = borrowing
base = other
[averaged]
base = guided_grad_cam
[alike]
base = averaged
[emitting]
[emitting_once]
[emitting_badly]
technique = emitting
how = curve_not_a_number
[contact_sheet]
[noise_card]
[bad]
technique = misbehaving
[leaning]
technique = averaged
base = bad
"""

for name, more in (("one at a time", "batch = 1\n"), ("two at a time", "batch = 2\n"),
                   ("together", "batch = 8\n")):
    scratch.write_ini(EVERYTHING, more=more)
    code, said = scratch.run("-o", "plain")
    scratch.write_ini(EVERYTHING, more=more + ISOLATE)
    apart, said_apart = scratch.run("-o", "apart")
    scratch.check("%s: the exit code is the same" % name, code == 1 and apart == code,
                  said, said_apart)
    scratch.check("%s: every file is the same" % name,
                  len(scratch.files("plain")) > 60 and not differing("plain", "apart"),
                  differing("plain", "apart"), said_apart)
    plain = sorted(line for line in said.splitlines() if "done" not in line)
    scratch.check("%s: the same is said" % name,
                  plain == sorted(line.replace("apart", "plain")
                                  for line in said_apart.splitlines()
                                  if "done" not in line), said, said_apart)

ONLY = ("--only", "guided_grad_cam,borrowing_another")
scratch.write_ini(EVERYTHING)
code, said = scratch.run("-o", "plain_only", *ONLY)
scratch.write_ini(EVERYTHING, more=ISOLATE)
apart, said = scratch.run("-o", "apart_only", *ONLY)
scratch.check("jobs that are only needed are computed where they are needed",
              code == apart == 0 and not differing("plain_only", "apart_only"),
              differing("plain_only", "apart_only"), said)

scratch.write_ini("[vanilla_bp]\n[emitting_once]", images="dots.png, ramp.png",
                  more=ISOLATE)
with open(scratch.path("dots.png"), "rb") as file:
    whole = file.read()
with open(scratch.path("dots.png"), "wb") as file:
    file.write(whole[:-24] + bytes(4) + whole[-20:])  # within the pixels
code, said = scratch.run("-o", "damaged")
scratch.check("a damaged picture is named once, and the others continue",
              code == 1 and said.count("dots.png") == 1
              and "vanilla_bp/ramp/color.png" in scratch.files("damaged")
              and states("damaged") == {"vanilla_bp": "ok", "emitting_once": "ok"}, said)
code, said = scratch.run("--fail-fast", "-o", "damaged_fast")
scratch.check("--fail-fast stops at the picture",
              code == 1 and states("damaged_fast")["emitting_once"] == "not run", said)
with open(scratch.path("dots.png"), "wb") as file:
    file.write(whole)

# A file name that is not UTF-8, given by a pattern since an INI file cannot hold it
odd = scratch.path("caf\udce9.png")
shutil.copy(scratch.path("dots.png"), odd)
for output, more in (("odd_plain", ""), ("odd_apart", ISOLATE)):
    scratch.write_ini("[vanilla_bp]\n[emitting]\n", images="caf*.png", more=more)
    code, said = scratch.run("-o", output)
    scratch.check("%s: a file name that is not UTF-8 does no harm" % output, code == 0, said)
os.remove(odd)
picture = scratch.manifest("odd_apart")["pictures"][0]
scratch.check("its files are the same", not differing("odd_plain", "odd_apart"),
              differing("odd_plain", "odd_apart"))
scratch.check("its bytes are in the manifest", picture["name"] == "caf\uefe9"
              and picture["input"] == "input/caf\uefe9.png"
              and "input/caf\udce9.png" in scratch.files("odd_apart"), picture)

# Processes that end otherwise than their job

JOBS = """
[vanilla_bp]
[bad]
technique = ending
how = %s
item = 1
[saliency]
[emitting_once]
"""

ENDS = {
    "crash": "the plugin crashed: Segmentation fault",
    "abort": "the plugin crashed: Aborted",
    "exit": "the plugin exited with code 3",
    "exit_well": "the plugin exited with code 0",
    "term": "the plugin crashed: Terminated",
    "kill": "the plugin perhaps used up the machine's memory and crashed: Killed",
    "starve": "the plugin ran out of memory and crashed: Segmentation fault",
    "scribble": "left no complete report of its results",
}


def check_failure(how, sentence, code, said, output):
    lines = [line for line in said.splitlines() if "[bad] ending" in line]
    scratch.check("%s: exit code 1" % how, code == 1, code, said)
    scratch.check("%s: one line with file, section, technique, plugin and cause" % how,
                  len(lines) == 1 and lines[0].startswith("cnnviz: run.ini: [bad] ")
                  and os.path.join("plugins", "ending.so") in lines[0]
                  and sentence in lines[0], said)
    scratch.check("%s: the others are done" % how,
                  states(output) == {"vanilla_bp": "ok", "bad": "failed",
                                     "saliency": "ok", "emitting_once": "ok"},
                  states(output))
    scratch.check("%s: the manifest has the reason" % how,
                  sentence in reasons(output)["bad"], reasons(output))
    made = {path for path in scratch.files(output) if path.startswith("bad/")}
    scratch.check("%s: finished files are kept, incomplete ones are not" % how,
                  {"bad/ramp/before.png", "bad/ramp/film.gif", "bad/ramp/after.png",
                   "bad/dots/before.png"} <= made
                  and "bad/dots/film.gif" not in made and is_whole(output), made)
    scratch.check("%s: the picture after it is skipped" % how,
                  not any(path.startswith("bad/ramp-2/") for path in made), made)


for how, sentence in ENDS.items():
    if how == "scribble":
        continue
    scratch.write_ini(JOBS % how, more=ISOLATE)
    code, said = scratch.run("-o", how)
    check_failure(how, sentence, code, said, how)

scratch.write_ini(JOBS % "scribble", more=ISOLATE)
code, said = scratch.run("-o", "scribble")
scratch.check("invalid reports are refused, and not taken for results",
              code == 1 and ENDS["scribble"] in reasons("scribble")["bad"]
              and states("scribble")["saliency"] == "ok" and is_whole("scribble"), said)

scratch.write_ini(JOBS % "crash", more=ISOLATE)
code, said = scratch.run("--fail-fast", "-o", "fast")
scratch.check("--fail-fast stops at the first job that fails",
              code == 1 and states("fast") == {"vanilla_bp": "ok", "bad": "failed",
                                               "saliency": "not run",
                                               "emitting_once": "not run"},
              states("fast"), said)

# Whose fault it is

scratch.write_ini("""
[base]
technique = ending_map
how = crash
[borrowing]
base = base
[averaged]
base = base
[vanilla_bp]
""", more=ISOLATE)
code, said = scratch.run("-o", "base")
scratch.check("a job that needs a crashed one says so",
              code == 1 and "the plugin crashed" in reasons("base")["base"]
              and "job [base] failed" in reasons("base")["borrowing"]
              and "job [base] failed" in reasons("base")["averaged"]
              and states("base")["vanilla_bp"] == "ok"
              and said.count("crashed") == 1, reasons("base"), said)
code, said = scratch.run("--only", "borrowing,vanilla_bp", "-o", "needed")
scratch.check("a technique that crashes while computing maps for another job is named",
              code == 1 and "the plugin crashed" in reasons("needed")["base"]
              and "job [base] failed" in reasons("needed")["borrowing"]
              and states("needed")["vanilla_bp"] == "ok", reasons("needed"), said)
code, said = scratch.run("--only", "averaged,vanilla_bp", "-o", "within")
scratch.check("it is named even if its inputs are another technique's",
              code == 1 and "the maps of [base] could not be computed: its plugin crashed"
              in (reasons("within")["averaged"] or "")
              and states("within")["vanilla_bp"] == "ok", reasons("within"), said)

# [run] timeout

processes()
for how in ("hang", "wait", "spawn", "escape"):
    scratch.write_ini(JOBS % how, more=ISOLATE + "timeout = 1.5\n")
    begun = time.monotonic()
    code, said = scratch.run("-o", how)
    taken = time.monotonic() - begun
    check_failure(how, "the plugin did not return within the 1.5 seconds of [run] "
                  "timeout", code, said, how)
    found = processes()
    scratch.check("%s: none of its processes remains" % how,
                  len(found) == (2 if how in ("spawn", "escape") else 1)
                  and not any(is_running(process) for process in found), found)
    scratch.check("%s: it gets that time and a grace period" % how,
                  taken > 1.5 and (how != "hang" or taken > 4), taken)

# [run] memory_limit

if sys.platform == "linux":
    scratch.write_ini(JOBS % "hoard", more=ISOLATE + "memory_limit = 96\n")
    code, said = scratch.run("-o", "hoard")
    check_failure("hoard", "the plugin took more than the 96 MiB of [run] memory_limit",
                  code, said, "hoard")
    scratch.write_ini(JOBS % "crash", more=ISOLATE + "memory_limit = 96\n")
    code, said = scratch.run("-o", "crash_limit")
    check_failure("a crash for another reason", "the plugin crashed: Segmentation fault",
                  code, said, "crash_limit")
    for how in ("well", "reserve"):
        scratch.write_ini(JOBS % how, more=ISOLATE + "memory_limit = 96\ntimeout = 60\n")
        code, said = scratch.run("-o", how)
        scratch.check("%s: a job within its limits is done" % how,
                      code == 0 and set(states(how).values()) == {"ok"}, said)

# Ctrl-C

processes()
for how, sent in (("wait", signal.SIGINT), ("hang", signal.SIGTERM)):
    scratch.write_ini(JOBS % how, more=ISOLATE)
    process = subprocess.Popen(
        scratch.command("-o", "stopped"), cwd=scratch.folder, env=scratch.environment,
        stdout=subprocess.PIPE, stderr=subprocess.PIPE,
        preexec_fn=lambda: signal.signal(signal.SIGINT, signal.default_int_handler))
    for _ in range(600):
        if os.path.exists(scratch.path("notes")) or process.poll() is not None:
            break
        time.sleep(0.1)
    process.send_signal(sent)
    said = process.communicate(timeout=60)[1].decode()
    found = processes()
    scratch.check("%s while a job is to %s: exit code 130" % (sent.name, how),
                  process.returncode == 130, process.returncode, said)
    scratch.check("%s while a job is to %s: what is finished is kept" % (sent.name, how),
                  states("stopped") == {"vanilla_bp": "ok", "bad": "interrupted",
                                        "saliency": "interrupted",
                                        "emitting_once": "interrupted"}
                  and is_whole("stopped") and scratch.manifest("stopped")["interrupted"],
                  states("stopped"))
    scratch.check("%s while a job is to %s: none of its processes remains" % (sent.name, how),
                  len(found) == 1 and not is_running(found[0]), found)

# A signal that was meant for a job alone

scratch.write_ini(JOBS % "hang", more=ISOLATE)
process = subprocess.Popen(scratch.command("-o", "deaf"), cwd=scratch.folder,
                           env=scratch.environment, stdout=subprocess.PIPE,
                           stderr=subprocess.PIPE)
for _ in range(600):
    if (os.path.exists(scratch.path("notes")) and os.path.getsize(scratch.path("notes"))
            or process.poll() is not None):
        break
    time.sleep(0.1)
for job in processes():
    os.kill(job, signal.SIGTERM)
try:
    said = process.communicate(timeout=30)[1].decode()
except subprocess.TimeoutExpired:
    process.kill()
    said = process.communicate()[1].decode()
check_failure("a job that does not listen to SIGTERM", "the plugin was told to end by a signal",
              process.returncode, said, "deaf")

# A parent that is killed

if sys.platform == "linux":
    scratch.write_ini(JOBS % "hang", more=ISOLATE)
    process = subprocess.Popen(scratch.command("-o", "killed"), cwd=scratch.folder,
                               env=scratch.environment, stdout=subprocess.DEVNULL,
                               stderr=subprocess.DEVNULL)
    for _ in range(600):
        if os.path.exists(scratch.path("notes")):
            break
        time.sleep(0.1)
    process.kill()
    process.wait()
    time.sleep(0.2)
    found = processes()
    scratch.check("no job outlives the run",
                  len(found) == 1 and not is_running(found[0]), found)

# Networks that cannot be made ready

scratch.write_ini("[vanilla_bp]", more=ISOLATE + "engine = nosuch\n")
scratch.environment.pop("CNNVIZ_ENGINE")
code, said = scratch.run("-o", "engineless")
scratch.check("an engine that does not exist is refused before anything is computed",
              code == 2 and said.count("nosuch") >= 1
              and not os.path.exists(scratch.path("engineless")), code, said)
scratch.finish()

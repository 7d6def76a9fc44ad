"""Weights that are cut off while a run reads them end it with a sentence that names the
file, and with a manifest of what was finished; NaN weights are told of by the file's name."""
import json
import os
import shutil
import signal
import struct
import subprocess
import time

from scratch import Scratch, program

scratch = Scratch()
WIDTH = 16 * 24 * 3
CLASSES = 7

with open(scratch.path("wide.ini"), "w") as file:
    file.write("[network]\nname = wide\nlabels = small.labels\ninput_size = 24 16\n"
               "mean = 0.5 0.5 0.5\nstd = 0.25 0.25 0.25\n[layers]\nflatten = flatten\n"
               "classifier = linear out=%d\n" % CLASSES)


def write_weights(value):
    """A .safetensors file of one linear layer, larger than a page."""
    weight = struct.pack("<f", value) * (WIDTH * CLASSES)
    bias = struct.pack("<f", 0) * CLASSES
    head = json.dumps({
        "classifier.weight": {"dtype": "F32", "shape": [CLASSES, WIDTH],
                              "data_offsets": [0, len(weight)]},
        "classifier.bias": {"dtype": "F32", "shape": [CLASSES],
                            "data_offsets": [len(weight), len(weight) + len(bias)]},
    }).encode()
    head += b" " * (-len(head) % 8)
    with open(scratch.path("wide.safetensors"), "wb") as file:
        file.write(struct.pack("<Q", len(head)) + head + weight + bias)


def write_run(jobs, more=""):
    scratch.write_ini(jobs, more=more)
    with open(scratch.path("run.ini")) as file:
        text = file.read()
    with open(scratch.path("run.ini"), "w") as file:
        file.write(text.replace("small.ini", "wide.ini")
                   .replace("weights = random", "weights = wide.safetensors"))


for more in ("", "isolate = yes\n"):
    write_weights(0.01)
    write_run("[vanilla_bp]\n[smooth_grad]\nsamples = 100000\n[saliency]\n", more=more)
    process = subprocess.Popen(scratch.command("-o", "cut"), cwd=scratch.folder,
                               env=scratch.environment, stdout=subprocess.PIPE,
                               stderr=subprocess.PIPE)
    for _ in range(600):
        if "vanilla_bp/ramp/gray.png" in scratch.files("cut") or process.poll() is not None:
            break
        time.sleep(0.05)
    os.truncate(scratch.path("wide.safetensors"), 100)
    try:
        said = process.communicate(timeout=60)[1].decode()
    except subprocess.TimeoutExpired:
        process.kill()
        said = process.communicate()[1].decode()
    scratch.check("%sa sentence names the file" % more,
                  "wide.safetensors was cut off" in said and process.returncode == 1,
                  process.returncode, said)
    manifest = scratch.manifest("cut")
    states = {job["name"]: job["status"] for job in manifest["jobs"]}
    scratch.check("%sthe manifest has what was finished" % more,
                  "under_way" not in manifest and states["smooth_grad"] == "failed"
                  and states["vanilla_bp"] == "ok" and states["saliency"] != "ok"
                  and "vanilla_bp/ramp/attribution.npy" in scratch.files("cut")
                  and "index.html" in scratch.files("cut"), states)
    scratch.check("%sit blames no plugin" % more, "crashed" not in said, said)
    shutil.rmtree(scratch.path("cut"))

# Classifying: in its own process, or in one that is watched


def end_classify(isolate, act):
    """What classify says of many pictures when something happens to the process that runs it."""
    write_weights(0.01)
    process = subprocess.Popen(
        [program, "classify", "--model", "wide.ini", "--weights", "wide.safetensors",
         "-s", "run.isolate=" + isolate, "-s", "run.batch=1"] + ["ramp.png"] * 3000,
        cwd=scratch.folder, env=scratch.environment, stdout=subprocess.PIPE,
        stderr=subprocess.PIPE)
    runner = process.pid
    mapped = ""
    while "wide.safetensors" not in mapped and process.poll() is None:
        with open("/proc/%d/maps" % process.pid) as file:
            mapped = file.read()
    while isolate == "yes" and runner == process.pid and process.poll() is None:
        with open("/proc/%d/task/%d/children" % (process.pid, process.pid)) as file:
            runner = int((file.read().split() or [process.pid])[0])
    time.sleep(0.02)
    act(runner)
    try:
        return process.communicate(timeout=60)[1].decode(), process.returncode
    except subprocess.TimeoutExpired:
        process.kill()
        return "hangs", process.wait()


for isolate in ("no", "yes"):
    said, code = end_classify(isolate, lambda _: os.truncate(scratch.path("wide.safetensors"), 100))
    scratch.check("classify, isolate = %s: weights that are cut off are named" % isolate,
                  said.count("\n") == 1 and "wide.safetensors was cut off" in said and code == 1,
                  code, said)
said, code = end_classify("yes", lambda runner: os.kill(runner, signal.SIGSEGV))
scratch.check("classify tells how the process that runs the network has ended",
              said.count("\n") == 1 and "the network crashed" in said and code == 1, code, said)
said, code = end_classify("yes", lambda runner: os.kill(runner, signal.SIGTERM))
scratch.check("and that a signal has interrupted it", code == 130 and "interrupted" in said,
              code, said)
write_weights(0.01)
told = [subprocess.run([program, "classify", "--model", "wide.ini", "--weights",
                        "wide.safetensors", "ramp.png", "-s", "run.isolate=" + isolate],
                       cwd=scratch.folder, env=scratch.environment, capture_output=True)
        for isolate in ("no", "yes", "strict")]
scratch.check("otherwise it prints the same", {one.returncode for one in told} == {0}
              and len({one.stdout for one in told}) == 1 and b"eel" in told[0].stdout, told)

# Numbers that are none

write_weights(float("nan"))
for more in ("", "isolate = yes\n"):
    shutil.rmtree(scratch.path("nan"), ignore_errors=True)
    write_run("[vanilla_bp]\n[saliency]\n", more=more)
    code, said = scratch.run("-o", "nan")
    scratch.check("%sNaN weights are refused before anything is computed" % more,
                  code == 2 and "wide.safetensors" in said
                  and not os.path.exists(scratch.path("nan")), code, said)
    code, said = scratch.run("-o", "nan", "-s", "model.allow_nonfinite=yes")
    scratch.check("%sa run names the file whose network gives no numbers" % more,
                  code == 1 and said.count("wide.safetensors") == 3 and "numbers" in said
                  and "vanilla_bp]" not in said, code, said)
for more in ([], ["--json"]):
    done = subprocess.run(
        [program, "classify", "--model", "wide.ini", "--weights", "wide.safetensors", "ramp.png", "dots.png",
         "-s", "model.allow_nonfinite=yes"]
        + more, cwd=scratch.folder, env=scratch.environment, capture_output=True)
    said = (done.stdout + done.stderr).decode()
    scratch.check("classify %s does so too, and prints no nan" % more,
                  done.returncode == 1 and "wide.safetensors" in said
                  and "nan" not in said, done.returncode, said)
scratch.finish()

"""Ctrl-C, or a terminal that is closed, stops a run within one engine call and keeps what is finished."""
import os
import signal
import subprocess
import time

from scratch import Scratch

scratch = Scratch()
JOBS = """
[vanilla_bp]
[endless]
begun = begun
[saliency]
"""


def take_signals():
    """Whatever the test's own caller had set to be ignored"""
    for number in (signal.SIGINT, signal.SIGHUP):
        signal.signal(number, signal.SIG_DFL)


def start(output):
    """Start a run and wait until it is in the endless job."""
    if os.path.exists(scratch.path("begun")):
        os.remove(scratch.path("begun"))
    process = subprocess.Popen(
        scratch.command("-o", output), cwd=scratch.folder, env=scratch.environment,
        stdout=subprocess.PIPE, stderr=subprocess.PIPE,
        preexec_fn=take_signals)
    for _ in range(600):
        if os.path.exists(scratch.path("begun")) or process.poll() is not None:
            break
        time.sleep(0.1)
    return process


scratch.write_ini(JOBS)
for sent in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
    output = sent.name
    process = start(output)
    process.send_signal(sent)
    if sent == signal.SIGHUP:
        process.send_signal(sent)  # as the shell and the system do
    try:
        said = process.communicate(timeout=60)[1].decode()
    except subprocess.TimeoutExpired:
        process.kill()
        said = "did not stop"
        process.communicate()
    scratch.check("%s: exit code 130" % output, process.returncode == 130,
                  process.returncode, said)
    files = scratch.files(output)
    scratch.check("%s: finished files are kept, and no temporary ones" % output,
                  {"vanilla_bp/%s/attribution.npy" % name
                   for name in ("ramp", "dots", "ramp-2")} <= set(files)
                  and not any("tmp" in os.path.basename(path) for path in files),
                  sorted(files))
    scratch.check("%s: there is a gallery" % output,
                  b"Interrupted" in files.get("index.html", b""))
    if "manifest.json" in files:
        manifest = scratch.manifest(output)
        states = {job["name"]: job["status"] for job in manifest["jobs"]}
        scratch.check("%s: the manifest lists what was done" % output,
                      manifest["interrupted"] and states
                      == {"vanilla_bp": "ok", "endless": "interrupted",
                          "saliency": "interrupted"}, states)
        scratch.check("%s: everything in the manifest exists" % output,
                      all(item["path"] in files for item in manifest["artifacts"]))
    else:
        scratch.check("%s: there is a manifest" % output, False)

scratch.write_ini("[endless]\nbegun = begun\ndeaf = yes\n")
process = start("deaf")
process.send_signal(signal.SIGINT)
time.sleep(0.5)
waiting = process.poll() is None
process.send_signal(signal.SIGINT)
try:
    process.communicate(timeout=30)
except subprocess.TimeoutExpired:
    process.kill()
    process.communicate()
scratch.check("a second Ctrl-C ends at once, even during a plugin's call",
              waiting and process.returncode == -signal.SIGINT, waiting,
              process.returncode)
scratch.finish()

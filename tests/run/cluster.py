"""The scripts of conf/cluster leave in a folder what one run leaves there, also after a shard was
lost; and the files for Kubernetes say what the scripts do."""
import glob
import os
import re
import shutil
import subprocess
import sys

from scratch import Scratch, source, write_png

SHARDS = 4
SCRIPTS = os.path.join(source, "conf", "cluster")

scratch = Scratch()
os.mkdir(scratch.path("photos"))
for i in range(9):
    write_png(scratch.path("photos", "p%d.png" % i), 20, 17,
              lambda x, y: ((7 * x + 20 * i) % 256, 9 * y, (31 * i) % 256))
scratch.write_ini("[saliency]\n[emitting_once]\n", images="photos/*.png")
program, _, ini, *_ = scratch.command()
tried = []


def run_script(name, *words, **environment):
    """Exit code and all that it says"""
    done = subprocess.run(
        ["sh", os.path.join(SCRIPTS, name), ini, *words], cwd=scratch.folder,
        env=dict(scratch.environment, CNNVIZ=program, HOME=scratch.folder, **environment),
        stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True)
    return done.returncode, done.stdout


def try_script(name, *words, **environment):
    folder = "out-" + name
    code, said = run_script(name, folder, *words, **environment)
    scratch.check("%s makes what one run makes" % name,
                  code == 0 and scratch.files(folder) == whole, code, said,
                  sorted(set(scratch.files(folder)) ^ set(whole)))
    lost = glob.glob(scratch.path(folder, "saliency", "p3", "*.npy"))[0]
    os.remove(lost)
    code, said = run_script(name, folder, *words, **environment)
    scratch.check("%s mends what was lost" % name,
                  code == 0 and scratch.files(folder) == whole, code, said)
    tried.append(name)


code, said = scratch.run("-o", "whole", "-s", "run.threads=1")
scratch.check("one run makes all", code == 0, said)
whole = scratch.files("whole")

if shutil.which("parallel"):
    try_script("parallel.sh", str(SHARDS))
if shutil.which("mpirun"):
    try_script("mpirun.sh", "-n", str(SHARDS), "--oversubscribe",
               OMPI_ALLOW_RUN_AS_ROOT="1", OMPI_ALLOW_RUN_AS_ROOT_CONFIRM="1")
if shutil.which("sbatch") and os.environ.get("CNNVIZ_SLURM"):
    try_script("slurm.sh", str(SHARDS), "--wait")
for script in sorted(os.listdir(SCRIPTS)):
    if script.endswith(".sh"):
        code, said = run_script(script)
        scratch.check("%s without a folder says how to call it" % script,
                      code == 2 and said.startswith("usage:"), code, said)

# Options that the files for Kubernetes give, and what they say of the number of shards

options = set()
for path in glob.glob(os.path.join(SCRIPTS, "*.yaml")):
    with open(path) as file:
        text = file.read()
    command = re.split(r",\s*", re.search(r"command: \[(.*?)\]", text, re.S)[1])
    help_text = subprocess.run([program, command[1], "--help"], capture_output=True, text=True,
                               env=scratch.environment).stdout
    for word in command:
        if word.startswith("-"):
            options.add(word)
            scratch.check("%s knows %s of %s" % (command[1], word, os.path.basename(path)),
                          re.search(r"%s\b" % word, help_text), help_text)
    if "--shard" in command:
        count = command[command.index("--shard") + 1].split("/")[1]
        scratch.check("as many shards as pods", "completions: %s\n" % count in text, count)
scratch.check("shards and a merge were found", {"--shard", "--resume"} <= options, options)
if not tried and not scratch.failures:
    print("SKIP: there is neither GNU parallel nor mpirun; on Debian: apt-get install parallel "
          "openmpi-bin")
    sys.exit(77)
scratch.finish()

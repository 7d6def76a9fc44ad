"""What explains a neuron runs the network as far as the neuron's layer: what follows, however much
it is, is run once for each picture, to say what the network sees in it."""
import os
import resource
import subprocess

from scratch import Scratch

scratch = Scratch()
with open(scratch.path("small.ini"), "w") as file:
    file.write("""[network]
name = small
labels = small.labels
input_size = 24 16
mean = 0.5 0.5 0.5
std = 0.25 0.25 0.25
[layers]
near = conv2d out=4 kernel=3 padding=1
relu = relu
wide = conv2d out=64 kernel=3 padding=1
far = conv2d out=64 kernel=3 padding=1
flatten = flatten
classifier = linear out=7
""")


def seconds(jobs):
    """Of the processor's time that a run takes"""
    scratch.write_ini(jobs, images="ramp.png")
    begun = resource.getrusage(resource.RUSAGE_CHILDREN).ru_utime
    done = subprocess.run(scratch.command("-q", "-s", "run.threads=1"), cwd=scratch.folder,
                          env=scratch.environment, capture_output=True, timeout=120)
    scratch.check("the run succeeds", done.returncode == 0, done.stderr.decode())
    return resource.getrusage(resource.RUSAGE_CHILDREN).ru_utime - begun


JOB = "[smooth_grad]\nsamples = 20\n%s"
whole = min(seconds(JOB % "") for _ in range(2))
near = min(seconds(JOB % ("neuron = %s:1\n" % layer)) for layer in ("near", "relu"))
far = seconds(JOB % "neuron = far:1\n")
scratch.check("a run for a neuron near the input does not go through the layers behind it",
              near < whole / 4, near, whole)
scratch.check("one for a neuron behind them does", far > whole / 2, far, whole)
scratch.finish()

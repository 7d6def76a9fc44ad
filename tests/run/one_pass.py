"""The jobs of a batch share one forward pass, and a backward pass where they want the same;
no byte of what they make differs from that of each job alone."""
import json
import os
import subprocess

from scratch import Scratch, build, engine, program

scratch = Scratch()
notes = scratch.path("notes")
plain = dict(scratch.environment)
watched = dict(plain, CNNVIZ_ENGINE=os.path.join(build, "tests", "run", "watched_engine.la"),
               WATCHED_ENGINE=os.path.join(os.path.dirname(engine), ".libs", "reference.so"),
               WATCHED_NOTES=notes)


def run(*arguments, command="run", **limits):
    """Exit code, what it said, its passes (items, captures, gradients follow, alive), and
    the rules of its backward passes."""
    if os.path.exists(notes):
        os.remove(notes)
    done = subprocess.run([program, command, "run.ini", *arguments], cwd=scratch.folder,
                          env=dict(watched, **limits), capture_output=True, timeout=300)
    code, said = done.returncode, done.stderr.decode()
    forward, backward = [], []
    if os.path.exists(notes):
        with open(notes) as file:
            for line in file:
                kind, *numbers = line.split()
                numbers = [int(number) for number in numbers]
                (forward if kind == "forward" else backward).append(numbers)
    return code, said, forward, [rule for rule, in backward]


def results(output):
    """The files of each job."""
    return {path: data for path, data in scratch.files(output).items() if os.sep in path}


def differing(output, other, job=""):
    """Paths of a job's files, or of all jobs', that two runs have made differently."""
    one, two = results(output), results(other)
    return sorted(path for path in set(one) | set(two)
                  if path.startswith(job) and one.get(path) != two.get(path))


PLAIN, GUIDED, DECONVNET = 0, 1, 2
FOUR = """
[grad_cam]
layer = features.1
[vanilla_bp]
[guided_bp]
[saliency]
"""
TEN = FOUR + """
[guided_grad_cam]
[grad_times_input]
[late]
technique = grad_cam
layer = features.3
[deconvnet]
technique = guided_bp
rule = deconvnet
[again]
technique = vanilla_bp
[other]
technique = guided_grad_cam
cam = grad_cam
gradient = guided_bp
target = bird
"""

# Counted by the engine

for batch, sizes in ((1, [1, 1, 1]), (2, [2, 1]), (8, [3])):
    scratch.write_ini(FOUR, more="batch = %d\n" % batch)
    code, said, forward, backward = run("-v", "-o", "four")
    scratch.check("batch %d: one forward pass for each batch, never two alive" % batch,
                  code == 0 and forward == [[size, 2, 1, 1] for size in sizes],
                  said, forward)
    scratch.check("batch %d: one backward pass for each rule" % batch,
                  backward == [PLAIN, GUIDED] * len(sizes), backward)
    told = "%d forward and %d backward passes for 4 jobs" % (len(sizes), 2 * len(sizes))
    scratch.check("batch %d: -v tells" % batch, told in said, said)

scratch.write_ini(TEN)
code, said, forward, backward = run("-o", "ten")
scratch.check("ten jobs: one forward pass", code == 0 and forward == [[3, 3, 1, 1]], said,
              forward)
scratch.check("ten jobs: a backward pass for each rule and target",
              sorted(backward) == [PLAIN] * 2 + [GUIDED] * 2 + [DECONVNET], backward)
names = [line[1:-1] for line in TEN.splitlines() if line.startswith("[")]
for name in names:
    code, said, forward, backward = run("--only", name, "-o", "only")
    scratch.check("%s alone: the same files, in one pass" % name,
                  code == 0 and not differing("ten", "only", name + os.sep)
                  and len(forward) == 1, said, differing("ten", "only", name + os.sep),
                  forward)

# Processes of their own

code, said = scratch.run("-s", "run.isolate=yes", "-o", "isolated")
scratch.check("isolate: the same files", code == 0 and not differing("ten", "isolated"), said)
code, said, forward, backward = run("-s", "run.isolate=yes", "--only", "guided_grad_cam",
                                    "-o", "only")
scratch.check("isolate: a pass for the logits, and one for a job that asks two others",
              code == 0 and forward == [[3, 1, 0, 1], [3, 2, 1, 1]], said, forward)

# What techniques write into is theirs

scratch.write_ini("[asking]\nlayer = features.1\n" + TEN + "[more]\ntechnique = asking\n")
code, said, forward, backward = run("-o", "asked")
found = [path for path in differing("ten", "asked")
         if not path.startswith(("asking", "more"))]
scratch.check("a technique that overwrites what it got changes no other job",
              code == 0 and len(forward) == 1 and not found, said, found)
scratch.check("and the same is not computed for it again",
              sorted(backward) == [PLAIN] * 2 + [GUIDED] * 2 + [DECONVNET], backward)

# Scores at the ends of a path

scratch.write_ini("[integrated_gradients]\nsteps = 4\n[blur_ig]\nsteps = 4\nmax_sigma = 2\n"
                  "[guided_integrated_gradients]\nsteps = 4\n")
code, said, forward, backward = run("-o", "paths")
inputs = [numbers[0] for numbers in forward]
scratch.check("pictures at the end of a path have the scores of the batch's pass: only points "
              "and baselines go through the network besides", code == 0
              and sorted(inputs) == sorted([3] + [4, 4, 1, 1, 1] * 3 + [3] * 4), said, forward)

# Memory

scratch.write_ini("[averaged]\nbase = vanilla_bp\nnoise_level = 1\n")
code, said, forward, backward = run("-o", "averaged")
scratch.check("a technique with inputs of its own: nothing is kept for it", code == 0
              and forward == [[3, 1, 0, 1], [3, 1, 1, 1], [3, 1, 1, 1]], said, forward)
MIXED = "[vanilla_bp]\n[averaged]\nbase = vanilla_bp\nnoise_level = 1\n[guided_bp]\n"
scratch.write_ini(MIXED)
code, said, forward, backward = run("-o", "mixed")
scratch.check("between others it has its passes beside the one that is kept",
              code == 0 and [alive for _, _, _, alive in forward] == [1, 2, 2], said, forward)
code, said, forward, backward = run("-o", "cramped", WATCHED_PASSES="1")
scratch.check("which is dropped where memory lacks", code == 0
              and not differing("mixed", "cramped") and "memory" not in said
              and [alive for _, _, _, alive in forward] == [1, 2, 1, 1, 1], said, forward)
scratch.write_ini(FOUR)
code, said, forward, backward = run("-o", "singly", WATCHED_ITEMS="1")
scratch.check("without memory for gradients of all pictures, each has passes of its own",
              code == 0 and forward[:2] == [[3, 2, 1, 1], [3, 1, 0, 1]]
              and {items for items, _, gradients, _ in forward[2:]} == {1, 3}, said, forward)
scratch.check("with the same results", not differing("four", "singly"),
              differing("four", "singly"))

# Failures

scratch.write_ini("[bad]\ntechnique = misbehaving\nhow = fail\n" + FOUR)
code, said, forward, backward = run("-o", "bad")
scratch.check("a job that fails leaves the pass to the others", code == 1
              and len(forward) == 1 and not [path for path in differing("four", "bad")
                                             if not path.startswith("bad")], said, forward)
scratch.write_ini("[asking_too_little]\n" + FOUR)
for batch in ("1", "8"):
    code, said, forward, backward = run("-o", "little", "-s", "run.batch=" + batch)
    scratch.check("batch %s: no way back from activations alone" % batch, code == 1
                  and "asks for their activations alone" in said
                  and not [path for path in differing("four", "little")
                           if not path.startswith("asking")], said)

# Techniques of general kind, and a network that gives a map for each class

scratch.write_ini("[inversion]\nlayer = features.1\niterations = 1\npreset = traditional\n",
                  images="ramp.png")
code, said, forward, backward = run("-o", "inverted")
scratch.check("what is to be reconstructed comes from the pass of the logits",
              code == 0 and forward[0] == [1, 2, 0, 1] and forward[1] == [1, 1, 1, 2], said,
              forward)
with open(scratch.path("small.ini")) as file:
    text = file.read()
with open(scratch.path("small.ini"), "w") as file:
    file.write(text.replace("flatten = flatten\nclassifier = linear out=7\n",
                            "classifier = conv2d out=7 kernel=1\n"))
scratch.write_ini("[deconvnet_segmentation]\n[vanilla_bp]\n[grad_cam]\nlayer = features.1\n",
                  images="ramp.png")
code, said, forward, backward = run("-o", "dense")
scratch.check("labels, regions and gradients come from one pass", code == 0
              and forward == [[1, 2, 1, 1]] and backward == [PLAIN], said, forward)
for name in ("deconvnet_segmentation", "vanilla_bp", "grad_cam"):
    code, said, forward, backward = run("--only", name, "-o", "single")
    scratch.check("%s alone: the same files" % name, code == 0
                  and not differing("dense", "single", name + os.sep) and len(forward) == 1,
                  said, forward)

# An evaluation: its jobs on two objects, and on what a randomized network sees of them

with open(scratch.path("small.ini"), "w") as file:
    file.write(text)
with open(scratch.path("marks.json"), "w") as file:
    json.dump({"pictures": [{"path": "ramp.png", "width": 40, "height": 30, "objects": [
        {"class": 3, "box": [0, 0, 20, 30], "main": True},
        {"class": 4, "box": [20, 0, 40, 30], "main": True}]}]}, file)
scratch.write_ini("[vanilla_bp]\n[saliency]\n[guided_bp]\n", images="ramp.png",
                  more="[evaluation]\nannotations = marks.json\ncurve_steps = 1\nsanity = yes\n"
                       "sanity_stages = 2\n")
code, said, forward, backward = run(command="evaluate")
gradients = [items for items, _, follow, _ in forward if follow]
scratch.check("an evaluation: a pass for each network, and never two alive", code == 0
              and gradients == [2, 2, 2] and len(forward) > 3
              and all(alive == 1 for _, _, _, alive in forward)
              and backward == [PLAIN, GUIDED] * 3, said, forward, backward)

# libtorch computes layers together where no job wants to see what lies between

module = os.path.join(build, "core", "engine", "torch.la")
if os.path.exists(module):
    scratch.environment = dict(plain, CNNVIZ_ENGINE=module)
    with open(scratch.path("small.ini"), "w") as file:
        file.write(text.replace("features.1 = relu", "norm = batch_norm2d\nfeatures.1 = relu"))
    jobs = {"vanilla_bp": "", "norm": "technique = grad_cam\nlayer = norm\n",
            "conv": "technique = grad_cam\nlayer = features.0\n", "grad_cam": ""}
    scratch.write_ini("".join("[%s]\n%s" % job for job in jobs.items()))
    code, said = scratch.run("-o", "torch")
    scratch.check("libtorch: all jobs", code == 0, said)
    for name in jobs:
        code, said = scratch.run("--only", name, "-o", "torch-" + name)
        scratch.check("libtorch: %s alone makes the same files" % name, code == 0
                      and not differing("torch", "torch-" + name, name + os.sep), said)
scratch.finish()

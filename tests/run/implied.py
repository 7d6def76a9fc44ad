"""A job may name a technique that has no job of its name: the technique is computed with its
defaults, as if its section were there, and leaves no trace among the results."""
import json
import subprocess

from scratch import Scratch, program

scratch = Scratch()
BASES = ["grad_cam", "grad_times_input", "guided_bp", "smooth_grad", "vanilla_bp"]
MADE = """
[guided_grad_cam]
[integrated_gradients]
steps = 4
[averaged]
base = Smooth_Grad
noise_level = 0.1
[borrowing]
base = grad_times_input
other = rocket
"""
NAMED = "".join("[%s]\n" % base for base in BASES)
ANNOTATIONS = {"pictures": [
    {"path": "ramp.png", "width": 40, "height": 30,
     "objects": [{"class": "snake", "box": [3, 4, 20, 22.5]}]}]}


def results(output, jobs):
    return {path: data for path, data in scratch.files(output).items()
            if path.split("/")[0] in jobs}


def call(*words):
    done = subprocess.run([program, *words], cwd=scratch.folder, env=scratch.environment,
                          capture_output=True, timeout=300)
    return done.returncode, done.stdout.decode(), done.stderr.decode()


own = ["averaged", "borrowing", "guided_grad_cam", "integrated_gradients"]
scratch.write_ini(MADE + NAMED)
code, said = scratch.run("-o", "named")
scratch.check("a file with every job runs", code == 0, said)
scratch.write_ini(MADE)
for output, options in (("out", []), ("apart", ["-s", "run.isolate=yes"])):
    code, said = scratch.run("-o", output, *options)
    scratch.check("a file without the bases runs into %s" % output, code == 0, said)
    scratch.check("every result is what it is with the bases' sections",
                  results(output, own) == results("named", own) != {})
    scratch.check("no base has a file", not results(output, BASES), results(output, BASES))
    scratch.check("the gallery has the jobs of the file",
                  all(job in scratch.files(output)["index.html"].decode() for job in own))
    found = {job["name"]: job["wanted"] for job in scratch.manifest(output)["jobs"]}
    scratch.check("the manifest tells jobs of the file and others apart",
                  found == {**dict.fromkeys(own, True), **dict.fromkeys(BASES, False)}, found)

code, out, error = call("check", "run.ini")
scratch.check("check counts the jobs of the file", code == 0 and "4 jobs, 3 pictures" in out,
              out, error)
code, out, error = call("check", "run.ini", "--only", "vanilla_bp")
scratch.check("--only can name no other job", code == 2
              and "no job \"vanilla_bp\" in run.ini; add a section [vanilla_bp]" in error, error)
scratch.write_ini("[smooth_grad]\nsamples = 2\n[vanilla_bp]\ntechnique = saliency\n")
code, said = scratch.run("-o", "renamed")
scratch.check("a job of the file goes before a technique of its name", code == 0
              and {job["technique"] for job in scratch.manifest("renamed")["jobs"]}
              == {"smooth_grad", "saliency"}, said)

with open(scratch.path("marks.json"), "w") as file:
    json.dump(ANNOTATIONS, file)
scratch.write_ini("[evaluation]\nannotations = marks.json\ncurve_steps = 0\n"
                  "[smooth_grad]\nsamples = 2\n")
code, out, error = call("evaluate", "run.ini", "--json")
scratch.check("evaluate measures the jobs of the file", code == 0 and [
    source["name"] for source in json.loads(out)["jobs"]
    if source["technique"] is not None] == ["smooth_grad"], out, error)

scratch.write_ini("[guided_grad_cam]\n")
with open(scratch.path("flat.ini"), "w") as file:
    file.write("[network]\nname = flat\ninput_size = 24 16\nlabels = small.labels\n"
               "[layers]\nflatten = flatten\nclassifier = linear out=7\n")
code, out, error = call("check", "run.ini", "-s", "model.architecture=flat.ini")
scratch.check("what a base cannot do is said with the way to set its keys", code == 2
              and "[grad_cam] layer:" in error and "add a section [grad_cam] to set" in error
              and "did you mean" not in error, error)
scratch.finish()

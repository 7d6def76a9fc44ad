"""Maps that are like another job's: drawn, checked and measured as that job's are."""
import json
import subprocess

from scratch import Scratch, program

scratch = Scratch()

JOBS = """
[vanilla_bp]
[saliency]
[grad_cam]
layer = features.2
[twice]
technique = alike
base = once
[once]
technique = alike
base = %s
"""
GRADIENT = {"color.png", "gray.png", "positive.png", "negative.png", "attribution.npy"}
HEAT = {"gray.png", "heatmap.png", "overlay.png", "attribution.npy"}

for base, names in (("vanilla_bp", GRADIENT), ("saliency", HEAT), ("grad_cam", HEAT)):
    scratch.write_ini(JOBS % base, more="batch = 2\n")
    code, said = scratch.run("-o", base)
    files = scratch.files(base)
    own = {path.split("/", 1)[1]: data for path, data in files.items()
           if path.startswith(base + "/")}
    scratch.check("%s is drawn as it is by itself" % base, code == 0
                  and {path.split("/")[1] for path in own} == names, said, sorted(own))
    for job in ("once", "twice"):
        like = {path.split("/", 1)[1]: data for path, data in files.items()
                if path.startswith(job + "/")}
        scratch.check("%s, like %s, gives the same files" % (job, base), like == own,
                      sorted(like))

scratch.write_ini(JOBS % "vanilla_bp")
code, said = scratch.run("--only", "twice", "-o", "only")
folders = {path.split("/")[0] for path in scratch.files("only")}
scratch.check("--only takes the kind from jobs that are left out of the results",
              code == 0 and "twice" in folders and "once" not in folders, said, folders)

scratch.write_ini("[saliency]\n[alike]\nbase = saliency\ntimes = 0\n[vanilla_bp]\n"
                  "[negative]\ntechnique = misbehaving\nhow = wrong_size\n"
                  "[like_bad]\ntechnique = alike\nbase = negative\n")
code, said = scratch.run("-o", "bad")
states = {job["name"]: job["status"] for job in scratch.manifest("bad")["jobs"]}
scratch.check("a job fails with the one that it is like", code == 1
              and states["like_bad"] == "failed" and states["alike"] == "ok", states, said)

scratch.write_ini("[saliency]\n[alike]\n")
code, said = scratch.run("-o", "none")
scratch.check("without a job the map style is unknown", code == 2
              and "run.ini:11: [alike] base: this parameter must be given" in said, said)
scratch.write_ini("[saliency]\n[alike]\nbase = salency\n")
code, said = scratch.run("-o", "none")
scratch.check("a job that does not exist is reported once", code == 2
              and said.count("[alike]") == 1 and "did you mean \"saliency\"" in said, said)

# An evaluation measures them as those that they are like.

with open(scratch.path("marks.json"), "w") as file:
    json.dump({"pictures": [{"path": "ramp.png", "width": 40, "height": 30, "objects": [
        {"class": "snake", "box": [5, 5, 25, 20], "main": True},
        {"class": 4, "box": [30, 0, 40, 30]}]}]}, file)
scratch.write_ini("[vanilla_bp]\n[grad_cam]\nlayer = features.2\n"
                  "[like_gradient]\ntechnique = alike\nbase = vanilla_bp\n"
                  "[like_cam]\ntechnique = alike\nbase = grad_cam\n", images="ramp.png",
                  more="[evaluation]\nannotations = marks.json\ncurve_steps = 4\n"
                       "sanity = yes\n")
done = subprocess.run([program, "evaluate", "run.ini", "-o", "ev"], cwd=scratch.folder,
                      env=scratch.environment, capture_output=True, timeout=300)
scratch.check("they are evaluated", done.returncode == 0, done.stderr.decode())
with open(scratch.path("ev", "evaluation.json")) as file:
    report = json.load(file)
rows = {row["name"]: {key: value for key, value in row.items()
                      if key not in ("name", "technique", "parameters")}
        for row in report["jobs"]}
for name, base in (("like_gradient", "vanilla_bp"), ("like_cam", "grad_cam")):
    scratch.check("%s scores as %s" % (name, base), rows[name] == rows[base],
                  rows[name], rows[base])
scratch.check("which tells them apart", rows["vanilla_bp"] != rows["grad_cam"])
scratch.finish()

"""`explain` does without an INI file what `run` does with the one that `explain --ini`
prints, to the last byte, whatever its pictures are called."""
import os
import shutil
import stat
import subprocess

from scratch import Scratch, build, program, source

scratch = Scratch()
NAMES = ["ramp.png", "a, b.png:bird", "no#1; no.2.png:tiger cat, tabby", "x[1].png",
         "again/ramp.png:5"]
for name in NAMES[1:4] + ["it's here.png"]:
    shutil.copy(scratch.path("dots.png"), scratch.path(name.split(":")[0]))


def call(*words, **more):
    done = subprocess.run([program, *words], cwd=scratch.folder,
                          env=dict(scratch.environment, **more), capture_output=True,
                          text=True, timeout=300)
    return done.returncode, done.stdout, done.stderr


def same(title, *words):
    """A command line, and the INI file that it stands for, give the same files."""
    code, out, error = call("explain", *words, "-o", "out")
    scratch.check(title + " is done", code == 0, error)
    scratch.check(title + " prints the gallery's path",
                  out == os.path.join(os.path.realpath(scratch.folder), "out",
                                      "index.html\n"), out)
    made = scratch.files("out")
    shutil.rmtree(scratch.path("out"))
    code, out, error = call("explain", *words, "-o", "out", "--ini")
    scratch.check(title + " with --ini prints a file and does no more",
                  code == 0 and not os.path.exists(scratch.path("out")), error)
    with open(scratch.path("explain.ini"), "w", encoding="utf-8") as file:
        file.write(out)
    code, _, error = call("run", "explain.ini")
    scratch.check(title + " stands for a file that runs", code == 0, error)
    again = scratch.files("out")
    scratch.check(title + " gives the same bytes", made == again and len(made) > 5,
                  sorted(name for name in {*made, *again}
                         if made.get(name) != again.get(name)))
    return scratch.manifest()


NETWORK = ["-m", "small.ini", "-w", "random:3"]
found = same("one picture", *NETWORK, "it's here.png")
scratch.check("the techniques are three unless said otherwise",
              {job["name"] for job in found["jobs"] if job["wanted"]}
              == {"grad_cam", "guided_grad_cam", "saliency"}, found["jobs"])
scratch.check("the class is the predicted one unless said otherwise",
              found["pictures"][0]["target"]["index"]
              == found["pictures"][0]["predicted"]["index"], found["pictures"])
found = same("all that can be said", *NETWORK, "-t", "grad_cam, Smooth_Grad", "-c", "rocket",
             "-l", "./small.labels", "-s", "smooth_grad.samples=2", "-s",
             "run.seed=7", "-s", "input.resize=crop", *NAMES)
scratch.check("the class holds for pictures without one of their own",
              [picture["target"]["index"] for picture in found["pictures"]]
              == [6, 4, 1, 6, 5], found["pictures"])
scratch.check("-t and -s say what is done", {
    job["name"]: job["parameters"].get("samples") for job in found["jobs"] if job["wanted"]}
    == {"grad_cam": None, "smooth_grad": "2"}, found["jobs"])

# --open
tools = scratch.path("tools")
os.mkdir(tools)
code, out, error = call("explain", *NETWORK, "-t", "saliency", "--open", "ramp.png",
                        PATH=tools)
scratch.check("without xdg-open a note says what to open", code == 0
              and "--open: xdg-open cannot be started" in error and out.strip() in error, error)
with open(os.path.join(tools, "xdg-open"), "w") as file:
    file.write("#!/bin/sh\nprintf '%s\\n' \"$@\" >opened\nexit $CODE\n")
os.chmod(os.path.join(tools, "xdg-open"), stat.S_IRWXU)
for end, said in ("0", ""), ("3", "xdg-open found nothing to open"):
    code, out, error = call("explain", *NETWORK, "-t", "saliency", "--open", "ramp.png",
                            PATH=tools + ":" + os.environ["PATH"], CODE=end)
    with open(scratch.path("opened")) as file:
        opened = file.read()
    scratch.check("xdg-open gets the gallery", code == 0 and opened == out != ""
                  and said in error, opened, out, error)
scratch.check("the results are in results/ unless said otherwise",
              "index.html" in scratch.files("results"))

code, out, error = call("explain", *NETWORK, "--ini", "the \"end\", it's.png")
scratch.check("a name that no list can hold is refused", code == 2 and not out
              and "so it must come in a list: @FILE" in error, out, error)
code, out, error = call("explain", *NETWORK, "--ini", *NAMES, "it's here.png")
scratch.check("and names that no value can hold together", code == 2
              and "an INI file cannot hold" in error, error)

if os.path.exists(os.path.join(build, "core", "engine", "torch.la")):
    picture = os.path.join(source, "conf", "pictures", "cat.jpg")
    code, out, error = call("explain", "-m", "scenes", "-t", "guided_grad_cam", picture,
                            CNNVIZ_ENGINE="torch")
    scratch.check("the network that ships needs no other word", code == 0 and os.path.exists(
        scratch.path("results", "guided_grad_cam", "cat", "color.png")), error)
scratch.finish()

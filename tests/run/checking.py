"""Techniques say before anything is computed whether their jobs make sense."""
import os

from scratch import Scratch

scratch = Scratch()

TWO = """
[first]
technique = checking
notes = notes
layer = features.0
[second]
technique = checking
notes = notes
layer = features.2
"""


def notes():
    """The lines that calls left behind, which are forgotten."""
    path = scratch.path("notes")
    if not os.path.exists(path):
        return []
    with open(path) as file:
        lines = file.read().splitlines()
    os.remove(path)
    return lines


ASKED = ["check features.0", "check features.2"]

# Once for each job, and first of all

scratch.write_ini(TWO, more="batch = 1")
code, said = scratch.run()
seen = notes()
scratch.check("each job is checked once, for any number of batches",
              code == 0 and [line for line in seen if "check" in line] == ASKED, seen, said)
scratch.check("before any job runs", seen[:2] == ASKED and len(seen) == 2 + 2 * 3,
              seen)
scratch.environment["CNNVIZ_ENGINE"] = "no_such_engine"
code, said = scratch.run("-o", "none")
scratch.check("before the engine is loaded", notes() == ASKED and code == 2
              and "no_such_engine" in said, said)
scratch.environment["CNNVIZ_ENGINE"] = os.path.join(os.environ.get("top_builddir", "."),
                                                    "core", "engine", "reference.la")
code, said = scratch.run("-o", "only", "--only", "second")
scratch.check("a job that --only excludes is checked too", code == 0
              and notes()[:2] == ASKED, said)
scratch.write_ini(TWO.replace("features.2", "features.9"))
code, said = scratch.run("-o", "none")
scratch.check("a job with an error in its section is not checked",
              code == 2 and notes() == ASKED[:1], said)

# Answers

JOBS = """
[vanilla_bp]
[bad]
technique = checking
how = %s
layer = features.3
[worse]
technique = checking
how = refuse
base = vanilla_bp
"""

PLACE = "cnnviz: run.ini:%d: [%s]%s: "
REFUSED = "this is not to its taste; choose another `layer`"


def answer(how, *arguments, more=""):
    scratch.write_ini(JOBS % how, more=more)
    code, said = scratch.run("-o", "none", *arguments)
    scratch.check("%s: exit code 2" % how, code == 2, code, said)
    scratch.check("%s: nothing is written" % how, not os.path.exists(scratch.path("none")))
    return said.splitlines()


lines = answer("refuse")
scratch.check("all refusals are reported together, each with the line of the key",
              lines == [PLACE % (15, "bad", " layer") + REFUSED,
                        PLACE % (16, "worse", " layer") + REFUSED], lines)
lines = answer("silent")
scratch.check("a refusal without a message is reported as such",
              lines[0] == PLACE % (12, "bad", "") + "the technique failed without saying why "
              "(status 1)", lines)
lines = answer("undeclared")
scratch.check("asking for an undeclared parameter is a fault too",
              'a parameter "temperature" that it does not declare' in lines[0], lines)
lines = answer("facts")
scratch.check("what the network's description tells is known",
              lines[0] == PLACE % (12, "bad", "") + "small has 7 classes such as eel, its "
              "layer features.3 (relu) is 4x12x8, deviation 0.25", lines)

scratch.write_ini("[vanilla_bp]\n[bad]\ntechnique = checking\nhow = services\n"
                  "base = vanilla_bp\n")
code, said = scratch.run("-v")
scratch.check("services without data refuse, without doing harm", code == 0
              and "[bad] 0 services answered" in said, said)
scratch.write_ini("[bad]\ntechnique = checking\nhow = warn\n")
code, said = scratch.run()
TOLD = ["cnnviz: warning: [bad] this will take 20 minutes",
        "cnnviz: warning: 2 more like this: [bad] this will take 20 minutes"]
scratch.check("of warnings that differ by a number the first is shown, and a count",
              code == 0 and [line for line in said.splitlines() if "will take" in line]
              == TOLD, said)

# In a process of its own

ISOLATE = "isolate = yes\ntimeout = 1\n"
scratch.write_ini("[bad]\ntechnique = checking\nhow = warn\n", more=ISOLATE)
code, said = scratch.run()
scratch.check("isolated, its warnings are the same",
              code == 0 and [line for line in said.splitlines() if "will take" in line]
              == TOLD, said)
lines = answer("refuse", more=ISOLATE)
scratch.check("isolated, the answers are the same",
              lines == [PLACE % (17, "bad", " layer") + REFUSED,
                        PLACE % (18, "worse", " layer") + REFUSED], lines)
lines = answer("crash", more=ISOLATE)
scratch.check("isolated, a crash is a refusal of that job",
              len(lines) == 2 and lines[0].startswith(PLACE % (14, "bad", "")
                                                      + "the plugin crashed: Aborted")
              and lines[0].endswith("when it checked its parameters")
              and REFUSED in lines[1], lines)
lines = answer("hang", more=ISOLATE)
scratch.check("isolated, an endless check is stopped",
              len(lines) == 2 and "did not return" in lines[0], lines)
scratch.write_ini(TWO, more=ISOLATE)
code, said = scratch.run("-o", "isolated")
scratch.check("isolated, each job is checked once", code == 0
              and [line for line in notes() if "check" in line] == ASKED, said)
scratch.finish()

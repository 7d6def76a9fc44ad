"""Annotations: each error is refused with its location and a message, by `evaluate` and by
`check`; nothing is computed or written. `run` ignores the section."""
import json
import os
import subprocess
import sys

sys.path.insert(0, os.path.join(os.environ.get("top_srcdir", "."), "tests", "run"))
from scratch import Scratch, program, write_png  # noqa: E402

scratch = Scratch()
write_png(scratch.path("mask.png"), 40, 30, lambda x, y: (7, 7, 7) if x < 9 else (0, 0, 0))
write_png(scratch.path("tiny-mask.png"), 4, 3, lambda x, y: (7, 7, 7))
INI = """
[model]
architecture = small.ini
weights = random
[evaluation]
annotations = marks.json
[saliency]
"""
OBJECT = {"class": "snake", "box": [3, 4, 20, 22.5]}
PICTURE = {"path": "ramp.png", "width": 40, "height": 30, "objects": [OBJECT]}


def call(*arguments, engine="no_such_engine"):
    """Exit code, standard output and error; the engine must not be reached."""
    environment = dict(scratch.environment)
    if engine:
        environment["CNNVIZ_ENGINE"] = engine
    done = subprocess.run([program] + list(arguments), cwd=scratch.folder,
                          env=environment, capture_output=True, timeout=300)
    return done.returncode, done.stdout.decode(), done.stderr.decode()


def write(text, ini=INI):
    with open(scratch.path("marks.json"), "w") as file:
        file.write(text if isinstance(text, str) else json.dumps(text))
    with open(scratch.path("case.ini"), "w") as file:
        file.write(ini)


def picture(**changes):
    return {"pictures": [{key: value for key, value in {**PICTURE, **changes}.items()
                          if value is not None}]}


def thing(**changes):
    return picture(objects=[{key: value for key, value in {**OBJECT, **changes}.items()
                             if value is not None}])


HERE = "pictures[0]"
THERE = HERE + ".objects[0]"
CASES = [
    ("no JSON", '{"pictures": [}', ["marks.json:1: this is not valid JSON"]),
    ("an empty file", "", ["[evaluation] annotations:", "marks.json is empty"]),
    ("a key twice", '{"pictures": [], "pictures": []}', ["duplicate"]),
    ("an array at the top", "[]", ['annotations must have the form {"pictures": [...]}']),
    ("no pictures", {"pictures": []}, ["at least one picture"]),
    ("an unknown key at the top", {"pictures": [PICTURE], "picture": 1},
     ['unknown key "picture"; did you mean "pictures"?']),
    ("a picture that is a number", {"pictures": [3]}, [HERE + ": a picture must have the form"]),
    ("an unknown key of a picture", picture(object=[]),
     [HERE + ': unknown key "object"; did you mean "objects"?']),
    ("a picture without a path", picture(path=None), [HERE + ".path: give the path of a file"]),
    ("a picture that does not exist", picture(path="nix.png"), [HERE + ".path:", "nix.png"]),
    ("a file that is not a picture", picture(path="small.ini"),
     [HERE + ".path:", "small.ini"]),
    ("a width of 0", picture(width=0), [HERE + ".width: give a whole number of pixels"]),
    ("a height that is text", picture(height="30"), [HERE + ".height:"]),
    ("a missing width", picture(width=None), [HERE + ".width:"]),
    ("the size of another picture", picture(width=41), ["ramp.png has 40x30 pixels, not 41x30"]),
    ("no objects", picture(objects=[]), [HERE + ".objects: give at least one object"]),
    ("missing objects", picture(objects=None), [HERE + ".objects: give at least one"]),
    ("an object that is text", picture(objects=["snake"]),
     [THERE + ": an object must have the form"]),
    ("an unknown key of an object", thing(clas="dog"),
     [THERE + ': unknown key "clas"; did you mean "class"?']),
    ("an unknown class", thing(**{"class": "snak"}),
     [THERE + '.class: there is no class "snak"', 'did you mean "snake"?']),
    ("a class number too high", thing(**{"class": 7}), [THERE + ".class: there is no class 7"]),
    ("a class number below 0", thing(**{"class": -1}), [THERE + ".class:"]),
    ("a missing class", thing(**{"class": None}), [THERE + ".class: give a class"]),
    ("a class that is true", thing(**{"class": True}), [THERE + ".class: give a class"]),
    ("a box of three", thing(box=[1, 2, 3]), [THERE + ".box: give [x0, y0, x1, y1]"]),
    ("a missing box", thing(box=None), [THERE + ".box: give [x0"]),
    ("a box with text", thing(box=[1, 2, 3, "4"]), [THERE + ".box: give four numbers"]),
    ("an empty box", thing(box=[5, 2, 5, 9]), [THERE + ".box: the box [5, 2, 5, 9] is empty"]),
    ("a box upside down", thing(box=[5, 9, 8, 2]), ["is empty"]),
    ("a box that begins outside", thing(box=[-1, 2, 5, 9]),
     ["is not within the picture of 40x30 pixels"]),
    ("a box that ends outside", thing(box=[1, 2, 40.5, 9]), ["is not within the picture"]),
    ("main as a number", thing(main=1), [THERE + ".main: give true or false"]),
    ("a mask without a value", thing(mask="mask.png"), [THERE + ": mask requires mask_value"]),
    ("a value without a mask", thing(mask_value=7), [THERE + ": mask_value requires a mask"]),
    ("a value above 255", thing(mask="mask.png", mask_value=256), ["0 to 255"]),
    ("a mask that does not exist", thing(mask="nix.png", mask_value=7), ["nix.png"]),
    ("a mask of another size", thing(mask="tiny-mask.png", mask_value=7),
     ["tiny-mask.png has 4x3 pixels, but its picture has 40x30"]),
    ("errors in two places", {"pictures": [{**PICTURE, "width": 4},
                                           {**PICTURE, "objects": [{**OBJECT, "box": 3}]}]},
     ["pictures[0]: ", "pictures[1].objects[0].box: "]),
    ("a thousand errors, of which twenty are reported",
     {"pictures": [3] * 1000}, ["pictures[19]: ", "fix these first"]),
]

before = None
for name, text, says in CASES:
    write(text)
    before = sorted(os.listdir(scratch.folder))
    for command in (["evaluate", "case.ini", "-o", "out"], ["check", "case.ini"]):
        code, out, error = call(*command)
        fact = "%s is refused by %s" % (name, command[0])
        scratch.check(fact, code == 2 and not out, code, out, error)
        for part in says:
            scratch.check(fact + " saying " + part, part in error, error)
        scratch.check(fact + " with a limited number of lines",
                      len(error.splitlines()) <= 22, error)
    scratch.check(name + " leaves no file", sorted(os.listdir(scratch.folder)) == before)

for name, ini, says in [
    ("an evaluation without annotations", INI.replace("annotations = marks.json", ""),
     "[evaluation] annotations: it is missing"),
    ("an evaluation without the section", INI.replace("[evaluation]", "").replace(
        "annotations = marks.json", ""), "[evaluation] annotations: it is missing"),
    ("annotations that do not exist", INI.replace("marks", "nix"), "nix.json"),
    ("an unknown key", INI.replace("[saliency]", "sanety = yes\n[saliency]"),
     'did you mean "sanity"?'),
    ("too many steps", INI.replace("[saliency]", "curve_steps = 5000\n[saliency]"),
     "[evaluation] curve_steps"),
    ("a negative tolerance", INI.replace("[saliency]", "tolerance = -1\n[saliency]"),
     "[evaluation] tolerance"),
    ("cropped pictures", INI + "[input]\nresize = crop\n",
     "[input] resize: boxes cannot be mapped"),
    ("padded pictures", INI + "[input]\nresize = pad\n",
     "[input] resize: boxes cannot be mapped"),
    ("pictures that are not resized", INI + "[input]\nresize = none\n",
     "[input] resize: boxes cannot be mapped"),
    ("jobs that give no maps", INI.replace("[saliency]", "[noise_card]"),
     "no job gives maps"),
]:
    write({"pictures": [PICTURE]}, ini)
    code, out, error = call("evaluate", "case.ini", "-o", "out")
    scratch.check(name + " is refused", code == 2 and says in error and not out, code, error)
    scratch.check(name + " leaves no file", not os.path.exists(scratch.path("out")))

write({"pictures": [PICTURE]})
code, out, error = call("check", "case.ini")
scratch.check("check takes a file whose pictures are annotated",
              code == 0 and "1 annotated picture to evaluate" in out, code, out, error)
code, out, error = call("run", "case.ini", "-o", "out")
scratch.check("run still requires pictures", code == 2 and "[input] images" in error, error)
os.remove(scratch.path("marks.json"))
code, out, error = call("run", "case.ini", "-o", "out", "-s", "input.images=ramp.png",
                        engine=None)
scratch.check("run ignores annotations", code == 0, code, error)
scratch.check("and does not treat the section as a job",
              not os.path.exists(scratch.path("out", "evaluation")))
scratch.finish()

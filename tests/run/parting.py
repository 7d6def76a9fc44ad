"""What an attribution gives beside its maps is written with each of them: whole batches, jobs of
their own and threads leave the same, and a picture that fails leaves none."""
from scratch import Scratch, read_npy

scratch = Scratch()
JOBS = "[parting]\nhow = %s\n[averaged]\nbase = parting\n[vanilla_bp]\n"
NAMES = ["red", "bright", "channel-red", "channel-green"]
PICTURES = ["ramp", "dots", "ramp-2"]


def given(output, job="parting"):
    """Names of what a job's pictures have beside maps and drawings, by the picture."""
    found = {}
    for item in scratch.manifest(output)["artifacts"]:
        if item["job"] == job and item["name"] not in ("attribution", "gray", "heatmap",
                                                       "overlay"):
            found.setdefault(item["picture"], []).append(item["name"])
    return found


results = {}
for name, more in (("one", "batch = 1\n"), ("all", "batch = 8\n"),
                   ("apart", "batch = 2\nisolate = yes\n")):
    scratch.write_ini(JOBS % "well", more=more)
    code, said = scratch.run("-o", name)
    results[name] = scratch.files(name)
    scratch.check("%s: each picture has them" % name,
                  code == 0 and given(name) == {picture: NAMES for picture in PICTURES},
                  said, given(name))
scratch.check("batches and processes leave the same files",
              len({tuple(sorted((path, data) for path, data in files.items()
                                if path.startswith("parting/")))
                   for files in results.values()}) == 1)
scratch.check("jobs that only use the maps have none", 
              not {name for names in given("all", "averaged").values() for name in names}
              & set(NAMES), given("all", "averaged"))
for picture in PICTURES:
    (shape, red), (_, green) = (
        read_npy(scratch.path("all", "parting", picture, "channel-%s.npy" % color))
        for color in ("red", "green"))
    _, bright = read_npy(scratch.path("all", "parting", picture, "bright.npy"))
    map_shape, values = read_npy(scratch.path("all", "parting", picture, "attribution.npy"))
    scratch.check("%s: they are about its own input" % picture,
                  shape == (1, 24, 16) == map_shape and bright == values
                  and values == tuple(float(value > 0) for value in red) and red != green,
                  shape, map_shape)
page = scratch.files("all")["index.html"].decode()
scratch.check("the gallery shows them",
              all("parting/%s/%s" % (picture, file) in page for picture in PICTURES
                  for file in ("red.png", "bright.png", "channel-red.npy"))
              and "the red channel as a picture" in page)

for name, more in (("fails", "batch = 8\n"), ("fails_apart", "batch = 8\nisolate = yes\n")):
    scratch.write_ini(JOBS % "fail", more=more)
    code, said = scratch.run("-o", name)
    scratch.check("%s: a picture that fails leaves none, the others theirs, once" % name,
                  code == 1 and given(name) == {"ramp": NAMES, "ramp-2": NAMES}
                  and not any(path.startswith("parting/dots/") for path in scratch.files(name)),
                  said, given(name))

for how, words in (("twice", 'the artifact "channel-red" was given twice'),
                   ("whole", "the item is the input that it is about"),
                   ("undeclared", "is not in the technique's table")):
    scratch.write_ini("[parting]\nhow = %s\n" % how)
    code, said = scratch.run("-o", how)
    scratch.check("%s: refused with a sentence" % how, code == 1 and words in said, said)
scratch.finish()

"""A map is computed once for each picture, however many jobs use it."""
from scratch import Scratch, read_npy

scratch = Scratch()
JOBS = """
[counting]
notes = notes
%s
[grad_cam]
layer = features.1
[first]
technique = guided_grad_cam
cam = grad_cam
gradient = counting
[second]
technique = guided_grad_cam
cam = grad_cam
gradient = counting
[third]
technique = borrowing
base = counting
other = rocket
"""


def notes():
    with open(scratch.path("notes")) as file:
        lines = file.read().split()
    with open(scratch.path("notes"), "w"):
        pass
    return sorted(lines)


def targets():
    return {index: picture["target"]["index"]
            for index, picture in enumerate(scratch.manifest()["pictures"])}


def value(job, picture, name):
    shape, values = read_npy(scratch.path("out", job, picture, name))
    return shape, values[0]


for batch in (1, 2, 8):
    scratch.write_ini(JOBS % "", more="batch = %d\n" % batch)
    code, said = scratch.run()
    own = ["%d:%d" % pair for pair in targets().items()]
    wanted = sorted(own + ["%d:6" % index for index in range(3)])
    found = notes()
    scratch.check("batch %d: once for the pictures' targets, once for the requested class"
                  % batch, code == 0 and found == wanted, said, found, wanted)
    scratch.check("batch %d: what another job sees is the picture's own map" % batch,
                  value("third", "dots", "map.npy")
                  == ((1, 1, 24, 16), targets()[1] + 200))
    scratch.check("batch %d: and that of the class asked for" % batch,
                  value("third", "ramp-2", "map-other.npy")
                  == ((1, 1, 24, 16), 6 + 300))

scratch.write_ini(JOBS % "target = bird")
code, said = scratch.run()
found = notes()
wanted = sorted(["%d:4" % index for index in range(3)]
                + ["%d:%d" % pair for pair in targets().items()]
                + ["%d:6" % index for index in range(3)])
scratch.check("a job's own target is used for its files, the calling job's for its maps",
              code == 0 and found == wanted
              and value("counting", "ramp", "attribution.npy")
              == ((1, 24, 16), 4 + 100), said, found, wanted)

code, said = scratch.run("--only", "first", "-o", "only")
scratch.check("maps that are not requested are not computed",
              code == 0 and notes() == sorted("%d:%d" % pair
                                              for pair in targets().items()), said)

# A technique that takes maps of two jobs, on the inputs that a third one makes

scratch.write_ini("""
[grad_cam]
layer = features.1
[vanilla_bp]
[both]
technique = guided_grad_cam
cam = grad_cam
gradient = vanilla_bp
[averaged]
base = both
samples = 2
noise_level = 0
""")
code, said = scratch.run()
scratch.check("maps of given inputs stay valid until a technique returns",
              code == 0 and all(
                  read_npy(scratch.path("out", "averaged", name, "attribution.npy"))
                  == read_npy(scratch.path("out", "both", name, "attribution.npy"))
                  for name in ("ramp", "dots", "ramp-2")), said)
scratch.finish()

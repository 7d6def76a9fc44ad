"""Inputs that come as arrays (.npy) in place of pictures: they are taken as they are, whatever
way NumPy writes them, by every command; and networks of other than one or three channels.
Only Python's own library is needed."""
import json
import os
import struct
import subprocess
import sys
import zlib

sys.path.insert(0, os.path.join(os.environ.get("top_srcdir", "."), "tests", "run"))
from scratch import Scratch, program, read_npy, write_png  # noqa: E402

HEIGHT, WIDTH = 24, 16
scratch = Scratch()


def single(value):
    return struct.unpack("<f", struct.pack("<f", value))[0]


def pixel(c, y, x):
    return (11 * x + 40, 9 * y, 6 * (x + y))[c]


def write_npy(name, values, shape, version=1, order="<", fortran=False, kind="f4"):
    """An array whose values are given in C order"""
    values = list(values)
    if fortran:
        c, h, w = shape
        values = [values[(i * h + j) * w + k] for k in range(w) for j in range(h)
                  for i in range(c)]
    header = "{'descr': '%s%s', 'fortran_order': %s, 'shape': %r, }" % (
        order, kind, fortran, tuple(shape))
    code = {"f4": "f", "f8": "d", "u1": "B", "f2": "e"}[kind]
    with open(scratch.path(name), "wb") as file:
        file.write(b"\x93NUMPY" + bytes((version, 0))
                   + struct.pack("<H" if version == 1 else "<I", len(header) + 1)
                   + header.encode() + b"\n"
                   + struct.pack((order if order != "|" else "<")
                                 + "%d%s" % (len(values), code), *values))
    return name


def cnnviz(*words):
    done = subprocess.run([program, *words], cwd=scratch.folder, env=scratch.environment,
                          capture_output=True, timeout=300)
    return done.returncode, done.stdout.decode(), done.stderr.decode()


def classify(*words, model="small.ini"):
    """All that is said of each picture but its path"""
    code, out, said = cnnviz("classify", "-m", model, "-w", "random", "--json", *words)
    scratch.check("classify %s" % (words,), code == 0, said)
    pictures = json.loads(out)["pictures"] if code == 0 else []
    return [{key: value for key, value in picture.items() if key not in ("path", "picture")}
            for picture in pictures]


# What small.ini makes of the pixels, each step in float32
VALUES = [single((single(pixel(c, y, x) / 255) - 0.5) / 0.25)
          for c in range(3) for y in range(HEIGHT) for x in range(WIDTH)]
SHAPE = (3, HEIGHT, WIDTH)
write_png(scratch.path("photo.png"), WIDTH, HEIGHT,
          lambda x, y: [pixel(c, y, x) for c in range(3)])
write_npy("x.npy", VALUES, SHAPE)
write_npy("photo.array", VALUES, SHAPE)

# ---- As they are ----------------------------------------------------------------------

forms = [write_npy("v%d.npy" % version, VALUES, SHAPE, version=version)
         for version in (2, 3)]
forms += [write_npy("big.npy", VALUES, SHAPE, order=">"),
          write_npy("fortran.npy", VALUES, SHAPE, fortran=True),
          write_npy("both.npy", VALUES, SHAPE, order=">", fortran=True), "photo.array"]
wanted = classify("photo.png")
for name, got in zip(forms, classify("x.npy", *forms)[1:]):
    scratch.check("%s is what the picture becomes" % name, [got] == wanted, got, wanted)
scratch.check("arrays and pictures mix", classify("photo.png", "x.npy") == 2 * wanted)
scratch.check("nothing is resized or normalized", wanted == classify(
    "x.npy", "-s", "input.resize=crop", "-s", "model.mean=9", "-s", "model.scale=7"))
write_npy("tall.npy", 2 * VALUES[:WIDTH * HEIGHT] + 2 * VALUES[WIDTH * HEIGHT:2 * WIDTH * HEIGHT]
          + 2 * VALUES[2 * WIDTH * HEIGHT:], (3, 2 * HEIGHT, WIDTH))

JOBS = """
[vanilla_bp]
at = picture
[guided_bp]
[grad_cam]
[integrated_gradients]
base = vanilla_bp
steps = 3
baseline = picture
picture = %s
[picturing]
picture = %s
"""


def maps(image, other, output, *words):
    scratch.write_ini(JOBS % (other, other), images=image)
    code, said = scratch.run("-o", output, *words)
    scratch.check("run with %s" % image, code == 0, said)
    return {name: data for name, data in scratch.files(output).items()
            if not name.startswith(("manifest", "index", "gallery"))}


photo = maps("photo.png", "photo.png", "photo")
array = maps("x.npy", "x.npy", "x")
array = {name.replace("/x/", "/photo/").replace("input/x.", "input/photo."): data
         for name, data in array.items()}
differing = [name for name in photo if photo[name] != array.get(name)]
scratch.check("maps, drawings and the view are those of the picture",
              len(photo) > 12 and set(photo) == set(array)
              and all("picturing" in name for name in differing), differing,
              set(photo) ^ set(array))
with open(scratch.path("x", "index.html"), encoding="utf-8") as file:
    page = file.read()
scratch.check("the gallery has the view", "input/x.png" in page)
scratch.check("the view is the picture", classify("x/input/x.png") == wanted)
cropped = maps("x.npy", "x.npy", "crop", "-s", "input.resize=crop")
scratch.check("at = picture draws over all of an array, however pictures are fitted",
              cropped["vanilla_bp/x/color.png"] == photo["vanilla_bp/photo/color.png"])

code, out, said = cnnviz("explain", "-m", "small.ini", "-w", "random", "-t", "grad_cam",
                         "-o", "explained", "x.npy:3")
scratch.check("explain", code == 0 and os.path.exists(
    scratch.path("explained", "grad_cam", "x", "overlay.png")), said)


def evaluate(image):
    with open(scratch.path("marks.json"), "w") as file:
        json.dump({"pictures": [{"path": image, "width": WIDTH, "height": HEIGHT, "objects": [
            {"class": 3, "box": [0, 0, 8, 24], "main": True}]}]}, file)
    scratch.write_ini("[grad_cam]\n", images=image,
                      more="[evaluation]\nannotations = marks.json\ncurve_steps = 2\n")
    code, out, said = cnnviz("evaluate", "run.ini", "-o", "marked-" + image)
    scratch.check("evaluate %s" % image, code == 0, said)
    with open(scratch.path("marked-" + image, "evaluation.json")) as file:
        return json.load(file)["jobs"]


scratch.check("scores are those of the picture", evaluate("x.npy") == evaluate("photo.png"))

# ---- Refusals -------------------------------------------------------------------------

spoiled = list(VALUES)
spoiled[WIDTH * HEIGHT + 2 * WIDTH + 5] = float("nan")
wide = list(VALUES)
wide[0] = float("inf")
write_npy("cut.npy", VALUES, SHAPE)
with open(scratch.path("cut.npy"), "r+b") as file:
    file.truncate(1000)
REFUSED = [
    (write_npy("double.npy", VALUES, SHAPE, kind="f8"), '"<f8"', '.astype("float32")'),
    (write_npy("bytes.npy", [0] * len(VALUES), SHAPE, order="|", kind="u1"), '"|u1"',
     '.astype("float32")'),
    (write_npy("half.npy", VALUES, SHAPE, kind="f2"), '"<f2"', '.astype("float32")'),
    (write_npy("batch.npy", VALUES, (1,) + SHAPE), "(1,3,24,16)", "x[0]"),
    (write_npy("flat.npy", VALUES, (len(VALUES),)), "(1152)", "(C,H,W)"),
    (write_npy("last.npy", VALUES, (HEIGHT, WIDTH, 3)), "(24,16,3)", "x.transpose(2, 0, 1)"),
    (write_npy("four.npy", VALUES, (4, 18, WIDTH)), "(4,18,16)", "3 channels"),
    (write_npy("small.npy", VALUES, (3, WIDTH, HEIGHT)), "16x24", "size = 16 24"),
    (write_npy("nan.npy", spoiled, SHAPE), "not a number", "[1,2,5]"),
    (write_npy("inf.npy", wide, SHAPE), "infinite", "[0,0,0]"),
    (write_npy("huge.npy", VALUES, (3, 1, 384)), "1x384", "are not resized"),
    ("cut.npy", "exceeds", "cut.npy"),
]
for name, *words in REFUSED:
    scratch.write_ini("[vanilla_bp]\n", images=name)
    code, said = scratch.run("-o", "refused")
    scratch.check("%s is refused before anything is computed" % name,
                  code == 2 and "images" in said and name in said
                  and all(word in said for word in words)
                  and not os.path.exists(scratch.path("refused")), code, said)
code, out, said = cnnviz("classify", "-m", "small.ini", "-w", "random", "nan.npy")
scratch.check("classify refuses likewise", code != 0 and "nan.npy" in said, said)

# ---- Channels -------------------------------------------------------------------------

MANY = """[network]
input_size = 12
channels = %s
[layers]
conv = conv2d out=6 kernel=3 padding=1
relu = relu
pool = adaptive_avg_pool2d output=1
flatten = flatten
fc = linear out=5
"""
ALL = """
[vanilla_bp]
[guided_bp]
[saliency]
[grad_cam]
[guided_grad_cam]
cam = grad_cam
gradient = guided_bp
[smooth_grad]
base = vanilla_bp
samples = 2
[grad_times_input]
base = vanilla_bp
[filter_vis]
filter = 0
iterations = 2
[class_image]
target = 0
iterations = 2
[deep_dream]
iterations = 1
octaves = 1
[inversion]
iterations = 2
"""
for channels in (2, 4, 6, "BGRA"):
    count = 4 if channels == "BGRA" else channels
    name = "many-%s" % channels
    with open(scratch.path(name + ".ini"), "w") as file:
        file.write(MANY % channels)
    write_npy(name + ".npy", [single((i * 37 % 101) / 100) for i in range(count * 144)],
              (count, 12, 12))
    scratch.write_ini(ALL, images=name + ".npy:1")
    code, said = scratch.run("-o", name, "-s", "model.architecture=%s.ini" % name)
    scratch.check("techniques on %s channels" % channels, code == 0, said)
    shape, values = read_npy(scratch.path(name, "vanilla_bp", name, "attribution.npy"))
    scratch.check("the gradient has %s channels" % count, shape == (count, 12, 12), shape)
code, said = scratch.run("-o", "none", "-s", "model.architecture=many-6.ini", "-s",
                         "input.images=photo.png")
scratch.check("a picture has no 6 channels", code == 2 and "6 channels" in said
              and "photo.png" in said and ".npy" in said, said)


def write_rgba(name, color):
    """Filter 0, one chunk, opacity last"""
    write_png(scratch.path(name), 12, 12, color)
    with open(scratch.path(name), "r+b") as file:
        data = bytearray(file.read())
        data[25] = 6
        data[29:33] = struct.pack(">I", zlib.crc32(bytes(data[12:29])))
        file.seek(0)
        file.write(data)


def glass(x, y):
    return (20 * x, 21 * y, 3 * (x + y), 9 * x + 10 * y)


write_rgba("glass.png", glass)
for order, name in (((0, 1, 2, 3), "many-4.ini"), ((2, 1, 0, 3), "many-BGRA.ini")):
    write_npy("glass.npy", [single(glass(x, y)[c] / 255) for c in order for y in range(12)
                            for x in range(12)], (4, 12, 12))
    write_npy("opaque.npy", [single(glass(x, y)[c] / 255) if c < 3 else 1.0 for c in order
                             for y in range(12) for x in range(12)], (4, 12, 12))
    write_png(scratch.path("opaque.png"), 12, 12, lambda x, y: glass(x, y)[:3])
    scratch.check("%s sees opacity" % name, classify("glass.png", model=name)
                  == classify("glass.npy", model=name) != classify("opaque.png", model=name))
    scratch.check("%s: what is not said to be clear is opaque" % name,
                  classify("opaque.png", model=name) == classify("opaque.npy", model=name))
scratch.finish()

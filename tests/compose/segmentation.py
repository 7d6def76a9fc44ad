"""Objects cut out: that the seeds are where the map says, that the cut follows color,
what is left in the files, and what happens where there is nothing to find."""
import os
import struct
import subprocess
import sys
import zlib

sys.path.insert(0, os.path.join(os.environ.get("top_srcdir", "."), "tests", "run"))
from scratch import Scratch, build, program, write_png  # noqa: E402

with open(os.path.join(build, "config.h")) as file:
    if "#define WITH_OPENCV" not in file.read():
        told = subprocess.run([program, "describe", "saliency_segmentation"],
                              capture_output=True).stderr.decode()
        if "OpenCV" not in told:
            print("FAIL: the program does not tell why the technique is absent:", told)
            sys.exit(1)
        print("SKIP: built without OpenCV, so without saliency_segmentation")
        sys.exit(77)

WIDTH, HEIGHT = 64, 48
scratch = Scratch()
os.symlink(os.path.join(build, "tests", "compose", ".libs", "redness.so"),
           scratch.path("plugins", "redness.so"))


def read_png(path):
    """Width, height, channels and bytes of a PNG without interlacing, 8 bits a value"""
    with open(path, "rb") as file:
        data = file.read()
    width, height, depth, color = struct.unpack(">IIBB", data[16:26])
    channels = {0: 1, 2: 3, 4: 2, 6: 4}[color]
    assert depth == 8, path
    packed, place = b"", 8
    while place < len(data):
        length, kind = struct.unpack(">I4s", data[place:place + 8])
        if kind == b"IDAT":
            packed += data[place + 8:place + 8 + length]
        place += 12 + length
    raw, stride = zlib.decompress(packed), width * channels
    rows, before = [], bytes(stride)
    for y in range(height):
        kind = raw[y * (stride + 1)]
        row = bytearray(raw[y * (stride + 1) + 1:(y + 1) * (stride + 1)])
        for i in range(stride):
            left = row[i - channels] if i >= channels else 0
            up = before[i]
            corner = before[i - channels] if i >= channels else 0
            guess = left + up - corner
            paeth = min((left, up, corner), key=lambda v: abs(guess - v))
            row[i] = (row[i] + (0, left, up, (left + up) // 2, paeth)[kind]) & 255
        rows.append(bytes(row))
        before = bytes(row)
    return width, height, channels, b"".join(rows)


def noise(x, y):
    return (x * 73 + y * 151 + x * y * 31) % 23


def disc(x, y, left, top, radius):
    return (x - left) ** 2 + (y - top) ** 2 <= radius * radius


def is_object(x, y):
    return disc(x, y, 24, 22, 13)


def is_small(x, y):
    return disc(x, y, 55, 40, 5)


def scene(x, y):
    """Two red discs on a meadow; the shine of the larger is not red."""
    if is_object(x, y) and disc(x, y, 20, 18, 3):
        return 150 + noise(x, y), 140, 150
    if is_object(x, y) or is_small(x, y):
        return 200 + noise(x, y), 40 + noise(y, x), 50
    return 30 + noise(x, y), 120 + noise(y, x), 60


write_png(scratch.path("scene.png"), WIDTH, HEIGHT, scene)
write_png(scratch.path("flat.png"), WIDTH, HEIGHT, lambda x, y: (90, 90, 90))
write_png(scratch.path("tiny.png"), 3, 2, lambda x, y: (200 * (x == 1), 90, 40))
with open(scratch.path("any_size.ini"), "w") as file:
    file.write("[network]\nname = any_size\ninput_size = 48 64\nlabels = small.labels\n"
               "mean = 0.5 0.5 0.5\nstd = 0.25 0.25 0.25\n[layers]\n"
               "features.0 = conv2d out=4 kernel=3 padding=1\nfeatures.1 = relu\n"
               "pool = adaptive_avg_pool2d output=1\nflatten = flatten\n"
               "classifier = linear out=7\n")

JOBS = """
[redness]
[saliency_segmentation]
base = redness
[own]
technique = saliency_segmentation
[nothing]
technique = redness
flat = yes
[no_object]
technique = saliency_segmentation
base = nothing
[third]
technique = smooth_grad
base = redness
samples = 3
[of_smoothed]
technique = saliency_segmentation
base = third
"""
FILES = {"mask.png", "cutout.png", "outline.png", "seeds.png"}


def run(output, images, *more):
    scratch.write_ini(JOBS, images=images)
    return scratch.run("-o", output, "-s", "model.architecture=any_size.ini", *more)


def mask_of(job, picture, output="out"):
    width, height, channels, data = read_png(scratch.path(output, job, picture, "mask.png"))
    return data[::channels]


def area_of(job, picture, output="out"):
    return [artifact["value"] for artifact in scratch.manifest(output)["artifacts"]
            if artifact["job"] == job and artifact["picture"] == picture
            and artifact["name"] == "area"]


code, said = run("out", "scene.png, flat.png")
scratch.check("objects are segmented", code == 0, code, said)
true = [is_object(i % WIDTH, i // WIDTH) for i in range(WIDTH * HEIGHT)]
for job in ("saliency_segmentation", "of_smoothed"):
    mask = mask_of(job, "scene")
    both = sum(1 for m, t in zip(mask, true) if m and t)
    either = sum(1 for m, t in zip(mask, true) if m or t)
    scratch.check("%s: the cut is the larger disc, its shine included" % job,
                  both / either > 0.9, both, either)
    scratch.check("%s: the smaller disc is not part of it" % job,
                  not any(m and is_small(i % WIDTH, i // WIDTH)
                          for i, m in enumerate(mask)))
    scratch.check("%s: masks are black and white" % job, set(mask) == {0, 255}, set(mask))
    scratch.check("%s: the area is that of the mask" % job,
                  abs(area_of(job, "scene")[0]
                      - sum(1 for m in mask if m) / len(mask)) < 1e-6)
    scratch.check("%s: the files are those documented" % job,
                  set(os.listdir(scratch.path("out", job, "scene"))) == FILES,
                  os.listdir(scratch.path("out", job, "scene")))

mask = mask_of("saliency_segmentation", "scene")
width, height, channels, cutout = read_png(
    scratch.path("out", "saliency_segmentation", "scene", "cutout.png"))
view = read_png(scratch.path("out", "input", "scene.png"))[3]
scratch.check("the cut-out's opacity is the mask", (width, height, channels)
              == (WIDTH, HEIGHT, 4) and cutout[3::4] == mask)
scratch.check("and its colors are the picture's", all(
    abs(cutout[4 * i + c] - view[3 * i + c]) <= 1
    for i in range(len(mask)) if mask[i] for c in range(3)))
outline = read_png(scratch.path("out", "saliency_segmentation", "scene", "outline.png"))[3]
border = [i for i in range(len(mask))
          if outline[3 * i:3 * i + 3] == b"\xff\xff\x00"]
scratch.check("the outline runs along the mask's border, and nowhere else",
              border and all(any(
                  mask[v * WIDTH + u] != mask[i]
                  for v in range(max(0, i // WIDTH - 1), min(HEIGHT, i // WIDTH + 2))
                  for u in range(max(0, i % WIDTH - 1), min(WIDTH, i % WIDTH + 2)))
                  for i in border), len(border))
seeds = read_png(scratch.path("out", "saliency_segmentation", "scene", "seeds.png"))[3]
green = [i for i in range(len(mask)) if seeds[3 * i + 1] > view[3 * i + 1] + 60]
scratch.check("one pixel in twenty is a seed of the object, and red in the picture",
              abs(len(green) / len(mask) - 0.05) < 0.02
              and all(is_object(i % WIDTH, i // WIDTH) or is_small(i % WIDTH, i // WIDTH)
                      for i in green), len(green))

scratch.check("a constant map finds nothing, and says so",
              area_of("no_object", "scene") == [0] and not any(mask_of("no_object", "scene"))
              and "no object" in said, said)
scratch.check("a picture of one color is accepted",
              set(mask_of("own", "flat")) <= {0, 255} and len(area_of("own", "flat")) == 1)

code, said = run("again", "scene.png, flat.png")
ours, theirs = scratch.files("out"), scratch.files("again")
scratch.check("the same run gives the same bytes",
              code == 0 and all(ours[name] == theirs[name] for name in ours
                                if name.endswith(".png")), said)

code, said = run("tiny", "tiny.png", "-s", "input.resize=none")
scratch.check("a picture of six pixels is segmented too",
              code == 0 and len(mask_of("saliency_segmentation", "tiny", "tiny")) == 6, said)

# At the size of a picture three times as large, and with `at = input` at the network's.

LARGE = (3 * WIDTH, 3 * HEIGHT)
write_png(scratch.path("large.png"), *LARGE, lambda x, y: scene(x // 3, y // 3))
photo = read_png(scratch.path("large.png"))[3]
disc_there = [is_object(i % LARGE[0] // 3, i // LARGE[0] // 3)
              for i in range(LARGE[0] * LARGE[1])]
for fit in ("stretch", "crop", "pad"):
    code, said = run(fit, "large.png", "-s", "input.resize=" + fit, "-s", "own.at=input",
                     "-s", "own.base=redness")
    for job, size in (("saliency_segmentation", LARGE), ("own", (WIDTH, HEIGHT))):
        sizes = [read_png(scratch.path(fit, job, "large", name))[:2] for name in FILES]
        scratch.check("%s: results of %s are of %dx%d pixels" % (fit, job, *size),
                      code == 0 and sizes == [size] * 4, sizes, said)
    mask = mask_of("saliency_segmentation", "large", fit)
    both = sum(1 for m, t in zip(mask, disc_there) if m and t)
    either = sum(1 for m, t in zip(mask, disc_there) if m or t)
    scratch.check("%s: the object is where it is in the picture" % fit,
                  both / either > 0.9, both, either)
    scratch.check("%s: enlarged masks are black and white too" % fit, set(mask) == {0, 255})
    scratch.check("%s: the area is a share of the picture" % fit,
                  abs(area_of("saliency_segmentation", "large", fit)[0]
                      - sum(1 for m in mask if m) / len(mask)) < 1e-6)
    cutout = read_png(scratch.path(fit, "saliency_segmentation", "large", "cutout.png"))[3]
    scratch.check("%s: the cut-out has the photograph's own pixels" % fit, all(
        cutout[4 * i:4 * i + 4] == (photo[3 * i:3 * i + 3] + b"\xff" if m else bytes(4))
        for i, m in enumerate(mask)))
seeds = read_png(scratch.path("crop", "saliency_segmentation", "large", "seeds.png"))[3]
edge = [i for i in range(len(mask)) if i % LARGE[0] < LARGE[0] // 16 - 1]
scratch.check("what was cropped has neither object nor seeds", all(
    seeds[3 * i:3 * i + 3] == photo[3 * i:3 * i + 3] for i in edge))

code, said = run("turned", "scene.png", "--only", "own", "-s", "own.background=0.97")
scratch.check("reversed quantiles are refused", code == 2
              and "background" in said and "foreground" in said, said)
scratch.finish()

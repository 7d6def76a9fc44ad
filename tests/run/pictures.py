"""Pictures for techniques, against Pillow: at their own size, resized as those of
[input], turned as EXIF says, gray and translucent ones; colors of classes against the
official table of PASCAL VOC."""
import os
import sys

sys.path.insert(0, os.path.join(os.environ.get("top_srcdir", "."), "tests", "oracle"))
import engine_tool  # noqa: E402

engine_tool.use_oracle("numpy", "PIL")
import numpy as np  # noqa: E402
from PIL import Image  # noqa: E402
from scratch import Scratch  # noqa: E402

# Everingham et al., VOC2012: background, aeroplane, bicycle, ... tv/monitor, and the
# border between objects
VOC = [0x000000, 0x800000, 0x008000, 0x808000, 0x000080, 0x800080, 0x008080, 0x808080,
       0x400000, 0xC00000, 0x408000, 0xC08000, 0x400080, 0xC00080, 0x408080, 0xC08080,
       0x004000, 0x804000, 0x00C000, 0x80C000, 0x004080]
VOC_BORDER = 0xE0E0C0

scratch = Scratch()
pixels = np.random.default_rng(3).integers(0, 256, (30, 40, 4), dtype=np.uint8)
exif = Image.Exif()
exif[0x0112] = 6     # turned clockwise by a quarter
color = Image.fromarray(pixels[..., :3])
color.save(scratch.path("turned.jpg"), quality=95, subsampling=0, exif=exif)
Image.fromarray(pixels[..., 0]).save(scratch.path("gray.png"))
Image.fromarray(pixels).save(scratch.path("glass.png"))
color.save(scratch.path("plain.png"))
Image.fromarray(pixels[..., 0]).save(scratch.path("gray.jpg"), quality=95)
NAMES = ["turned.jpg", "gray.png", "glass.png", "plain.png", "gray.jpg"]


def pillow(name):
    """RGB, upright, over white"""
    from PIL import ImageOps
    picture = ImageOps.exif_transpose(Image.open(scratch.path(name)))
    if picture.mode == "RGBA":
        under = Image.new("RGBA", picture.size, "white")
        picture = Image.alpha_composite(under, picture)
    return picture.convert("RGB")


def array(picture):
    return np.asarray(picture, dtype=np.float32).transpose(2, 0, 1)[None] / 255


def close(ours, theirs, name):
    # Decoders of JPEG may differ by a gray level; blending rounds once.
    bound = {"turned.jpg": 2.1, "gray.jpg": 2.1, "glass.png": 1.1}.get(name, 0.01) / 255
    return ours.shape == theirs.shape and np.abs(ours - theirs).max() <= bound


def made(stem, artifact):
    return np.load(scratch.path("out", "picturing", stem, artifact + ".npy"))


for name in NAMES:
    scratch.write_ini("[picturing]\npicture = %s\n" % name, images=name)
    code, said = scratch.run()
    stem = name.split(".")[0]
    scratch.check("%s is run" % name, code == 0, said)
    for artifact in ("original", "read"):
        ours = made(stem, artifact)
        scratch.check("%s: %s is as Pillow reads it, in its own size" % (name, artifact),
                      close(ours, array(pillow(name)), name), ours.shape)
scratch.check("a rotated picture is upright", made("gray", "original").shape
              == (1, 3, 30, 40) and pillow("turned.jpg").size == (30, 40))

# fit: the network takes 16 x 24

FILTERS = {"lanczos": Image.LANCZOS, "bilinear": Image.BILINEAR, "nearest": Image.NEAREST}
for word, number in FILTERS.items():
    scratch.write_ini("[picturing]\npicture = plain.png\nfit = yes\n",
                      images="gray.png\nresize = stretch\nfilter = %s" % word)
    code, said = scratch.run()
    fitted = array(pillow("plain.png").resize((16, 24), number))
    scratch.check("a fitted picture is resized with the filter of [input], %s" % word,
                  code == 0 and np.abs(made("gray", "read") - fitted).max() < 1.1 / 255,
                  said)
scratch.write_ini("[picturing]\npicture = plain.png\nfit = yes\n",
                  images="gray.png\nresize = pad")
code, said = scratch.run()
read = made("gray", "read")
scratch.check("and with its resize mode", code == 0 and read.shape == (1, 3, 24, 16)
              and np.abs(read[0, :, 0, 0] * 255 - [124, 116, 104]).max() < 0.01, said)

# Blur: the weights reach to three deviations, whatever lies beyond the edge


def gauss(picture, deviation, beyond):
    """Of (1,C,H,W) in double precision"""
    radius = int(np.ceil(3 * deviation))
    weights = np.exp(-np.arange(-radius, radius + 1.) ** 2 / (2 * deviation ** 2))
    weights /= weights.sum()
    for axis in (2, 3):
        reach = [(radius, radius) if i == axis else (0, 0) for i in range(4)]
        picture = np.lib.stride_tricks.sliding_window_view(
            np.pad(picture, reach, mode=beyond), 2 * radius + 1, axis) @ weights
    return picture


for edge, beyond, deviation in (("repeat", "edge", 2.5), ("mirror", "symmetric", 2.5),
                                ("mirror", "symmetric", 40)):
    scratch.write_ini("[picturing]\nblur = %s\nedge = %s\n" % (deviation, edge),
                      images="plain.png")
    code, said = scratch.run()
    wanted = gauss(array(pillow("plain.png")).astype(float), deviation, beyond)
    scratch.check("blur %s with the edge %s" % (deviation, edge), code == 0
                  and np.abs(made("plain", "blurred") - wanted).max() < 1e-6, said)
for deviation in ("0", "32769"):
    scratch.write_ini("[picturing]\nblur = %s\n" % deviation, images="plain.png")
    code, said = scratch.run()
    scratch.check("a blur of deviation %s is refused" % deviation, code == 1
                  and "a deviation that is not above 0 and at most 32768" in said, said)

# A network of one channel sees luma, one of BGR gets RGB all the same.

with open(scratch.path("small.ini")) as file:
    network = file.read()
with open(scratch.path("small.ini"), "w") as file:
    file.write(network.replace("0.5 0.5 0.5", "0.5").replace(
        "0.25 0.25 0.25", "0.25").replace("[layers]", "channels = gray\n[layers]"))
scratch.write_ini("[picturing]\n", images="plain.png")
code, said = scratch.run()
luma = np.asarray(pillow("plain.png").convert("L"), dtype=np.float32)[None, None] / 255
ours = made("plain", "original") if code == 0 else luma + 1
scratch.check("a network of one channel gets luma", ours.shape == luma.shape
              and np.abs(ours - luma).max() < 1.1 / 255, said)
with open(scratch.path("small.ini"), "w") as file:
    file.write(network.replace("[layers]", "channels = BGR\n[layers]"))
code, said = scratch.run()
scratch.check("a network of BGR gets RGB", code == 0
              and close(made("plain", "original"), array(pillow("plain.png")), "plain.png"),
              said)

# One of RGBA sees opacity; what is clear does not tinge its neighbors.

with open(scratch.path("small.ini"), "w") as file:
    file.write(network.replace("0.5 0.5 0.5", "0.5").replace(
        "0.25 0.25 0.25", "0.25").replace("[layers]", "channels = RGBA\n[layers]"))
glass = Image.open(scratch.path("glass.png"))
for word, number in FILTERS.items():
    scratch.write_ini("[picturing]\npicture = glass.png\nfit = yes\n",
                      images="plain.png\nresize = stretch\nfilter = %s" % word)
    code, said = scratch.run()
    ours = made("plain", "read") if code == 0 else np.zeros(1)
    fitted = array(glass.resize((16, 24), number))
    scratch.check("a clear picture is resized, %s" % word, ours.shape == fitted.shape
                  and np.abs(ours - fitted).max() < 1.1 / 255, said)
    scratch.check("in its own size it stays, %s" % word, code == 0 and np.array_equal(
        made("plain", "original")[:, 3], np.ones((1, 30, 40))))
with open(scratch.path("small.ini"), "w") as file:
    file.write(network)

# Colors

colors = made("plain", "colors").astype(int).tolist()
scratch.check("classes have the colors of PASCAL VOC", colors[:21] == VOC
              and colors[255] == VOC_BORDER, [hex(color) for color in colors[:21]])
scratch.check("the first 256 have different colors", len(set(colors[:256])) == 256)

# Items of a batch, and what is none of [input]

Image.fromarray(pixels[::-1, :, :3]).save(scratch.path("other.png"))
scratch.write_ini("[own_size]\n", images="plain.png, other.png", more="batch = 2\n")
code, said = scratch.run()
for name in ("plain", "other"):
    ours = np.load(scratch.path("out", "own_size", name, "attribution.npy"))
    scratch.check("%s is its own item of the batch" % name, code == 0
                  and np.abs(ours[0] - array(pillow(name + ".png"))[0, 0]).max() < 1e-6,
                  said)
scratch.write_ini("[own_size]\n[averaged]\nbase = own_size\nsamples = 1\n",
                  images="plain.png")
code, said = scratch.run()
scratch.check("inputs that another technique made have no original", code == 1
              and "another technique runs it on inputs of its own making" in said, said)
scratch.write_ini("[picturing]\nitem = 1\n", images="plain.png")
code, said = scratch.run()
scratch.check("an item beyond the batch is refused", code == 1
              and "image->original() was called for picture 1 of a batch of 1" in said, said)
scratch.finish()

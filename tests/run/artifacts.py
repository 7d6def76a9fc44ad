"""Artifacts of general techniques: animations, curves, label maps, pictures read back.

The technique `emitting` makes them of numbers that the same formulas give here; Pillow
and numpy read the files.
"""
import os
import sys
import xml.dom.minidom

ORACLE = os.environ.get("PYTHON_ORACLE", "")
try:
    import numpy as np
    from PIL import Image, ImageSequence
except ImportError as missing:
    if ORACLE and os.environ.get("ARTIFACTS_RERUN") != "1":
        os.environ["ARTIFACTS_RERUN"] = "1"
        os.execvp(ORACLE, [ORACLE] + sys.argv)
    print("SKIP: numpy and Pillow are needed:", missing)
    sys.exit(77)

from scratch import LABELS, Scratch  # noqa: E402

scratch = Scratch()


def frame(channels, height, width, time):
    """(height,width,channels) in 0..1: x, y, time and one half"""
    x = np.broadcast_to(np.arange(width) / (width - 1), (height, width))
    y = np.broadcast_to((np.arange(height) / (height - 1))[:, None], (height, width))
    planes = [x, y, np.full((height, width), time), np.full((height, width), 0.5)]
    return np.stack(planes[:channels], -1)


def levels(picture):
    return np.floor(np.clip(picture, 0, 1) * 255 + 0.5)


def voc_color(index):
    """As in VOClabelcolormap.m"""
    color = [0, 0, 0]
    for j in range(8):
        for channel in range(3):
            color[channel] |= (index >> (3 * j + channel) & 1) << (7 - j)
    return tuple(color)


scratch.write_ini("[emitting]", images="ramp.png:3, dots.png")
code, said = scratch.run("-v")
scratch.check("the run succeeds", code == 0, said)
manifest = scratch.manifest()
files = scratch.files()
entries = {item["name"]: item for item in manifest["artifacts"]
           if item["picture"] == "ramp"}
folder = scratch.path("out", "emitting", "ramp")

listed = {path for item in manifest["artifacts"]
          for path in (item.get("path"), item.get("array")) if path}
scratch.check("the manifest lists every file, no temporary file is left",
              listed == {path for path in files if path.startswith("emitting/")},
              listed ^ {path for path in files if path.startswith("emitting/")})
scratch.check("the last line has the number of files",
              "%d files" % len(listed) in said, said)
scratch.check("each type has its name",
              [entries[name]["kind"] for name in ("film", "loss", "objects", "cutout",
                                                  "seen", "score-0010")]
              == ["animation", "curve", "labels", "image", "array", "figure"], entries)

# Animations

for name, count, shape, tolerance in (("film", 5, (12, 20), 0),
                                      ("film-many", 3, (70, 90), 6)):
    film = Image.open(os.path.join(folder, name + ".gif"))
    durations, worst, mean = [], 0, 0
    for k, shown in enumerate(ImageSequence.Iterator(film)):
        durations.append(shown.info["duration"])
        seen = np.asarray(shown.convert("RGB"), float)
        wanted = levels(frame(3, *shape, k / (count - 1)))
        scratch.check("%s: frame %d has the frames' size" % (name, k),
                      seen.shape == wanted.shape, seen.shape)
        worst = max(worst, np.abs(seen - wanted).max())
        mean = max(mean, np.abs(seen - wanted).mean())
    scratch.check("%s: every frame is there" % name, film.n_frames == count,
                  film.n_frames)
    scratch.check("%s: ten frames a second, the last is shown for 2 s" % name,
                  durations == [100] * (count - 1) + [2000], durations)
    scratch.check("%s: it loops forever" % name, film.info.get("loop") == 0, film.info)
    scratch.check("%s: colors are near those of the frames" % name,
                  mean <= tolerance and worst <= 6 * tolerance, mean, worst)
    scratch.check("%s: the manifest has frames, channels, height and width" % name,
                  entries[name]["shape"] == [count, 3, *shape], entries[name])
film = Image.open(os.path.join(folder, "film-gray.gif"))
scratch.check("gray frames stay gray, and a single frame is shown for 2 s",
              (np.asarray(film.convert("RGB"), float)
               == levels(frame(1, 8, 9, 0))).all() and film.info["duration"] == 2000)
colors = Image.open(os.path.join(folder, "film-many.gif")).convert("RGB").getcolors(1 << 16)
scratch.check("a frame of many colors uses the palette", 200 < len(colors) <= 256,
              len(colors))

# Curves


def numbers(steps, lines):
    return 100 * np.exp(-np.arange(steps)[:, None] / 10) + np.arange(lines)


for name, steps, lines in (("loss", 50, None), ("loss-lines", 30, 3),
                           ("loss-many", 30, 12), ("loss-one", 1, None),
                           ("loss-flat", 2, 1), ("loss-long", 5000, None)):
    wanted = numbers(steps, lines or 1)
    values = np.load(os.path.join(folder, name + ".npy"))
    scratch.check("%s: the numbers, as float32" % name, values.dtype == np.float32
                  and values.shape == ((steps, lines) if lines else (steps,))
                  and np.allclose(values, wanted if lines else wanted[:, 0], rtol=1e-6))
    svg = xml.dom.minidom.parse(os.path.join(folder, name + ".svg"))
    drawn = svg.getElementsByTagName("polyline")
    texts = ["".join(node.data for node in text.childNodes)
             for text in svg.getElementsByTagName("text")]
    scratch.check("%s: a line for each column" % name, len(drawn) == (lines or 1))
    scratch.check("%s: the axes are named" % name, "loss" in texts and "step" in texts,
                  texts)
    scratch.check("%s: the file and the numbers are in the manifest" % name,
                  entries[name]["path"] == "emitting/ramp/%s.svg" % name
                  and entries[name]["array"] == "emitting/ramp/%s.npy" % name
                  and entries[name]["shape"] == list(values.shape)
                  and entries[name]["axis"] == "loss", entries[name])
    size = [float(svg.documentElement.getAttribute(side)) for side in ("width", "height")]
    for line, column in zip(drawn, wanted.T):
        points = np.array([pair.split(",") for pair in
                           line.getAttribute("points").split()], float)
        scratch.check("%s: lines stay inside, from left to right" % name,
                      (points >= 0).all() and (points <= size).all()
                      and (np.diff(points[:, 0]) >= 0).all(), points)
        if 2 < steps < 100:
            down, up = points[:, 1], column
            fit = np.polyfit(up, down, 1)
            scratch.check("%s: heights are the values on one scale" % name,
                          fit[0] < 0 and np.abs(np.polyval(fit, up) - down).max() < 0.1)
    marks = [float(text) for text in texts
             if text.replace(".", "").replace("-", "").isdigit()]
    scratch.check("%s: marks reach around the values" % name,
                  min(marks) <= wanted.min() and max(marks) >= wanted.max(), marks)


def plot_text(name):
    return files["emitting/ramp/%s.svg" % name].decode()


scratch.check("lines are named in a legend, names are text",
              'class="name"' in plot_text("loss-lines")
              and "&lt;b&gt;&quot;second&quot; &amp; co&lt;/b&gt;" in plot_text("loss-lines")
              and entries["loss-lines"]["lines"][1] == "<b>\"second\" & co</b>")
scratch.check("many lines are thin and have no legend",
              plot_text("loss-many").count(' thin"') == 12
              and 'class="name"' not in plot_text("loss-many"))
scratch.check("a plot suits light and dark pages",
              "prefers-color-scheme: dark" in plot_text("loss"))
scratch.check("a plot of many steps stays small", len(plot_text("loss-long")) < 40000,
              len(plot_text("loss-long")))

# Label maps

labels = np.array([[x // 5 + 3 * (y // 7) for x in range(14)] for y in range(10)])
labels[0, 0] = 6
picture = Image.open(os.path.join(folder, "objects.png"))
palette = np.array(picture.getpalette()).reshape(-1, 3)
scratch.check("a label map's pixels are the class indices",
              picture.mode == "P" and (np.asarray(picture) == labels).all(), picture.mode)
scratch.check("its colors are PASCAL VOC's",
              [tuple(color) for color in palette] == [voc_color(i) for i in range(256)])
values = np.load(os.path.join(folder, "objects.npy"))
scratch.check("its values are in the file", values.dtype == np.float32
              and (values == labels).all())
classes = {item["index"]: item for item in entries["objects"]["classes"]}
areas = [item["pixels"] for item in entries["objects"]["classes"]]
scratch.check("the manifest lists the classes in it, the largest first",
              set(classes) == set(labels.flat) and areas == sorted(areas, reverse=True),
              classes)
for index, item in classes.items():
    pixels = int((labels == index).sum())
    scratch.check("class %d: name, color and area" % index,
                  item["name"] == LABELS[index] and item["pixels"] == pixels
                  and item["color"] == "#%02x%02x%02x" % voc_color(index)
                  and abs(item["fraction"] - pixels / labels.size) < 1e-6, item)

# Pictures

picture = Image.open(os.path.join(folder, "cutout.png"))
scratch.check("four channels are a picture with opacity", picture.mode == "RGBA"
              and (np.asarray(picture) == levels(frame(4, 20, 31, 0.25))).all())
picture = Image.open(os.path.join(folder, "step-fine.png"))
scratch.check("values are rounded to 8 bits", picture.mode == "L"
              and (np.asarray(picture) == levels(frame(1, 2, 300, 0))[:, :, 0]).all())
for fit, size in (("stretch", (16, 24)), ("none", (31, 20))):
    if fit == "none":
        with open(scratch.path("free.ini"), "w") as file:
            file.write("[network]\nname = free\ninput_size = 24 16\nlabels = small.labels\n"
                       "mean = 0.5 0.25 0.5\nstd = 0.25 0.5 0.25\n[layers]\n"
                       "conv = conv2d out=7 kernel=3\n"
                       "pool = adaptive_avg_pool2d output=1\nflatten = flatten\n")
        code, said = scratch.run("-s", "input.resize=none", "-s",
                                 "model.architecture=free.ini", "-o", fit)
        scratch.check("the network of any size runs", code == 0, said)
    place = scratch.path("out" if fit == "stretch" else fit, "emitting", "ramp")
    saved = Image.open(os.path.join(place, "step-0050.png"))
    mean, std = (0.5, 0.25) if fit == "stretch" else (np.array([0.5, 0.25, 0.5]),
                                                      np.array([0.25, 0.5, 0.25]))
    wanted = (np.asarray(saved.resize(size, Image.LANCZOS)) / 255 - mean) / std
    seen = np.load(os.path.join(place, "seen.npy"))
    scratch.check("%s: a picture read back is what the network would see of it" % fit,
                  seen.shape == (1, 3, *size[::-1])
                  and np.abs(seen[0].transpose(1, 2, 0) - wanted).max() < 1e-5, seen.shape)

scratch.run("-o", "second")
scratch.check("the same run gives the same bytes",
              scratch.files("second") == files)

# One item of a batch, under a suffix that is made a part of a file's name

scratch.write_ini("[emitting]\nhow = items", images="ramp.png:3")
code, said = scratch.run("-o", "items")
scratch.check("items of a batch are handed out", code == 0, said)
place = scratch.path("items", "emitting", "ramp")
gray = np.asarray(Image.open(os.path.join(place, "step-a_b_c.png")))
scratch.check("a picture is item 1 of the batch",
              gray.shape[:2] == (2, 2) and (gray == 128).all(), gray)
half = np.load(os.path.join(place, "seen-item.npy"))
scratch.check("an array is item 1 of the batch",
              half.shape == (1, 2, 2) and (half == 0.5).all(), half)
scratch.check("the manifest has their names",
              [item["name"] for item in scratch.manifest("items")["artifacts"]]
              == ["step-a_b_c", "seen-item"])

# Faults: the job fails with a sentence although the technique returns success

FAULTS = {
    "sizes": "the frames of \"film\" are (3,12,20), but one is (3,12,21)",
    "frame_not_a_number": "the frame \"film\" has a value that is not finite",
    "frame_opacity": "the frame \"film\" is not (3,H,W) or (1,H,W)",
    "frame_of_image": "artifact->frame() was given the name \"step\"",
    "curve_not_a_number": "the curve \"loss\" has a value that is not finite",
    "curve_of_cubes": "the curve \"loss\" is not (steps) or (steps,lines)",
    "curve_without_axis": "has no axis",
    "label_half": "\"objects\" has the value 2.5, which is not the index of one of the first 7",
    "label_high": "\"objects\" has the value 7,",
    "label_negative": "\"objects\" has the value -1,",
    "label_not_a_number": "\"objects\" has the value nan,",
    "labels_deep": "the label map \"objects\" is not (H,W)",
    "image_of_five": "the picture \"step\" is not (3,H,W), (1,H,W) or (4,H,W)",
    "unsaved": "a picture \"step-0001\" that artifact->image() has not saved",
    "twice": "the artifact \"objects\" was given twice",
    "suffix": "artifact->image() was given an empty suffix of \"step\"",
    "item": "\"step-a_b_c\" has no item 3",
    "late": "it is too late",
    "crowd": "more than 256 animations at once",
}
for how, sentence in FAULTS.items():
    scratch.write_ini("[emitting]\nhow = " + how, images="ramp.png:3")
    code, said = scratch.run("-o", how)
    reason = scratch.manifest(how)["jobs"][0]["reason"] or ""
    scratch.check("%s: the job fails with a sentence" % how,
                  code == 1 and sentence in reason and sentence in said, code, reason)
    left = [path for path in scratch.files(how) if path.endswith((".gif", ".tmp"))]
    scratch.check("%s: no animation remains" % how, not left, left)
scratch.finish()

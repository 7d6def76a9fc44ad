#!/usr/bin/env python3
"""deconvnet_segmentation: the label map is the network's, at the picture's own size
however it was fitted; overlay, masks, areas and probabilities follow from it."""
import os
import sys

sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))
from small import CLASSES, F, HEIGHT, Image, LABELS, MEAN, STD, WIDTH, World, np, torch

FOLDER = "deconvnet_segmentation"


def palette(index):
    """PASCAL VOC's development kit: the bits of the class, three at a time"""
    color = [0, 0, 0]
    for bit in range(8):
        for channel in range(3):
            color[channel] |= (index >> channel & 1) << (7 - bit)
        index >>= 3
    return color


def softmax(world, x):
    return world.logits(x)[0].softmax(0).detach().numpy()


def nearest(labels, width, height):
    """To a size as Pillow does it"""
    small = Image.fromarray(labels.astype(np.uint8))
    return np.asarray(small.resize((width, height), Image.Resampling.NEAREST))


def read(world, *path):
    return np.asarray(Image.open(world.path("out", FOLDER, *path)))


def check_stretched(world):
    world.write("[%s]\nmasks = yes\nprobabilities = yes\nopacity = 0.25\n" % FOLDER)
    code, said = world.run()
    world.check("the run succeeds", code == 0, said)
    for name, size in (("wide", (50, 30)), ("high", (26, 44))):
        expected = softmax(world, world.view(name + ".png"))
        labels = nearest(expected.argmax(0), *size)
        world.check("%s: labels are those of the nearest positions" % name,
                    np.array_equal(world.array(FOLDER, name, "labels.npy"), labels))
        picture = np.asarray(Image.open(world.path(name + ".png")).convert("RGB"))
        colors = np.array([palette(c) for c in range(CLASSES)])[labels]
        blend = np.where(labels[:, :, None] > 0, 0.75 * picture + 0.25 * colors, picture)
        overlay = read(world, name, "overlay.png")
        world.check("%s: the overlay is the picture and the colors" % name,
                    overlay.shape == blend.shape and np.abs(overlay - blend).max() < 1.01)
        larger = F.interpolate(torch.from_numpy(expected)[None], size=size[::-1],
                               mode="bilinear", align_corners=False)[0]
        world.near("%s: probabilities are interpolated between positions" % name,
                   world.array(FOLDER, name, "probabilities.npy"), larger)
        check_classes(world, name, labels)


def check_classes(world, name, labels):
    """Masks and areas of the classes that are seen, under names that files can have"""
    names = ["background", "tiger_cat", "dog", "tiger-cat", "tiger_cat_"]
    seen = [c for c in range(CLASSES) if (labels == c).any()]
    areas = {item["name"]: item["value"] for item in world.manifest()["artifacts"]
             if item["picture"] == name and item["kind"] == "figure"}
    world.check("%s: areas" % name,
                sorted(areas) == sorted("area-" + names[c] for c in seen)
                and all(abs(areas["area-" + names[c]] - (labels == c).mean()) < 1e-6
                        for c in seen), areas)
    masks = [file for file in os.listdir(world.path("out", FOLDER, name))
             if file.startswith("mask")]
    world.check("%s: masks of the classes present except the background" % name,
                sorted(masks) == sorted("mask-%s.png" % names[c] for c in seen if c), masks)
    for c in seen[1:] if seen[0] == 0 else seen:
        mask = read(world, name, "mask-%s.png" % names[c])
        world.check("%s: mask of %s" % (name, LABELS[c]),
                    np.array_equal(mask, np.where(labels == c, 255, 0)))


def check_confidence(world):
    world.write("[%s]\nconfidence = 0.6\n" % FOLDER)
    world.run()
    expected = softmax(world, world.view("wide.png"))
    sure = np.where(expected.max(0) >= 0.6, expected.argmax(0), 0)
    world.check("some positions are confident and some are not", 0 < (expected.max(0) < 0.6).mean() < 1)
    world.check("positions without confidence are background",
                np.array_equal(world.array(FOLDER, "wide", "labels.npy"),
                               nearest(sure, 50, 30)))
    world.check("masks and probabilities are written only on request",
                not any(item["name"].startswith(("mask", "probabilities"))
                        for item in world.manifest()["artifacts"]))


def check_at_input(world):
    world.write("[%s]\nmasks = yes\nprobabilities = yes\nopacity = 0.25\nat = input\n"
                % FOLDER)
    code, said = world.run()
    world.check("a run at the input's size succeeds", code == 0, said)
    expected = softmax(world, world.view("wide.png"))
    labels = nearest(expected.argmax(0), WIDTH, HEIGHT)
    world.check("at = input: labels have the input's size",
                np.array_equal(world.array(FOLDER, "wide", "labels.npy"), labels))
    check_classes(world, "wide", labels)
    view = np.asarray(Image.open(world.path("out", "input", "wide.png")))
    colors = np.array([palette(c) for c in range(CLASSES)])[labels]
    blend = np.where(labels[:, :, None] > 0, 0.75 * view + 0.25 * colors, view)
    overlay = read(world, "wide", "overlay.png")
    world.check("at = input: the overlay is what the network sees, and the colors",
                overlay.shape == blend.shape and np.abs(overlay - blend).max() < 1.01)
    larger = F.interpolate(torch.from_numpy(expected)[None], size=(HEIGHT, WIDTH),
                           mode="bilinear", align_corners=False)[0]
    world.near("at = input: probabilities have the input's size",
               world.array(FOLDER, "wide", "probabilities.npy"), larger)


def view_of(image):
    values = np.asarray(image, np.float32).transpose(2, 0, 1) / np.float32(255)
    return torch.from_numpy(((values - MEAN) / STD)[None]).double()


def check_cropped(world):
    """50x30 for 32x24: 27.4 rows cover 24 * 256/224, 45.7 columns go with them"""
    world.write("[%s]\n" % FOLDER, images="wide.png", more="resize = crop")
    code, said = world.run()
    world.check("a cropped run succeeds", code == 0, said)
    wide = Image.open(world.path("wide.png")).convert("RGB")
    width, height = 37, round(24 * 256 / 224)
    width = int(height * 50 / 30)
    left, top = round((width - WIDTH) / 2), round((height - HEIGHT) / 2)
    view = wide.resize((width, height), Image.Resampling.LANCZOS).crop(
        (left, top, left + WIDTH, top + HEIGHT))
    labels = softmax(world, view_of(view)).argmax(0)
    expected = np.zeros((30, 50), int)
    for y in range(30):
        for x in range(50):
            row = ((y + 0.5) * height / 30 - top) / HEIGHT * labels.shape[0]
            column = ((x + 0.5) * width / 50 - left) / WIDTH * labels.shape[1]
            if 0 <= row < labels.shape[0] and 0 <= column < labels.shape[1]:
                expected[y, x] = labels[int(row), int(column)]
    found = world.array(FOLDER, "wide", "labels.npy")
    world.check("the crop is undone, and the margin is background", np.array_equal(found, expected),
                np.argwhere(found != expected)[:5])


def check_padded(world):
    """26x44 for 32x24: 14 columns in the middle"""
    world.write("[%s]\n" % FOLDER, images="high.png", more="resize = pad")
    code, said = world.run()
    world.check("a padded run succeeds", code == 0, said)
    high = Image.open(world.path("high.png")).convert("RGB")
    width = round(26 / 44 * HEIGHT)
    left = round((WIDTH - width) / 2)
    view = Image.new("RGB", (WIDTH, HEIGHT), (124, 116, 104))
    view.paste(high.resize((width, HEIGHT), Image.Resampling.LANCZOS), (left, 0))
    labels = softmax(world, view_of(view)).argmax(0)
    rows = ((np.arange(44) + 0.5) / 44 * labels.shape[0]).astype(int)
    columns = (((np.arange(26) + 0.5) * width / 26 + left) / WIDTH
               * labels.shape[1]).astype(int)
    world.check("pad is undone", np.array_equal(
        world.array(FOLDER, "high", "labels.npy"), labels[rows][:, columns]))


def check_refused(world):
    world.write_ini("[%s]\n" % FOLDER)
    code, said = world.run()
    world.check("a classifier has no label map",
                code == 2 and "not a map for each" in said, code, said)


world = World()
check_stretched(world)
check_confidence(world)
check_at_input(world)
check_cropped(world)
check_padded(world)
check_refused(world)
world.finish()

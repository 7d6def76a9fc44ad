"""A picture of the gallery, enlarged: it fades over what the network sees, and the values
of its map are read under the pointer."""
import functools
import http.server
import json
import os
import re
import sys
import threading

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), "..", "run"))

from browser import Browser, find_chromium, gallery_url
from scratch import LABELS, Scratch, png_size, read_npy, write_png

chromium = find_chromium()

JOBS = """
[grad_cam]
layer = features.2
[vanilla_bp]
[emitting]
"""

# A network that takes more values than a page embeds, and is quick all the same
LARGE = """
[network]
name = large
labels = small.labels
input_size = 1024 1408
mean = 0.5 0.5 0.5
std = 0.25 0.25 0.25

[layers]
features.0 = conv2d out=4 kernel=4 stride=4
features.1 = relu
pool = adaptive_avg_pool2d output=1
flatten = flatten
classifier = linear out=7
"""

OPEN = """(() => {
    const shot = Array.from(document.querySelectorAll("a.shot")).find(
        (link) => link.getAttribute("href") === %s);
    shot.click();
    return document.querySelector("dialog .result").decode();
})()"""

# Values are looked up after the picture is shown.
TOLD = "document.querySelector('dialog output').textContent !== ''"

SHOWN = """(() => {
    const dialog = document.querySelector("dialog");
    const box = (name) => {
        const seen = dialog.querySelector(name).getBoundingClientRect();
        return [seen.left, seen.top, seen.width, seen.height];
    };
    const visible = (name) => dialog.querySelector(name).checkVisibility();
    return { stack: box(".stack"), result: box(".result"), under: box(".under"),
             mark: box(".mark"), marked: visible(".mark"),
             below: dialog.querySelector(".under").src,
             opacity: Number(getComputedStyle(dialog.querySelector(".result")).opacity),
             fades: visible(".fade"), chooses: visible(".choose"),
             reading: dialog.querySelector("output").textContent,
             shot: dialog.querySelector(".result").src };
})()"""


def near(a, b, tolerance=1.0):
    return all(abs(x - y) <= tolerance for x, y in zip(a, b))


def reading_of(shape, values, row, column):
    """What the page says of a place, from the .npy file."""
    channels, height, width = shape
    found = [values[(c * height + row) * width + column] for c in range(channels)]
    return "row %d of %d, column %d of %d: " % (row + 1, height, column + 1, width), found


def agrees(said, shape, values, row, column):
    where, found = reading_of(shape, values, row, column)
    if not said.startswith(where):
        return False
    numbers = [float(text) for text in said[len(where):].split(", ")]
    return len(numbers) == len(found) and all(
        abs(a - b) <= 1e-5 * abs(b) for a, b in zip(numbers, found))


def show(browser, path):
    browser.evaluate(OPEN % json.dumps(path))
    if not path.startswith("input/"):
        browser.wait(TOLD)
    return browser.evaluate(SHOWN)


def check_fading(scratch, browser):
    shown = show(browser, "grad_cam/ramp/heatmap.png")
    scratch.check("a map lies exactly over the network's view",
                  near(shown["result"], shown["under"]) and shown["fades"]
                  and shown["below"].endswith("/input/ramp.png"), shown)
    scratch.check("at first the map alone is seen", shown["opacity"] == 1, shown)
    browser.evaluate("document.querySelector('.fade input').focus()")
    for _ in range(40):
        browser.press("ArrowLeft")
    shown = browser.evaluate(SHOWN)
    scratch.check("the slider fades it, and its arrow keys turn no page",
                  abs(shown["opacity"] - 0.6) < 1e-6
                  and shown["shot"].endswith("grad_cam/ramp/heatmap.png"), shown)
    browser.evaluate("document.querySelector('dialog .after').focus()")
    browser.press("ArrowRight")
    shown = browser.evaluate(SHOWN)
    scratch.check("the next picture fades as much",
                  abs(shown["opacity"] - 0.6) < 1e-6
                  and shown["shot"].endswith("grad_cam/dots/heatmap.png"), shown)
    browser.press("Escape")
    shown = show(browser, "input/ramp.png")
    scratch.check("the view itself has nothing to fade over, and no values",
                  not shown["fades"] and shown["opacity"] == 1
                  and shown["reading"] == "", shown)
    browser.press("Escape")


def check_values(scratch, browser, job):
    shape, values = read_npy(scratch.path("out", job, "ramp", "attribution.npy"))
    _, height, width = shape
    shown = show(browser, "%s/ramp/gray.png" % job)
    scratch.check("%s: how to read values is said" % job,
                  "Shift" in shown["reading"] and not shown["marked"], shown)
    left, top, across, down = shown["stack"]
    wrong = []
    for row, column in ((0, 0), (0, width - 1), (height // 2, width // 3),
                        (height - 1, width - 1)):
        browser.point(left + (column + 0.5) * across / width,
                      top + (row + 0.5) * down / height)
        shown = browser.evaluate(SHOWN)
        cell = (left + column * across / width, top + row * down / height,
                across / width, down / height)
        if not agrees(shown["reading"], shape, values, row, column) \
                or not near(shown["mark"], cell, 1.5):
            wrong.append((row, column, shown))
    scratch.check("%s: the values under the pointer are those of the .npy file" % job,
                  not wrong, wrong, shape)
    browser.press("ArrowDown", shift=True)
    browser.press("ArrowLeft", shift=True)
    shown = browser.evaluate(SHOWN)
    scratch.check("%s: Shift and arrow keys read the neighbors, up to the edge" % job,
                  agrees(shown["reading"], shape, values, height - 1, width - 2), shown)
    browser.press("Escape")


def check_labels(scratch, browser):
    shape, values = read_npy(scratch.path("out", "emitting", "ramp", "objects.npy"))
    height, width = shape
    shown = show(browser, "emitting/ramp/objects.png")
    left, top, across, down = shown["stack"]
    said = []
    for row, column in ((0, 0), (height - 1, width // 2)):
        browser.point(left + (column + 0.5) * across / width,
                      top + (row + 0.5) * down / height)
        index = int(values[row * width + column])
        said.append(browser.evaluate(SHOWN)["reading"]
                    == "row %d of %d, column %d of %d: %d, %s" % (
                        row + 1, height, column + 1, width, index, LABELS[index]))
    scratch.check("of a label map the class is named", all(said), said,
                  browser.evaluate(SHOWN))
    browser.press("Escape")


def check_large(scratch, browser):
    """A map with too many values for the page, and pictures that get smaller copies"""
    with open(scratch.path("large.ini"), "w", encoding="utf-8") as file:
        file.write(LARGE)
    scratch.write_ini("[vanilla_bp]\n", images="ramp.png:3")
    code, said = scratch.run("-s", "model.architecture=large.ini", "-o", "large")
    scratch.check("the large network runs", code == 0, said)
    browser.open(gallery_url(scratch.path("large")), 1200, 900)
    small = browser.evaluate("""Array.from(document.querySelectorAll("a.shot img"), (image) => {
        image.loading = "eager";
        return image.decode().then(() => [image.naturalWidth, image.naturalHeight]);
    }).reduce(async (all, one) => (await all).concat([await one]), [])""")
    scratch.check("large pictures have smaller copies in the page",
                  len(small) == 5 and all(size == [640, 465] for size in small), small)
    shown = show(browser, "vanilla_bp/ramp/gray.png")
    scratch.check("and are shown in full", png_size(scratch.path(
        "large", "vanilla_bp", "ramp", "gray.png")) == (1408, 1024)
        and shown["shot"].endswith("large/vanilla_bp/ramp/gray.png"), shown)
    scratch.check("a map that is too large for the page is said to be",
                  "3 × 1024 × 1408" in shown["reading"] and shown["chooses"]
                  and "attribution.npy" in shown["reading"], shown)
    path = scratch.path("large", "vanilla_bp", "ramp", "attribution.npy")
    browser.choose_file(".choose input", scratch.path("out", "vanilla_bp", "ramp",
                                                      "attribution.npy"))
    browser.wait("document.querySelector('dialog output').textContent.includes('is not')")
    shown = browser.evaluate(SHOWN)
    scratch.check("another map's file is refused", "is not the file" in shown["reading"],
                  shown)
    browser.choose_file(".choose input", path)
    browser.wait("document.querySelector('dialog output').textContent.includes('Shift')")
    shape, values = read_npy(path)
    left, top, across, down = browser.evaluate(SHOWN)["stack"]
    browser.point(left + across * 0.25, top + down * 0.75)
    shown = browser.evaluate(SHOWN)
    scratch.check("its values are read from the file that the user chooses",
                  any(agrees(shown["reading"], shape, values, 768 + dy, 352 + dx)
                      for dy in (-1, 0, 1) for dx in (-1, 0, 1)), shown)


class Quiet(http.server.SimpleHTTPRequestHandler):
    def log_message(self, *arguments):
        pass


def check_served(scratch, browser):
    """A page that comes from a server may read the map's file itself."""
    server = http.server.ThreadingHTTPServer(
        ("127.0.0.1", 0), functools.partial(Quiet, directory=scratch.path("large")))
    threading.Thread(target=server.serve_forever, daemon=True).start()
    try:
        browser.open("http://127.0.0.1:%d/" % server.server_address[1], 1200, 900)
        shown = show(browser, "vanilla_bp/ramp/gray.png")
        browser.press("ArrowRight", shift=True)
        shape, values = read_npy(scratch.path("large", "vanilla_bp", "ramp",
                                              "attribution.npy"))
        reading = browser.evaluate(SHOWN)["reading"]
        scratch.check("from a server, a large map's values are read as well",
                      not shown["chooses"] and agrees(reading, shape, values, 512, 704),
                      shown, reading)
    finally:
        server.shutdown()


def row_of_pack(path, row):
    shape, values = read_npy(path)
    size = shape[1] * shape[2] * shape[3]
    return shape[1:], values[row * size:(row + 1) * size]


def check_packed(scratch, browser):
    """A map that is a row of a pack, and which the page does not have itself"""
    scratch.write_ini("[vanilla_bp]\n", images="ramp.png:3, dots.png, again/ramp.png", more="pack = yes")
    code, said = scratch.run("-o", "packed")
    scratch.check("a run with packs", code == 0, said)
    page, pack = scratch.path("packed", "index.html"), scratch.path("packed", "vanilla_bp", "maps.npy")
    with open(page, encoding="utf-8") as file:
        text = file.read()
    with open(page, "w", encoding="utf-8") as file:
        file.write(re.sub('(data-shape="[^"]*") data-values="[^"]*"', r"\1", text))
    browser.open(gallery_url(scratch.path("packed")), 1200, 900)
    shown = show(browser, "vanilla_bp/dots/gray.png")
    scratch.check("the page says in which row of which file the values are",
                  "They are in maps.npy, row 1." in shown["reading"] and shown["chooses"], shown)
    browser.choose_file(".choose input", pack)
    browser.wait("document.querySelector('dialog output').textContent.includes('Shift')")
    browser.press("ArrowRight", shift=True)
    reading = browser.evaluate(SHOWN)["reading"]
    scratch.check("the row is read from the file that the user chooses",
                  agrees(reading, *row_of_pack(pack, 1), 12, 8), reading)
    server = http.server.ThreadingHTTPServer(
        ("127.0.0.1", 0), functools.partial(Quiet, directory=scratch.path("packed")))
    threading.Thread(target=server.serve_forever, daemon=True).start()
    try:
        browser.open("http://127.0.0.1:%d/" % server.server_address[1], 1200, 900)
        shown = show(browser, "vanilla_bp/ramp-2/gray.png")
        browser.press("ArrowRight", shift=True)
        reading = browser.evaluate(SHOWN)["reading"]
        scratch.check("from a server, too", not shown["chooses"]
                      and agrees(reading, *row_of_pack(pack, 2), 12, 8), reading)
    finally:
        server.shutdown()


def check_rerun(scratch):
    scratch.write_ini("[guided_bp]\n", images="ramp.png:3")
    code, said = scratch.run("-s", "model.architecture=large.ini", "-o", "large")
    copies = sorted(os.listdir(scratch.path("large", "input", "thumbnails")))
    scratch.check("a rerun removes smaller copies of pictures that it removes",
                  code == 0 and copies == ["guided_bp", "input"], said, copies)


def check_cropped(scratch, browser):
    """An overlay at the picture's own size, of which the network sees the middle"""
    write_png(scratch.path("long.png"), 96, 32, lambda x, y: (2 * x, 7 * y, 80))
    scratch.write_ini("[grad_cam]\nlayer = features.2\n", images="long.png:3")
    code, said = scratch.run("-s", "input.resize=crop", "-o", "cropped")
    scratch.check("the cropped run is done", code == 0, said)
    browser.open(gallery_url(scratch.path("cropped")), 1200, 900)
    shown = show(browser, "grad_cam/long/overlay.png")
    left, top, across, down = shown["stack"]
    # 96x32 is resized to 81x27, of which 16x24 from (32, 2) on are the network's input
    seen = (left + across * 32 / 81, top + down * 2 / 27, across * 16 / 81,
            down * 24 / 27)
    scratch.check("the view lies where the network has looked",
                  abs(across / down - 3) < 0.02 and near(shown["under"], seen, 1.5),
                  shown, seen)
    shape, values = read_npy(scratch.path("cropped", "grad_cam", "long",
                                          "attribution.npy"))
    _, height, width = shape
    browser.point(seen[0] + seen[2] * 1.5 / width, seen[1] + seen[3] * 2.5 / height)
    shown = browser.evaluate(SHOWN)
    scratch.check("and so do the values", agrees(shown["reading"], shape, values, 2, 1),
                  shown, shape)
    browser.point(left + 3, top + down / 2)
    shown = browser.evaluate(SHOWN)
    scratch.check("outside there are none", "has not seen" in shown["reading"]
                  and not shown["marked"], shown)


def check_padded(scratch, browser):
    """An overlay at the picture's own size, to which the network saw more added"""
    code, said = scratch.run("-s", "input.resize=pad", "-o", "padded")
    scratch.check("the padded run is done", code == 0, said)
    browser.open(gallery_url(scratch.path("padded")), 1200, 900)
    shown = show(browser, "grad_cam/long/overlay.png")
    left, top, across, down = shown["stack"]
    # 96x32 is resized to 16x5, and lies from row 10 on in the network's input of 16x24
    scratch.check("what was added reaches beyond the picture",
                  near(shown["under"], (left, top - 2 * down, across, down * 24 / 5), 1.5),
                  shown)


def main():
    scratch = Scratch()
    scratch.write_ini(JOBS, images="ramp.png:3, dots.png:2")
    code, said = scratch.run()
    scratch.check("the run is done", code == 0, said)
    browser = Browser(chromium, scratch.path("profile"))
    try:
        browser.open(gallery_url(scratch.path("out")), 1200, 900)
        check_fading(scratch, browser)
        check_values(scratch, browser, "grad_cam")
        check_values(scratch, browser, "vanilla_bp")
        check_labels(scratch, browser)
        scratch.check("nothing is printed on the console", not browser.messages(),
                      browser.messages())
        check_large(scratch, browser)
        check_served(scratch, browser)
        check_packed(scratch, browser)
        check_rerun(scratch)
        check_cropped(scratch, browser)
        check_padded(scratch, browser)
    finally:
        browser.close()
    scratch.finish()


main()

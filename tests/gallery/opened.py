"""The gallery in a browser: nothing broken, nothing fetched, readable everywhere.

CNNVIZ_GALLERY names a folder with a gallery to look at instead of the test's own,
CNNVIZ_SCREENSHOTS a folder to leave pictures of it in.
"""
import os
import sys
import urllib.parse

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), "..", "run"))

chromium = os.environ.get("CHROMIUM")
if not chromium or not os.path.exists(chromium):
    print("SKIP: Chromium is not installed")
    sys.exit(77)

from browser import Browser  # noqa: E402
from scratch import Scratch  # noqa: E402

JOBS = """
[vanilla_bp]
[cam]
technique = grad_cam
layer = features.1
target = 2
[bad]
technique = misbehaving
[contact_sheet]
[noise_card]
"""
IMAGES = "\"ramp.png:3, dots.png:2, again/ramp.png, odd name %#&'é.png\""

# Every picture decoded, also those that are only loaded when scrolled to
PICTURES = """Promise.all(Array.from(document.querySelectorAll("table img, .cards img"),
    async (image) => {
        image.loading = "eager";
        try { await image.decode(); } catch (error) { return image.src; }
        return image.naturalWidth > 0 ? null : image.src;
    })).then((broken) => ({ broken: broken.filter((src) => src), count: broken.length }))"""

# Text whose contrast with what is behind it is below 4.5 (3 for large text)
CONTRAST = """(() => {
    const canvas = document.createElement("canvas").getContext("2d",
        { willReadFrequently: true });
    const rgb = (color) => {
        canvas.clearRect(0, 0, 1, 1);
        canvas.fillStyle = color;
        canvas.fillRect(0, 0, 1, 1);
        return Array.from(canvas.getImageData(0, 0, 1, 1).data);
    };
    const luminance = (color) => color.slice(0, 3).map((v) => v / 255)
        .map((v) => v <= 0.04045 ? v / 12.92 : ((v + 0.055) / 1.055) ** 2.4)
        .reduce((sum, v, i) => sum + v * [0.2126, 0.7152, 0.0722][i], 0);
    const behind = (element) => {
        for (let e = element; e; e = e.parentElement) {
            const color = rgb(getComputedStyle(e).backgroundColor);
            if (color[3] === 255) {
                return color;
            }
        }
        return [255, 255, 255, 255];
    };
    const faults = [];
    let seen = 0;
    const walker = document.createTreeWalker(document.body, NodeFilter.SHOW_TEXT);
    while (walker.nextNode()) {
        const element = walker.currentNode.parentElement;
        if (!walker.currentNode.data.trim() || !element.checkVisibility()) {
            continue;
        }
        const style = getComputedStyle(element);
        const a = luminance(rgb(style.color)), b = luminance(behind(element));
        const ratio = (Math.max(a, b) + 0.05) / (Math.min(a, b) + 0.05);
        seen += 1;
        if (ratio < (parseFloat(style.fontSize) >= 24 ? 3 : 4.5)) {
            faults.push(ratio.toFixed(2) + " " + walker.currentNode.data.trim());
        }
    }
    return { seen: seen, faults: faults };
})()"""

PAGE = """(() => ({
    overflow: document.scrollingElement.scrollWidth - innerWidth,
    background: getComputedStyle(document.body).backgroundColor,
    lang: document.documentElement.lang,
    title: document.title,
    noAlt: Array.from(document.images).filter((i) => !i.closest("dialog") && !i.alt).length,
    links: Array.from(document.querySelectorAll("a.shot"), (a) => a.href),
    columns: document.querySelectorAll("thead th").length,
    text: document.body.innerText,
    injected: document.querySelectorAll("h1 b, .class-name b, td b").length,
}))()"""

DIALOG = """(() => {
    const dialog = document.querySelector("dialog");
    const image = dialog.querySelector(".result");
    const seen = image.getBoundingClientRect();
    return { open: dialog.open, src: image.src,
             text: dialog.querySelector(".caption").textContent,
             inside: seen.width > 0 && seen.left >= 0 && seen.right <= innerWidth
                     && seen.top >= 0 && seen.bottom <= innerHeight,
             overflow: dialog.scrollWidth - dialog.clientWidth };
})()"""

# The first column stays where it is when the table is scrolled sideways.
STICKY = """(() => {
    const region = document.querySelector(".table-region");
    const label = document.querySelector("tbody .label");
    const before = label.getBoundingClientRect().left;
    region.scrollLeft = 10000;
    const moved = region.scrollLeft;
    const after = label.getBoundingClientRect().left;
    region.scrollTop = 300;
    const head = document.querySelector("thead th").getBoundingClientRect().top
        - region.getBoundingClientRect().top;
    return { scrolled: moved, shift: Math.abs(after - before), head: head };
})()"""


def check_dialog(scratch, browser, where, count):
    browser.evaluate("document.querySelector('a.shot').focus()")
    browser.evaluate("document.querySelector('a.shot').click()")
    loaded = "document.querySelector('dialog .result').decode()"
    browser.evaluate(loaded)
    first = browser.evaluate(DIALOG)
    scratch.check("%s: a picture opens large, whole on the screen" % where,
                  first["open"] and first["inside"] and first["overflow"] <= 0, first)
    seen = {first["src"]}
    for _ in range(count - 1):
        browser.press("ArrowRight")
        seen.add(browser.evaluate(DIALOG)["src"])
    scratch.check("%s: the right arrow visits every picture" % where, len(seen) == count,
                  len(seen), count)
    browser.press("ArrowRight")
    scratch.check("%s: and then the first again" % where,
                  browser.evaluate(DIALOG)["src"] == first["src"])
    browser.press("ArrowDown")
    below = browser.evaluate(DIALOG)
    scratch.check("%s: the down arrow goes to the row below" % where,
                  below["src"] != first["src"] and "color" in below["text"], below)
    browser.evaluate(loaded)
    if os.environ.get("CNNVIZ_SCREENSHOTS"):
        browser.screenshot(os.path.join(os.environ["CNNVIZ_SCREENSHOTS"],
                                        where.replace(" ", "-") + "-large.png"))
    browser.press("Escape")
    focused = browser.evaluate("document.activeElement.className")
    scratch.check("%s: Escape closes, and the focus is back in the table" % where,
                  not browser.evaluate(DIALOG)["open"] and focused == "shot", focused)


def check_view(scratch, browser, url, folder, width, height, scheme):
    where = "%s %d" % (scheme, width)
    browser.open(url, width, height, scheme)
    pictures = browser.evaluate(PICTURES)
    page = browser.evaluate(PAGE)
    scratch.check("%s: every picture is there" % where,
                  pictures["count"] > 0 and not pictures["broken"], pictures)
    scratch.check("%s: the page does not scroll sideways" % where, page["overflow"] <= 0,
                  page["overflow"])
    scratch.check("%s: every picture has a text, the page a language" % where,
                  page["noAlt"] == 0 and page["lang"] == "en" and page["title"])
    scratch.check("%s: names are shown as text" % where, page["injected"] == 0)
    contrast = browser.evaluate(CONTRAST)
    scratch.check("%s: text stands out from what is behind it" % where,
                  contrast["seen"] > 10 and not contrast["faults"], contrast)
    places = [urllib.parse.unquote(urllib.parse.urlparse(link).path)
              for link in page["links"]]
    scratch.check("%s: without scripts, pictures are links to their files" % where,
                  places and all(os.path.isfile(place) for place in places), places)
    if os.environ.get("CNNVIZ_SCREENSHOTS"):
        browser.screenshot(os.path.join(os.environ["CNNVIZ_SCREENSHOTS"],
                                        where.replace(" ", "-") + ".png"))
    check_dialog(scratch, browser, where, len(places))
    sticky = browser.evaluate(STICKY)
    scratch.check("%s: names and captions stay in sight" % where,
                  sticky["shift"] < 3 and abs(sticky["head"]) < 3, sticky)
    scratch.check("%s: narrow windows scroll the table" % where,
                  width > 500 or sticky["scrolled"] > 0, sticky)
    scratch.check("%s: nothing is said on the console" % where, not browser.messages(),
                  browser.messages())
    outside = [request for request in browser.requests()
               if not request.startswith(("file://" + urllib.parse.quote(folder), "data:"))]
    scratch.check("%s: nothing is fetched from outside" % where, not outside, outside)
    return page


def main():
    scratch = Scratch()
    with open(scratch.path("ramp.png"), "rb") as file, \
            open(scratch.path("odd name %#&'é.png"), "wb") as copy:
        copy.write(file.read())
    folder = os.environ.get("CNNVIZ_GALLERY")
    if not folder:
        scratch.write_ini(JOBS, images=IMAGES)
        code, said = scratch.run()
        scratch.check("the run ends as one with a failing job", code == 1, said)
        folder = scratch.path("out")
    folder = os.path.realpath(folder)
    url = "file://" + urllib.parse.quote(folder) + "/index.html"
    browser = Browser(chromium, scratch.path("profile"))
    try:
        pages = {}
        for scheme in ("light", "dark"):
            for width, height in ((1400, 1000), (390, 844)):
                pages[scheme, width] = check_view(scratch, browser, url, folder, width,
                                                  height, scheme)
    finally:
        browser.close()
    scratch.check("light and dark differ", pages["light", 1400]["background"]
                  != pages["dark", 1400]["background"])
    if not os.environ.get("CNNVIZ_GALLERY"):
        page = pages["light", 1400]
        scratch.check("there is a column for each picture", page["columns"] == 4)
        scratch.check("a failed job is shown with its reason",
                      "picture 0 is not to its taste" in page["text"], page["text"])
        scratch.check("labels are shown as they are written",
                      "<b>\"spider\" & co</b>" in page["text"], page["text"])
    scratch.finish()


main()

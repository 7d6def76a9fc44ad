"""The gallery in a browser: nothing broken, nothing fetched, readable everywhere.

CNNVIZ_GALLERY names a folder with a gallery to look at instead of the test's own,
CNNVIZ_SCREENSHOTS a folder to leave pictures of it in.
"""
import os
import sys
import urllib.parse

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), "..", "run"))

from browser import Browser, find_chromium, gallery_url
from scratch import Scratch

chromium = find_chromium()

JOBS = """
[vanilla_bp]
[cam]
technique = grad_cam
layer = features.1
target = 2
[bad]
technique = misbehaving
[contact_sheet]
[emitting]
[emitting_once]
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
    unfolded: Array.from(document.querySelectorAll("a.shot")).filter(
        (a) => !a.closest("details:not([open])")).length,
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

# What stands in the row of each artifact of the technique that makes every kind
KINDS = """(() => {
    const rows = {};
    for (const row of document.querySelectorAll("tbody tr")) {
        const job = row.parentElement.querySelector("h2");
        const label = row.querySelector(".label");
        if (job && job.textContent === "emitting" && label) {
            rows[label.textContent] = row;
        }
    }
    const cell = (name) => rows[name].querySelector("td");
    const steps = Array.from(cell("step").querySelectorAll("img"));
    const boxes = steps.map((image) => image.getBoundingClientRect());
    const room = cell("step").getBoundingClientRect();
    return {
        rows: Object.keys(rows),
        steps: steps.length,
        inside: boxes.every((box) => box.width > 16 && box.left >= room.left
                            && box.right <= room.right),
        side: boxes.filter((box) => box.top === boxes[0].top).length,
        captions: Array.from(cell("step").querySelectorAll("figcaption"),
                             (text) => text.textContent),
        scores: cell("score").innerText,
        film: cell("film").querySelectorAll(".moving img[src$='film.gif']").length,
        stills: document.querySelectorAll(".moving canvas[aria-label]").length,
        plot: cell("loss").querySelector("details:not([open]) img").src.slice(-8),
        plotted: cell("loss").querySelector("img").checkVisibility(),
        legend: Array.from(cell("objects").querySelectorAll(".legend li"),
                           (line) => line.textContent.trim()),
        swatch: getComputedStyle(cell("objects").querySelector(".swatch")).backgroundColor,
        clear: getComputedStyle(cell("cutout").querySelector(".shot")).backgroundImage,
        opaque: getComputedStyle(cell("step").querySelector(".shot")).backgroundImage,
    };
})()"""

# Opens the fold of one picture's curve: those of the others in the row go with it.
UNFOLD = """(() => {
    const fold = document.querySelector("tbody tr details");
    fold.querySelector("summary").click();
    return new Promise((done) => setTimeout(done, 100)).then(() => {
        const folds = Array.from(fold.closest("tr").querySelectorAll("details"));
        const open = folds.filter((one) => one.open).length;
        fold.querySelector("summary").click();
        return { folds: folds.length, open: open };
    });
})()"""

# What is seen when one job is chosen, and when all are
CHOSEN = """(() => {
    const select = document.querySelector("select[name=job]");
    const choose = (name) => {
        select.value = name;
        select.dispatchEvent(new Event("change", { bubbles: true }));
        return Array.from(document.querySelectorAll("[data-job]")).filter(
            (part) => part.checkVisibility()).map((part) => part.dataset.job);
    };
    return { once: choose("emitting_once"), cam: choose("cam"), all: choose(""),
             offered: Array.from(select.options, (option) => option.value) };
})()"""

# A sheet of paper: what sticks out, what is there that cannot be used, and colors
PRINTED = """(() => {
    const shots = Array.from(document.querySelectorAll("a.shot")).filter(
        (shot) => shot.checkVisibility());
    return {
        shots: shots.length,
        outside: shots.filter((shot) => {
            const box = shot.getBoundingClientRect();
            return box.left < 0 || box.right > innerWidth + 1 || box.width < 40;
        }).map((shot) => shot.href),
        controls: ["form.filters", "dialog", "details:not([open])"].filter((name) =>
            Array.from(document.querySelectorAll(name)).some(
                (part) => part.checkVisibility())),
        ink: getComputedStyle(document.body).color,
        captioned: getComputedStyle(shots[0], "::after").content,
    };
})()"""

# The cards of the same technique when it is run once, without a picture
CARDS = """(() => {
    const section = Array.from(document.querySelectorAll("section.alone")).find(
        (part) => part.querySelector("h2").textContent === "emitting_once");
    const cards = Array.from(section.querySelectorAll(".cards > li"));
    const boxes = cards.map((card) => card.getBoundingClientRect());
    const wide = cards.filter((card) => card.classList.contains("wide"));
    return {
        cards: cards.length,
        names: wide.map((card) => card.querySelector(".number").textContent),
        small: Array.from(wide[0].querySelectorAll("img"),
                          (image) => image.getBoundingClientRect().width),
        legend: section.querySelectorAll(".legend li").length,
        apart: boxes.every((a, i) => boxes.every((b, k) => i === k || a.right <= b.left
            || b.right <= a.left || a.bottom <= b.top || b.bottom <= a.top)),
    };
})()"""

# Until every animation stands still, or a while has passed
STILLS = """new Promise((done) => {
    let patience = 200;
    const look = () => {
        patience -= 1;
        if (!document.querySelector(".moving img") || patience === 0) {
            done();
        } else {
            setTimeout(look, 50);
        }
    };
    look();
})"""

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
    scratch.check("%s: the right arrow visits every picture that is not folded" % where, len(seen) == count,
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
    scratch.check("%s: text has enough contrast" % where,
                  contrast["seen"] > 10 and not contrast["faults"], contrast)
    places = [urllib.parse.unquote(urllib.parse.urlparse(link).path)
              for link in page["links"]]
    scratch.check("%s: without scripts, pictures are links to their files" % where,
                  places and all(os.path.isfile(place) for place in places), places)
    if os.environ.get("CNNVIZ_SCREENSHOTS"):
        browser.screenshot(os.path.join(os.environ["CNNVIZ_SCREENSHOTS"],
                                        where.replace(" ", "-") + ".png"))
    check_dialog(scratch, browser, where, page["unfolded"])
    sticky = browser.evaluate(STICKY)
    scratch.check("%s: names and captions stay visible" % where,
                  sticky["shift"] < 3 and abs(sticky["head"]) < 3, sticky)
    scratch.check("%s: narrow windows scroll the table" % where,
                  width > 500 or sticky["scrolled"] > 0, sticky)
    scratch.check("%s: nothing is printed on the console" % where, not browser.messages(),
                  browser.messages())
    outside = [request for request in browser.requests()
               if not request.startswith(("file://" + urllib.parse.quote(folder), "data:"))]
    scratch.check("%s: nothing is fetched from the network" % where, not outside, outside)
    return page


def check_kinds(scratch, browser, url):
    browser.open(url, 1400, 1000, "light")
    browser.evaluate(PICTURES)
    kinds = browser.evaluate(KINDS)
    scratch.check("a series of pictures is one row, small and side by side",
                  kinds["steps"] == 13 and kinds["inside"] and kinds["side"] > 1
                  and "step-0010" not in kinds["rows"]
                  and kinds["captions"][:2] == ["0010", "0020"], kinds)
    scratch.check("a series of numbers is one row",
                  "0120" in kinds["scores"] and "score-0010" not in kinds["rows"], kinds)
    scratch.check("short series have separate rows",
                  "film-many" in kinds["rows"] and "film-gray" in kinds["rows"], kinds)
    scratch.check("animations and curves are shown", kinds["film"] == 1
                  and kinds["plot"] == "loss.svg", kinds)
    scratch.check("classes of a label map are named with their areas",
                  kinds["legend"] == ["tiger cat, tabby 25.0%", "snake 24.3%",
                                      "<b>\"spider\" & co</b> 20.0%", "eel 10.7%",
                                      "bird 10.7%", "apple 8.6%", "rocket 0.7%"]
                  and kinds["swatch"] == "rgb(128, 0, 0)", kinds)
    scratch.check("a picture with opacity is on a checkerboard, others are not",
                  "conic-gradient" in kinds["clear"] and kinds["opaque"] == "none", kinds)
    rows = kinds["rows"]
    scratch.check("pictures come first, then arrays, numbers and curves",
                  max(map(rows.index, ("film", "objects", "cutout", "step")))
                  < rows.index("seen") < rows.index("score") < rows.index("loss"), rows)
    unfolded = browser.evaluate(UNFOLD)
    scratch.check("curves are folded away, and unfold in the whole row",
                  not kinds["plotted"] and unfolded == {"folds": 4, "open": 4}, unfolded)
    chosen = browser.evaluate(CHOSEN)
    scratch.check("a job can be seen alone",
                  chosen["once"] == ["emitting_once"] and chosen["cam"] == ["cam"]
                  and len(chosen["all"]) == 7 and chosen["offered"] == [""] + chosen["all"],
                  chosen)
    cards = browser.evaluate(CARDS)
    scratch.check("without a picture, a series is one wide card of small pictures",
                  cards["names"] == ["step", "score", "loss"] and len(cards["small"]) == 13
                  and max(cards["small"]) < 200, cards)
    scratch.check("other cards are separate and do not overlap",
                  cards["cards"] == 9 and cards["legend"] == 7 and cards["apart"], cards)
    browser.open(url, 1400, 1000, "light", motion="reduce")
    browser.evaluate(STILLS)
    kinds = browser.evaluate(KINDS)
    scratch.check("with reduced motion, still pictures are shown", kinds["film"] == 0
                  and kinds["stills"] >= 3, kinds)


def check_printed(scratch, browser, url):
    """On A4 paper with margins, whatever colors the screen has"""
    browser.open(url, 703, 1000, "dark", media="print")
    printed = browser.evaluate(PRINTED)
    scratch.check("few pictures are printed as columns, nothing sticks out of the paper",
                  printed["shots"] > 30 and not printed["outside"]
                  and printed["captioned"] == "none", printed)
    scratch.check("what cannot be used on paper is not there", not printed["controls"],
                  printed)
    scratch.check("paper is light", printed["ink"] == "rgb(31, 30, 27)", printed)


def main():
    scratch = Scratch()
    with open(scratch.path("ramp.png"), "rb") as file, \
            open(scratch.path("odd name %#&'é.png"), "wb") as copy:
        copy.write(file.read())
    folder = os.environ.get("CNNVIZ_GALLERY")
    if not folder:
        scratch.write_ini(JOBS, images=IMAGES)
        code, said = scratch.run()
        scratch.check("the run ends like one with a failing job", code == 1, said)
        folder = scratch.path("out")
    folder = os.path.realpath(folder)
    url = gallery_url(folder)
    browser = Browser(chromium, scratch.path("profile"))
    try:
        pages = {}
        for scheme in ("light", "dark"):
            for width, height in ((1400, 1000), (390, 844)):
                pages[scheme, width] = check_view(scratch, browser, url, folder, width,
                                                  height, scheme)
        if not os.environ.get("CNNVIZ_GALLERY"):
            check_kinds(scratch, browser, url)
            check_printed(scratch, browser, url)
    finally:
        browser.close()
    scratch.check("light and dark differ", pages["light", 1400]["background"]
                  != pages["dark", 1400]["background"])
    if not os.environ.get("CNNVIZ_GALLERY"):
        page = pages["light", 1400]
        scratch.check("there is a column for each picture", page["columns"] == 4)
        scratch.check("a failed job is shown with its reason",
                      "picture 0 is not to its taste" in page["text"], page["text"])
        scratch.check("labels are shown unchanged",
                      "<b>\"spider\" & co</b>" in page["text"], page["text"])
    scratch.finish()


main()

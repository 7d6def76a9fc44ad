"""A gallery of 1,500 pictures opens quickly: pages, and only what is seen is loaded."""
import os
import shutil
import sys
import time

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), "..", "run"))

from browser import Browser, find_chromium, gallery_url
from scratch import LABELS, Scratch, write_png

chromium = find_chromium()

PICTURES = 1500
SECONDS = 3.0

# Until every picture in the window is drawn
DRAWN = """new Promise((done) => {
    const seen = Array.from(document.images).filter((image) => {
        const box = image.getBoundingClientRect();
        return box.width > 0 && box.top < innerHeight && box.left < innerWidth;
    });
    Promise.all(seen.map((image) => image.decode())).then(() =>
        requestAnimationFrame(() => requestAnimationFrame(() => done(seen.length))));
})"""

PAGE = """(() => {
    const shown = (cells) => Array.from(cells).filter((cell) => !cell.hidden);
    const heads = shown(document.querySelectorAll("thead th"));
    return {
        names: heads.map((head) => head.querySelector(".picture-name").textContent),
        named: Array.from(new Set(heads.map((head) =>
            head.querySelector(".class-name").textContent))),
        classes: Array.from(new Set(heads.map((head) => head.dataset.class))),
        cells: Array.from(document.querySelectorAll("tbody tr:not(.job)"),
                          (row) => shown(row.querySelectorAll("td")).length),
        pictures: shown(document.querySelectorAll("tbody:not([hidden]) td")).filter(
            (cell) => cell.querySelector("a.shot img")).length,
        range: document.querySelector(".range").textContent,
        jobs: Array.from(document.querySelectorAll("tbody[data-job]")).filter(
            (job) => job.checkVisibility()).map((job) => job.dataset.job),
    };
})()"""

PRINTED = """(() => {
    const shots = Array.from(document.querySelectorAll("a.shot")).filter(
        (shot) => shot.checkVisibility());
    const fits = (shot) => {
        const box = shot.getBoundingClientRect();
        return box.left >= 0 && box.right <= innerWidth && box.width > 80;
    };
    const gray = document.querySelector("[data-job] a.shot");
    const caption = getComputedStyle(gray, "::after");
    return { shots: shots.length, inside: shots.filter(fits).length,
             caption: caption.content.includes("attr(") ? gray.dataset.title
                 : caption.content.slice(1, -1) };
})()"""

CHOOSE = """(() => {
    const select = document.querySelector("select[name='%s']");
    select.value = %s;
    select.dispatchEvent(new Event("change", { bubbles: true }));
})()"""

LARGE = """(() => {
    const dialog = document.querySelector("dialog");
    return dialog.querySelector(".result").src.split("/").slice(-3).join("/");
})()"""


def check_opening(scratch, browser, url):
    fastest, loaded = None, 0
    for _ in range(3):
        start = time.time()
        browser.open(url, 1400, 1000)
        seen = browser.evaluate(DRAWN)
        taken = time.time() - start
        loaded = len(browser.requests())
        fastest = taken if fastest is None else min(fastest, taken)
        if fastest < SECONDS:
            break
    print("%d pictures: %.2f s, %d files loaded" % (PICTURES, fastest, loaded))
    scratch.check("the page is there in time", fastest < SECONDS and seen > 10, fastest,
                  seen)
    scratch.check("only pictures that can be seen soon are loaded", loaded < 300, loaded)


def check_pages(scratch, browser):
    page = browser.evaluate(PAGE)
    scratch.check("the first page has some of the pictures",
                  page["names"] == ["p%04d" % i for i in range(24)]
                  and set(page["cells"]) == {24} and page["pictures"] == 24 * 7
                  and "1 to 24 of 1500" in page["range"], page)
    browser.evaluate("document.querySelector('button[name=after]').click()")
    page = browser.evaluate(PAGE)
    scratch.check("the next page has the next ones",
                  page["names"] == ["p%04d" % i for i in range(24, 48)]
                  and page["pictures"] == 24 * 7, page)
    browser.evaluate("document.querySelector('button[name=before]').click()")
    browser.evaluate("document.querySelector('button[name=before]').click()")
    page = browser.evaluate(PAGE)
    scratch.check("before the first page is the last one",
                  page["names"] == ["p%04d" % i for i in range(1488, 1500)]
                  and "1489 to 1500" in page["range"], page)


def check_printed(scratch, browser, url):
    """Too many columns for a sheet of paper become lines of six, each with a caption."""
    browser.open(url, 703, 1000, media="print")
    printed = browser.evaluate(PRINTED)
    scratch.check("a page of many pictures fits on paper", printed["shots"] == 24 * 7
                  and printed["inside"] == 24 * 7
                  and printed["caption"] == "grad_cam, gray · p0000", printed)


def check_filter(scratch, browser):
    label = LABELS[2]
    browser.evaluate(CHOOSE % ("class", repr(label)))
    page = browser.evaluate(PAGE)
    scratch.check("a class is shown alone, from all pages",
                  page["classes"] == page["named"] == [label] and len(page["names"]) == 24
                  and page["names"][:3] == ["p0002", "p0009", "p0016"]
                  and "1 to 24 of 214" in page["range"], page)
    browser.evaluate(CHOOSE % ("job", "'saliency'"))
    page = browser.evaluate(PAGE)
    scratch.check("a job is shown alone", page["jobs"] == ["saliency"], page)
    browser.evaluate("Array.from(document.querySelectorAll('[data-job=saliency] a.shot'))"
                     ".filter((shot) => shot.checkVisibility())[23].click()")
    first = browser.evaluate(LARGE)
    browser.press("ArrowRight")
    second = browser.evaluate(LARGE)
    scratch.check("the arrow keys go on to the next page, and keep to the class",
                  first == "saliency/p0163/gray.png"
                  and second == "saliency/p0170/gray.png", first, second)
    browser.press("Escape")
    page = browser.evaluate(PAGE)
    scratch.check("and that page is turned to, with the focus on the picture",
                  page["names"][0] == "p0170" and browser.evaluate(
                      "document.activeElement.href").endswith(second), page)


def check_stills(scratch, browser, url):
    """Who wants little motion is spared it on later pages as well."""
    browser.open(url, 1400, 1000, motion="reduce")
    browser.evaluate("document.querySelector('button[name=after]').click()")
    browser.wait("!document.querySelector('td:not([hidden]) .moving img')")
    stills = browser.evaluate("document.querySelectorAll('td:not([hidden]) canvas').length")
    scratch.check("animations stand still on the next page", stills == 6 * 3, stills)


def check_without_scripts(scratch, browser, url):
    browser.call("Emulation.setScriptExecutionDisabled", value=True)
    browser.open(url, 1400, 1000)
    seen = browser.evaluate("""(() => {
        const shots = Array.from(document.querySelectorAll("a.shot"));
        return { columns: document.querySelectorAll("thead th").length,
                 hidden: Array.from(document.querySelectorAll("td")).filter(
                     (cell) => !cell.checkVisibility()).length,
                 shots: shots.length,
                 filter: document.querySelector("form").checkVisibility() };
    })()""")
    scratch.check("without scripts all pictures are on the page",
                  seen["columns"] == 30 and seen["hidden"] == 0 and not seen["filter"]
                  and seen["shots"] % 30 == 0 and seen["shots"] > 600, seen)


def main():
    scratch = Scratch()
    os.mkdir(scratch.path("many"))
    for i in range(20):
        write_png(scratch.path("many", "p%04d.png" % i), 24, 16,
                  lambda x, y: ((x * (i + 3) * 7) % 256, 16 * y, 12 * i))
    for i in range(20, PICTURES):
        shutil.copy(scratch.path("many", "p%04d.png" % (i % 20)),
                    scratch.path("many", "p%04d.png" % i))
    with open(scratch.path("list.txt"), "w", encoding="utf-8") as file:
        for i in range(PICTURES):
            file.write("many/p%04d.png:%d\n" % (i, i % 7))
    scratch.write_ini("[grad_cam]\nlayer = features.2\n[saliency]\n", images="@list.txt")
    code, said = scratch.run()
    scratch.check("the run is done", code == 0, said[-1000:])
    browser = Browser(chromium, scratch.path("profile"))
    try:
        check_opening(scratch, browser, gallery_url(scratch.path("out")))
        check_pages(scratch, browser)
        check_filter(scratch, browser)
        check_printed(scratch, browser, gallery_url(scratch.path("out")))
        scratch.write_ini("[emitting]\n", images="many/p00[0-2]?.png")
        code, said = scratch.run("-o", "few")
        scratch.check("a run of 30 pictures is done", code == 0, said[-1000:])
        url = gallery_url(scratch.path("few"))
        check_stills(scratch, browser, url)
        check_without_scripts(scratch, browser, url)
        scratch.check("nothing is printed on the console", not browser.messages(),
                      browser.messages())
    finally:
        browser.close()
    scratch.finish()


main()

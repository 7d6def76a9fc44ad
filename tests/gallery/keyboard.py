"""The gallery without a mouse, and what a screen reader is told of it."""
import os
import sys

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), "..", "run"))

from browser import Browser, find_chromium, gallery_url
from scratch import Scratch

chromium = find_chromium()


def named(browser, role):
    """Names of what has a role, as a screen reader is told"""
    nodes = browser.call("Accessibility.getFullAXTree")["nodes"]
    return [node["name"]["value"] for node in nodes
            if not node["ignored"] and node["role"]["value"] == role]


def focused(browser):
    return browser.evaluate("""(() => {
        const there = document.activeElement;
        return there.name || there.type || there.className || there.tagName;
    })()""")


def check_keyboard(scratch, browser):
    """All without a mouse: choose, go to a picture, enlarge, fade, read, close"""
    seen = []
    for _ in range(5):
        browser.press("Tab")
        seen.append(focused(browser))
    scratch.check("the failed job comes first, then the filter, the table, its pictures",
                  seen == ["A", "job", "class", "table-region", "shot"], seen)
    for _ in range(3):
        browser.press("Tab")
    browser.press("Enter")
    browser.press("ArrowLeft", shift=True)
    browser.wait("document.querySelector('dialog output').textContent !== ''")
    browser.press("ArrowLeft", shift=True)
    seen = [focused(browser)]
    for _ in range(3):
        browser.press("Tab")
        seen.append(focused(browser))
    scratch.check("Enter enlarges, and the controls follow one another",
                  seen == ["button", "button", "range", "button"], seen)
    told = {role: named(browser, role) for role in ("dialog", "slider", "status", "image")}
    scratch.check("a screen reader is told the picture, the slider and the value",
                  told["dialog"] == ["vanilla_bp, color · ramp"]
                  and told["slider"] == ["Fade over the picture"]
                  and "vanilla_bp, color of ramp for eel" in told["image"], told)
    said = browser.evaluate("document.querySelector('dialog output').textContent")
    scratch.check("and where it was read", said.startswith("row "), said)
    browser.press("Escape")
    scratch.check("Escape leads back to the picture", focused(browser) == "shot")


def main():
    scratch = Scratch()
    scratch.write_ini("[vanilla_bp]\n[bad]\ntechnique = misbehaving\n",
                      images="ramp.png:3, dots.png:2, again/ramp.png")
    code, said = scratch.run()
    scratch.check("the run ends like one with a failing job", code == 1, said)
    browser = Browser(chromium, scratch.path("profile"))
    try:
        browser.open(gallery_url(scratch.path("out")), 1400, 900)
        check_keyboard(scratch, browser)
    finally:
        browser.close()
    scratch.finish()


main()

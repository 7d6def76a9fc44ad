"""axe-core finds no fault in the gallery: light, dark, enlarged, filtered, an evaluation.

The package comes from npm; AXE names an axe.min.js to use instead.
"""
import json
import os
import shutil
import subprocess
import sys

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), "..", "run"))

from browser import Browser, find_chromium, gallery_url
from scratch import Scratch, program

PACKAGE = "axe-core@4.14.1"

JOBS = """
[vanilla_bp]
[grad_cam]
layer = features.2
[bad]
technique = misbehaving
[emitting]
[emitting_once]
"""

RUN = """axe.run(document, { resultTypes: ["violations", "incomplete"] }).then((found) => ({
    passes: found.passes.length,
    violations: found.violations.map((rule) =>
        [rule.id, rule.help, rule.nodes.slice(0, 3).map((node) => node.html.slice(0, 200))]),
}))"""


def skip(reason):
    print("SKIP:", reason)
    sys.exit(77)


def fetch_axe(scratch):
    """The text of axe.min.js; quickly given up where npm cannot be reached."""
    path = os.environ.get("AXE")
    if not path:
        if shutil.which("npm") is None:
            skip("npm is not installed, which brings axe-core")
        try:
            done = subprocess.run(
                ["npm", "install", "--prefix", scratch.path("npm"), "--no-save",
                 "--ignore-scripts", "--no-audit", "--no-fund", "--fetch-retries=0",
                 "--fetch-timeout=10000", "--cache", scratch.path("npm-cache"), PACKAGE],
                capture_output=True, timeout=60)
        except subprocess.TimeoutExpired:
            skip("npm takes too long to bring axe-core")
        if done.returncode != 0:
            skip("npm cannot bring %s" % PACKAGE)
        path = scratch.path("npm", "node_modules", "axe-core", "axe.min.js")
    with open(path, encoding="utf-8") as file:
        return file.read()


def check(scratch, browser, axe, where):
    browser.evaluate(axe + "; true")
    found = browser.evaluate(RUN)
    scratch.check("%s: axe-core finds no fault" % where,
                  found["passes"] > 10 and not found["violations"], *found["violations"])


def check_evaluation(scratch, browser, axe):
    scratch.write_ini("[vanilla_bp]\n[grad_cam]\nlayer = features.2\n", images="ramp.png",
                      more="[evaluation]\nannotations = marks.json\ncurve_steps = 4\n"
                           "sanity = yes\n")
    with open(scratch.path("marks.json"), "w", encoding="utf-8") as file:
        json.dump({"pictures": [{"path": "ramp.png", "width": 40, "height": 30, "objects": [
            {"class": "snake", "box": [5, 5, 25, 20], "main": True}]}]}, file)
    done = subprocess.run([program, "evaluate", "run.ini", "-o", "evaluated"],
                          cwd=scratch.folder, env=scratch.environment, timeout=300,
                          capture_output=True)
    scratch.check("the evaluation is done", done.returncode == 0, done.stderr)
    for scheme in ("light", "dark"):
        browser.open(gallery_url(scratch.path("evaluated")), 1400, 900, scheme)
        browser.evaluate("document.querySelectorAll('details').forEach("
                         "(fold) => { fold.open = true; })")
        check(scratch, browser, axe, "%s evaluation" % scheme)


def main():
    chromium = find_chromium()
    scratch = Scratch()
    axe = fetch_axe(scratch)
    scratch.write_ini(JOBS, images="ramp.png:3, dots.png:2, again/ramp.png")
    code, said = scratch.run()
    scratch.check("the run ends like one with a failing job", code == 1, said)
    url = gallery_url(scratch.path("out"))
    browser = Browser(chromium, scratch.path("profile"))
    try:
        for scheme in ("light", "dark"):
            for width in (1400, 390):
                where = "%s %d" % (scheme, width)
                browser.open(url, width, 900, scheme)
                check(scratch, browser, axe, where)
                browser.evaluate("document.querySelectorAll('details').forEach("
                                 "(fold) => { fold.open = true; })")
                check(scratch, browser, axe, where + ", unfolded")
                browser.evaluate("document.querySelectorAll('a.shot')[4].click()")
                browser.press("ArrowLeft", shift=True)
                check(scratch, browser, axe, where + ", enlarged")
        check_evaluation(scratch, browser, axe)
    finally:
        browser.close()
    scratch.finish()


main()

"""A gallery that would be too large for a browser is divided into pages, which link to each other and
which a later run removes."""
import os
import re
import sys

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), "..", "run"))

from scratch import Scratch

PICTURES, JOBS = 480, 40
CELLS = 20000  # that a page may have: of each job, of the head and of the network's view

scratch = Scratch()
scratch.write_ini("".join("[map_%d]\ntechnique = vanilla_bp\n" % i for i in range(JOBS)) + "[emitting_once]\n",
                  images=", ".join(["ramp.png"] * PICTURES),
                  more="output_format = npy-only\npack = yes\nlimits.jobs = 100")


def shown(page):
    return re.findall('<span class="picture-name">([^<]*)</span>', page)


def check_pages(pages):
    names = [view["name"] for view in scratch.manifest()["pictures"]]
    scratch.check("all pictures are there once, in order, and no page has too many",
                  [name for page in pages for name in shown(page)] == names
                  and all(len(shown(page)) * (JOBS + 2) <= CELLS for page in pages), [len(shown(page)) for page in pages])
    rows = [re.findall('href="map_7/maps.npy#row=([0-9]*)"', page) for page in pages]
    scratch.check("each page has the rows of its pictures", [int(row) for page in rows for row in page]
                  == list(range(PICTURES)) and [len(page) for page in rows] == [len(shown(page)) for page in pages])
    scratch.check("each links to the other, and says which pictures it has",
                  'href="page-2.html" title="%s to ramp-480"' % shown(pages[1])[0] in pages[0] and 'href="index.html" title="ramp to' in pages[1]
                  and "pictures 1 to %d of %d" % (len(shown(pages[0])), PICTURES) in pages[0]
                  and "pictures %d to %d of %d" % (len(shown(pages[0])) + 1, PICTURES, PICTURES) in pages[1])
    scratch.check("the first 24 of each are shown at once", all(
        len(re.findall('<th scope="col" class="cell"[^>]*?hidden', page)) == max(0, len(shown(page)) - 24) for page in pages))
    scratch.check("the maps, of which there are too many, are links alone", not any(
        re.search('maps.npy#row=[0-9]*" data-shape="3 24 16" data-values', page) for page in pages)
                  and all('maps.npy#row=' + row in page for page, row in zip(pages, ("0", str(PICTURES - 1)))))
    scratch.check("jobs without pictures are on the first alone", [
        "<section class=\"alone\"" in page for page in pages] == [True, False])


code, said = scratch.run()
scratch.check("a run on many pictures", code == 0, said)
names = sorted(name for name in os.listdir(scratch.path("out")) if name.endswith(".html"))
scratch.check("two pages", names == ["index.html", "page-2.html"] and scratch.manifest()["gallery_pages"] == 2, names)
check_pages([open(scratch.path("out", name), encoding="utf-8").read() for name in names])

with open(scratch.path("out", "page-3.html"), "w") as file:
    file.write("the user's own")
scratch.write_ini("[vanilla_bp]\n", images="ramp.png, dots.png")
code, said = scratch.run()
page = open(scratch.path("out", "index.html"), encoding="utf-8").read()
names = sorted(name for name in os.listdir(scratch.path("out")) if name.endswith(".html"))
scratch.check("a smaller run removes the second page, and nothing else of such a name", code == 0
              and names == ["index.html", "page-3.html"], names, said)
scratch.check("a gallery that fits is one file, and says nothing of pages", "class=\"pages\"" not in page
              and "page-2" not in page and "gallery_pages" not in scratch.manifest())
scratch.finish()

"""With contact_sheet = yes there is a sheet for each photograph: its cells are what Pillow makes
of the jobs' pictures, each with a label, and the manifest has its path."""
import os
import sys

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), "..", "oracle"))
import engine_tool
engine_tool.use_oracle("numpy", "PIL")

import numpy as np
from PIL import Image  # noqa: E402

from scratch import Scratch

EXTENT, GAP, LINE = 320, 8, 18
JOBS = ["vanilla_bp", "saliency", "emitting", "a_job_whose_name_is_longer_than_a_cell"]
LABELS = ["ramp: eel"] + JOBS
INI = "[vanilla_bp]\n[saliency]\n[emitting]\n[%s]\ntechnique = saliency\n[emitting_once]\n" % JOBS[-1]

scratch = Scratch()
scratch.write_ini(INI, more="contact_sheet = yes")


def fitted(path):
    picture = Image.open(path).convert("RGB")
    longer = max(picture.size)
    return picture.resize([(side * EXTENT + longer // 2) // longer for side in picture.size],
                          Image.BILINEAR)


def shown(manifest, view, job):
    """The file of a job that the sheet has: its overlay, or its first picture"""
    made = [item for item in manifest["artifacts"] if item["job"] == job
            and item["picture"] == view["name"] and item["kind"] == "image"]
    return ([item for item in made if item["name"] == "overlay"] or made)[0]["path"]


def check_sheet(manifest, view):
    sheet = Image.open(scratch.path("out", view["contact_sheet"]))
    cells = [fitted(scratch.path("out", path)) for path in
             [view["input"]] + [shown(manifest, view, job) for job in JOBS]]
    columns, rows = 3, 2  # of five cells
    high = max(cell.height for cell in cells) + LINE + 2 * GAP
    size = (columns * (EXTENT + GAP) + GAP, rows * high + GAP)
    scratch.check(view["name"] + " has a sheet of this size", sheet.size == size, sheet.size, size)
    for i, cell in enumerate(cells):
        x, y = GAP + i % columns * (EXTENT + GAP), GAP + i // columns * high
        left = x + (EXTENT - cell.width) // 2
        found = sheet.crop((left, y, left + cell.width, y + cell.height))
        scratch.check("cell %d of %s is the picture" % (i, view["name"]),
                      (np.asarray(found) == np.asarray(cell)).all())
        line = np.asarray(sheet.crop((x, y + high - LINE - GAP, x + EXTENT, y + high - GAP)))
        width = np.nonzero((line == 0).all(2).any(0))[0].max() + 1
        letters = min(len(LABELS[i]), EXTENT // 12)
        scratch.check("cell %d has a label of %d letters" % (i, letters),
                      view["name"] != "ramp" or 12 * letters - 10 <= width <= 12 * letters, width)
    empty = np.asarray(sheet.crop((GAP + 2 * (EXTENT + GAP), GAP + high, *size)))
    scratch.check("there is nothing where the sixth cell would be", (empty == 255).all())


code, said = scratch.run()
manifest = scratch.manifest()
scratch.check("a run with sheets", code == 0, said)
for view in manifest["pictures"]:
    check_sheet(manifest, view)
sheets = {path: data for path, data in scratch.files().items() if "/sheets/" in path}
scratch.check("a sheet for each picture", len(sheets) == len(manifest["pictures"]) == 3, sheets.keys())
code, said = scratch.run("-s", "run.isolate=yes", "-o", "isolated")
isolated = scratch.files("isolated")
scratch.check("isolated jobs have the same sheets",
              all(isolated.get(path) == data for path, data in sheets.items()), said)
code, said = scratch.run("-s", "run.contact_sheet=no")
scratch.check("without the key they go", "removed 3 files" in said
              and not os.path.exists(scratch.path("out", "input", "sheets"))
              and "contact_sheet" not in scratch.manifest()["pictures"][0], said)
scratch.finish()

"""[run] output_format: JPEG is what Pillow reads, near the PNG of the same run, and its bytes are those
of every run; npy-only draws nothing, and has the same arrays and numbers, with those of pictures in
their place."""
import io
import os
import sys

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), "..", "oracle"))
import engine_tool
engine_tool.use_oracle("numpy", "PIL")

import numpy as np
from PIL import Image, JpegImagePlugin  # noqa: E402

from scratch import Scratch, write_png

JOBS = "[vanilla_bp]\n[grad_cam]\n[grad_cam_large]\ntechnique = grad_cam\nat = picture\n[emitting]\n[emitting_once]\n"

scratch = Scratch()
write_png(scratch.path("wide.png"), 700, 40, lambda x, y: (x // 3 % 256, 6 * y, 90))
scratch.write_ini(JOBS, images="ramp.png:3, dots.png, wide.png", more="contact_sheet = yes\nthreads = 1")


def with_endings(files, *endings):
    return {path: data for path, data in files.items() if path.endswith(endings)}


def artifacts(output):
    return {(item["job"], item["picture"], item["name"]): item
            for item in scratch.manifest(output)["artifacts"]}


def check_jpeg(path, data, png):
    found, wanted = Image.open(io.BytesIO(data)), Image.open(io.BytesIO(png))
    scratch.check(path + " is a baseline JPEG of the size and colors of the PNG",
                  found.format == "JPEG" and found.size == wanted.size and found.mode == wanted.mode
                  and "progressive" not in found.info, found, wanted)
    # 0: 4:4:4; gray has one layer alone
    scratch.check(path + " has all samples of its colors",
                  found.mode == "L" or JpegImagePlugin.get_sampling(found) == 0)
    away = np.abs(np.asarray(found, float) - np.asarray(wanted, float))
    # What libjpeg makes of the same pixels in Pillow, but for rounding
    buffer = io.BytesIO()
    wanted.save(buffer, "JPEG", quality=90, subsampling=0)
    same = np.abs(np.asarray(Image.open(buffer), float) - np.asarray(found, float))
    scratch.check(path + " shows the PNG as well as Pillow's JPEG does", same.max() <= 2, away.mean(), same.max())


def check_jpeg_run(plain):
    code, said = scratch.run("-s", "run.output_format=jpeg", "-o", "jpeg")
    files = scratch.files("jpeg")
    scratch.check("a run that writes JPEG", code == 0, said)
    opaque = {path for path, data in with_endings(plain, ".png").items()
              if "objects" not in path and Image.open(io.BytesIO(data)).mode != "RGBA"}
    scratch.check("all pictures but labels and those with opacity are JPEG: views, thumbnails and sheets too",
                  set(files) == {path[:-4] + ".jpg" if path in opaque else path for path in plain}
                  and {path.split("/")[1] for path in opaque if path.startswith("input/")} >= {"sheets", "thumbnails"},
                  set(files) ^ set(plain))
    for path in sorted(opaque):
        if "/sheets/" not in path and path[:-4] + ".jpg" in files:  # sheets are made of the JPEGs
            check_jpeg(path[:-4] + ".jpg", files[path[:-4] + ".jpg"], plain[path])
    kept = {path for path in with_endings(plain, ".png", ".npy", ".gif", ".svg") if path not in opaque
            and "/seen" not in path}  # which is read back of a picture
    scratch.check("the rest is the same", all(files.get(path) == plain[path] for path in kept))
    page = files["index.html"].decode()
    scratch.check("the gallery shows the JPEGs", all(path[:-4] + ".jpg" in page and path not in page
                  for path in opaque if "/sheets/" not in path))
    code, said = scratch.run("-s", "run.output_format=jpeg", "-s", "run.isolate=yes", "-o", "isolated")
    scratch.check("isolated jobs give the same bytes", code == 0 and {
        path for path, data in scratch.files("isolated").items() if data != files.get(path)} <= {"manifest.json", "index.html"}, said)
    code, said = scratch.run("-s", "run.output_format=jpeg", "-s", "run.jpeg_quality=20", "-o", "poor")
    scratch.check("a poor quality takes less room", code == 0 and all(
        len(data) < len(files[path]) for path, data in with_endings(scratch.files("poor"), "overlay.jpg").items()))
    code, said = scratch.run("-s", "run.contact_sheet=no", "-o", "jpeg")
    scratch.check("a later run removes them", not with_endings(scratch.files("jpeg"), ".jpg"), said)


def check_numbers_run(plain):
    code, said = scratch.run("-s", "run.output_format=npy-only", "-s", "run.contact_sheet=no", "-o", "numbers")
    files = scratch.files("numbers")
    scratch.check("a run that draws nothing", code == 0, said)
    scratch.check("no picture of any kind", {os.path.splitext(path)[1] for path in files}
                  <= {".npy", ".json", ".html", ""}, sorted(files))
    arrays = with_endings(plain, ".npy")
    scratch.check("arrays are the same", arrays and all(files.get(path) == data for path, data in arrays.items()))
    with_pictures, without = artifacts("out"), artifacts("numbers")
    missing = {key for key, item in with_pictures.items() if key not in without}
    drawn = {key for key in missing if with_pictures[key]["kind"] == "image" and not key[0].startswith("emitting")}
    films = {key for key in missing if with_pictures[key]["kind"] == "animation"}
    scratch.check("what is drawn of maps is not there, nor animations, and nothing else lacks",
                  missing == drawn | films and drawn and films and set(without) <= set(with_pictures), missing)
    for key, item in without.items():
        other = with_pictures[key]
        if item["kind"] in ("map", "array", "figure"):
            scratch.check("%s is the same artifact" % (key,), item == other, item, other)
            continue
        array = np.load(scratch.path("numbers", item["array"]))
        scratch.check("%s has its array alone" % (key,), item["path"] is None and item["kind"] == other["kind"]
                      and item["target"] == other["target"], item)
        if item["kind"] == "image":
            pixels = np.asarray(Image.open(scratch.path("out", other["path"])))
            pixels = pixels.reshape(pixels.shape[:2] + (-1,)).transpose(2, 0, 1)
            scratch.check("%s is the picture's values" % (key,), array.dtype == np.float32
                          and array.shape == pixels.shape == tuple(item["shape"])
                          and np.abs(np.clip(array, 0, 1) * 255 - pixels).max() <= 0.5001)
        else:
            scratch.check("%s says the same" % (key,), {k: v for k, v in item.items() if k != "path"}
                          == {k: v for k, v in other.items() if k != "path"}, item, other)
    manifest = scratch.manifest("numbers")
    scratch.check("classes are there, and no views", all(
        view["input"] is None and view["target"] == other["target"] and view["top"] == other["top"]
        for view, other in zip(manifest["pictures"], scratch.manifest()["pictures"])))
    page = files["index.html"].decode()
    scratch.check("the gallery says so, and has names, classes and links to arrays, but no picture",
                  "npy-only" in page and "class=\"shot" not in page and "grad_cam/ramp/attribution.npy" in page
                  and "emitting/dots/step-0010.npy" in page and "tiger cat" in page)
    code, said = scratch.run("-s", "run.output_format=npy-only", "-s", "run.contact_sheet=no", "-s",
                             "run.isolate=yes", "-o", "apart")
    scratch.check("isolated jobs have the same files", code == 0 and {
        path for path, data in scratch.files("apart").items() if data != files.get(path)} <= {"manifest.json", "index.html"}, said)


code, said = scratch.run()
scratch.check("a run that writes PNG", code == 0, said)
plain = scratch.files()
check_jpeg_run(plain)
check_numbers_run(plain)
scratch.finish()

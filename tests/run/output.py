"""What a run writes: files, arrays, manifest; and that it is the same each time."""
import os

from scratch import LABELS, Scratch, png_size, read_npy

GRADIENT = {"attribution.npy", "color.png", "gray.png", "positive.png", "negative.png"}
CAM = {"attribution.npy", "gray.png", "heatmap.png", "overlay.png"}

JOBS = """
[vanilla_bp]
[guided_bp]
target = bird
[saliency]
[grad_cam]
layer = features.1
[guided_grad_cam]
cam = grad_cam
gradient = guided_bp
[noisy]
technique = averaged
base = vanilla_bp
noise_level = 0.5
[contact_sheet]
[noise_card]
"""
STYLES = {"vanilla_bp": GRADIENT, "guided_bp": GRADIENT, "guided_grad_cam": GRADIENT,
          "noisy": GRADIENT, "saliency": CAM, "grad_cam": CAM}
NAMES = ["ramp", "dots", "ramp-2"]
SHAPES = {"vanilla_bp": (3, 24, 16), "saliency": (1, 24, 16), "grad_cam": (1, 24, 16)}

scratch = Scratch()
scratch.write_ini(JOBS)
code, said = scratch.run()
scratch.check("a successful run exits with 0", code == 0, said)
scratch.check("without a terminal no progress bar is printed", "\r" not in said, said)

# Files

files = scratch.files()
wanted = {"manifest.json", "index.html"} | {"input/%s.png" % name for name in NAMES}
wanted |= {"%s/%s/%s" % (job, name, file)
           for job, style in STYLES.items() for name in NAMES for file in style}
wanted |= {"contact_sheet/%s/%s" % (name, file) for name in NAMES
           for file in ("sheet.png", "sheet-small.png", "sheet-noisy.png", "noise.npy")}
wanted |= {"noise_card/card.png"}
scratch.check("the files are exactly those documented",
              set(files) == wanted, sorted(set(files) ^ wanted))
for job, shape in SHAPES.items():
    for name in NAMES:
        found, values = read_npy(scratch.path("out", job, name, "attribution.npy"))
        scratch.check("%s of %s has shape %s" % (job, name, shape), found == shape, found)
        scratch.check("%s of %s is not empty" % (job, name), any(values))

# Manifest

manifest = scratch.manifest()
artifacts = manifest["artifacts"]
by_path = {item["path"]: item for item in artifacts if "path" in item}
scratch.check("the manifest lists every file of a job once",
              sorted(by_path) == sorted(path for path in wanted
                                        if "/" in path and not path.startswith("input/"))
              and len(by_path) == sum("path" in item for item in artifacts))
scratch.check("the manifest has seed and engine",
              manifest["seed"] == 5 and manifest["engine"]["name"] == "reference"
              and manifest["engine"]["description"] and not manifest["interrupted"],
              manifest["seed"], manifest["engine"])
scratch.check("the manifest has the network",
              manifest["model"]["architecture"] == "small"
              and manifest["model"]["classes"] == 7, manifest["model"])
scratch.check("jobs are in the order of the file, all done",
              [(job["name"], job["status"]) for job in manifest["jobs"]]
              == [(name, "ok") for name in ("vanilla_bp", "guided_bp", "saliency",
                                            "grad_cam", "guided_grad_cam", "noisy",
                                            "contact_sheet", "noise_card")],
              manifest["jobs"])
parameters = {job["name"]: job["parameters"] for job in manifest["jobs"]}
scratch.check("parameters have their effective values, including defaults",
              parameters["grad_cam"]["layer"] == "features.1"
              and parameters["grad_cam"]["opacity"] == "0.4"
              and parameters["guided_bp"]["target"] == "bird"
              and parameters["guided_grad_cam"]["cam"] == "grad_cam", parameters)
pictures = {item["name"]: item for item in manifest["pictures"]}
scratch.check("each picture has its own name", list(pictures) == NAMES, pictures)
for name, picture in pictures.items():
    top = picture["top"]
    shares = [item["probability"] for item in top]
    scratch.check("%s: the best five classes, best first" % name,
                  len(top) == 5 and shares == sorted(shares, reverse=True)
                  and 0 < sum(shares) <= 1 and
                  all(item["name"] == LABELS[item["index"]] for item in top), top)
    scratch.check("%s: the predicted class is the best" % name,
                  picture["predicted"]["index"] == top[0]["index"])
    scratch.check("%s: the network's view is a picture of its input size" % name,
                  png_size(scratch.path("out", picture["input"])) == (16, 24))
scratch.check("targets are those of the file, or the predicted class",
              pictures["ramp"]["target"]["index"] == 3
              and pictures["ramp-2"]["target"]["index"] == 0
              and pictures["dots"]["target"]["index"]
              == pictures["dots"]["predicted"]["index"])
for path, item in by_path.items():
    full = scratch.path("out", path)
    if path.endswith(".png"):
        scratch.check("%s has the size given in the manifest" % path,
                      png_size(full) == (item["shape"][2], item["shape"][1]))
        continue
    shape, values = read_npy(full)
    scratch.check("%s has the shape given in the manifest" % path,
                  list(shape) == item["shape"], shape, item["shape"])
    if item["kind"] == "map":
        low, high = item["figures"]["min"], item["figures"]["max"]
        scratch.check("%s: least and greatest value" % path,
                      abs(low - min(values)) <= 1e-6 * max(1, abs(low))
                      and abs(high - max(values)) <= 1e-6 * max(1, abs(high)),
                      low, min(values), high, max(values))
target = by_path["guided_bp/ramp/attribution.npy"]["target"]
scratch.check("`target` of a job overrules the pictures'",
              target == {"index": 4, "name": "bird"}, target)
figures = {(item["job"], item["picture"]): item["value"]
           for item in artifacts if item["kind"] == "figure"}
scratch.check("scalars are in the manifest",
              set(figures) == {("contact_sheet", name) for name in NAMES}
              | {("noise_card", None)} and 0.4 < figures["noise_card", None] < 0.6,
              figures)

# The same each time

scratch.run("-o", "second")
scratch.check("the same seed gives the same bytes", scratch.files("second") == files)
scratch.run("-o", "single", "-s", "run.batch=1")
single = scratch.files("single")
scratch.check("batches of 1 give the same names", set(single) == set(files))
for path in sorted(files):
    if path.endswith(".npy"):
        first = read_npy(scratch.path("out", path))
        alone = read_npy(scratch.path("single", path))
        largest = max(map(abs, first[1])) or 1
        worst = max(abs(a - b) for a, b in zip(first[1], alone[1]))
        scratch.check("%s does not depend on the batch" % path,
                      first[0] == alone[0] and worst <= 1e-5 * largest, worst, largest)
order = [(item["job"], item["picture"], item["name"]) for item in artifacts]
scratch.check("the manifest's order does not depend on the batch",
              order == [(item["job"], item["picture"], item["name"])
                        for item in scratch.manifest("single")["artifacts"]])
scratch.run("-o", "third", "-s", "run.seed=6")
third = scratch.files("third")
scratch.check("a different seed gives different noise",
              third["noise_card/card.png"] != files["noise_card/card.png"])

# Stale files stay, what is made anew is replaced

with open(scratch.path("out", "mine.txt"), "w") as file:
    file.write("kept")
code, said = scratch.run("--only", "guided_grad_cam", "-o", "only")
kept = scratch.files("only")
scratch.check("--only writes nothing for jobs that are only needed",
              code == 0 and {path.split("/")[0] for path in kept}
              == {"manifest.json", "index.html", "input", "guided_grad_cam"}, said)
scratch.check("--only gives the same maps",
              kept["guided_grad_cam/dots/attribution.npy"]
              == files["guided_grad_cam/dots/attribution.npy"])
scratch.run("--only", "vanilla_bp")
scratch.check("files of earlier runs are kept, the manifest is replaced",
              os.path.exists(scratch.path("out", "mine.txt"))
              and os.path.exists(scratch.path("out", "grad_cam", "dots", "gray.png"))
              and {item["job"] for item in scratch.manifest()["artifacts"]}
              == {"vanilla_bp"})

# Pictures of their own sizes

scratch.write_ini("[vanilla_bp]")
with open(scratch.path("free.ini"), "w") as file:
    file.write("[network]\nname = free\ninput_size = 24 16\n[layers]\n"
               "conv = conv2d out=5 kernel=3\nrelu = relu\n"
               "pool = adaptive_avg_pool2d output=1\nflatten = flatten\n")
code, said = scratch.run("-s", "model.architecture=free.ini", "-s", "input.resize=none",
                         "-s", "input.images=ramp.png, dots.png, ramp.png",
                         "-o", "free")
shapes = {name: read_npy(scratch.path("free", "vanilla_bp", name, "attribution.npy"))[0]
          for name in NAMES} if code == 0 else {}
scratch.check("without resizing, every picture keeps its size",
              shapes == {"ramp": (3, 30, 40), "dots": (3, 48, 32),
                         "ramp-2": (3, 30, 40)}, said, shapes)
scratch.finish()

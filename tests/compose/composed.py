"""Techniques that build on any attribution: what must hold whatever the base is, and
whatever the network."""
import os
import sys

sys.path.insert(0, os.path.join(os.environ.get("top_srcdir", "."), "tests", "run"))
from scratch import Scratch, build, read_npy  # noqa: E402

PICTURES = ["ramp", "dots", "ramp-2"]

scratch = Scratch()
os.symlink(os.path.join(build, "tests", "compose", ".libs", "redness.so"),
           scratch.path("plugins", "redness.so"))

# Straight lines between kinks, and no bias: scores scale with the input.
with open(scratch.path("homogeneous.ini"), "w") as file:
    file.write("""
[network]
name = homogeneous
labels = small.labels
input_size = 24 16
mean = 0.5 0.5 0.5
std = 0.25 0.25 0.25

[layers]
features.0 = conv2d out=6 kernel=3 padding=1 bias=no
features.1 = relu
features.2 = max_pool2d kernel=2 stride=2
flatten = flatten
classifier = linear out=7 bias=no
""")


def run(jobs, output="out", network="small.ini", seed=5, more=""):
    scratch.write_ini(jobs, more=more)
    return scratch.run("-o", output, "-s", "run.seed=%d" % seed, "-s",
                       "model.architecture=" + network, "-s", "model.weights=random:7")


def values(job, picture, output="out"):
    return read_npy(scratch.path(output, job, picture, "attribution.npy"))[1]


def data(job, picture, output="out"):
    with open(scratch.path(output, job, picture, "attribution.npy"), "rb") as file:
        return file.read()


def near(a, b, tolerance):
    return all(abs(x - y) <= tolerance * max(1, abs(y)) for x, y in zip(a, b))


def figures(job, name, output="out"):
    return {artifact["picture"]: artifact["value"]
            for artifact in scratch.manifest(output)["artifacts"]
            if artifact["job"] == job and artifact["name"] == name}


# Without noise

BASES = ["vanilla_bp", "guided_bp", "saliency", "grad_cam", "redness"]
jobs = "[grad_cam]\nlayer = features.1\n" + "".join(
    "[%s]\n" % base for base in BASES if base != "grad_cam")
for base in BASES:
    jobs += ("[still_%s]\ntechnique = smooth_grad\nbase = %s\nnoise_level = 0\n"
             "[squared_%s]\ntechnique = smooth_grad\nbase = %s\nnoise_level = 0\n"
             "statistic = squared\n"
             "[moved_%s]\ntechnique = smooth_grad\nbase = %s\nsamples = 4\n"
             % ((base,) * 6))
code, said = run(jobs)
scratch.check("every attribution can be smoothed", code == 0, said)
for base in BASES:
    for picture in PICTURES:
        scratch.check("noise level 0 gives %s, bit for bit (%s)" % (base, picture),
                      data(base, picture) == data("still_" + base, picture))
        scratch.check("its square is that of %s (%s)" % (base, picture),
                      near(values("squared_" + base, picture),
                           [v * v for v in values(base, picture)], 1e-6))
        scratch.check("noise changes %s (%s)" % (base, picture),
                      data(base, picture) != data("moved_" + base, picture))
    drawn = {name for name in os.listdir(scratch.path("out", base, "ramp"))}
    scratch.check("the smoothed map is drawn like %s" % base, drawn
                  == set(os.listdir(scratch.path("out", "moved_" + base, "ramp"))), drawn)

# Statistics, of the same noise where a job has the same name

seen = {}
for statistic in ("mean", "squared", "variance"):
    code, said = run("[vanilla_bp]\n[smooth_grad]\nsamples = 6\nstatistic = %s\n"
                     % statistic, output=statistic)
    scratch.check("the %s is computed" % statistic, code == 0, said)
    seen[statistic] = values("smooth_grad", "dots", statistic)
scratch.check("the mean square is the mean's square and the variance",
              near(seen["squared"], [m * m + v for m, v in
                                     zip(seen["mean"], seen["variance"])], 1e-5))
scratch.check("the variance is above 0 somewhere and never below",
              max(seen["variance"]) > 0 and min(seen["variance"]) >= 0)

# Same seed, same bytes; other copies together, other batches

SMOOTH = ("[vanilla_bp]\n[guided_bp]\n[smooth_grad]\nbase = guided_bp\nsamples = 5\n%s\n"
          "[twice]\ntechnique = smooth_grad\nbase = smooth_grad\nsamples = 2\n"
          "[integrated_gradients]\nsteps = 6\nbaseline = mean\n[grad_times_input]\n")
NAMES = ["smooth_grad", "twice", "integrated_gradients", "grad_times_input"]
for output, line, batch, seed in (("first", "", 1, 5), ("again", "", 1, 5),
                                  ("batch", "", 8, 5),
                                  ("copies", "copies_together = 2", 1, 5),
                                  ("seeded", "", 1, 6)):
    code, said = run(SMOOTH % line, output=output, seed=seed, more="batch = %d" % batch)
    scratch.check("the run %s succeeds" % output, code == 0, said)
for name in NAMES:
    for picture in PICTURES:
        what = "%s of %s" % (name, picture)
        scratch.check(what + ": same seed, same bytes",
                      data(name, picture, "first") == data(name, picture, "again"))
        scratch.check(what + ": a batch gives the same as single pictures",
                      near(values(name, picture, "first"),
                           values(name, picture, "batch"), 1e-5))
        scratch.check(what + ": the number of copies in a batch does not matter",
                      near(values(name, picture, "first"),
                           values(name, picture, "copies"), 1e-5))
    changed = data(name, "ramp", "first") != data(name, "ramp", "seeded")
    scratch.check("%s: a different seed gives different noise, if there is any" % name,
                  changed == (name in ("smooth_grad", "twice")))

# Sums

code, said = run("""
[vanilla_bp]
[grad_times_input]
[integrated_gradients]
baseline = mean
steps = 3
[exact]
technique = integrated_gradients
steps = 400
[blurred]
technique = integrated_gradients
baseline = blur
blur = 4
steps = 400
[other]
technique = integrated_gradients
baseline = picture
picture = again/ramp.png
steps = 400
""", network="homogeneous.ini")
scratch.check("contributions are computed", code == 0, said)
logits = {picture["name"]: picture["target"]["logit"]
          for picture in scratch.manifest()["pictures"]}
for picture in PICTURES:
    score = logits[picture]
    for job in ("grad_times_input", "integrated_gradients"):
        total = sum(values(job, picture))
        scratch.check("without biases %s of %s sums to the score" % (job, picture),
                      near([total], [score], 1e-4), total, score)
    scratch.check("the gradient does not change on the way from zero (%s)" % picture,
                  near(values("grad_times_input", picture),
                       values("integrated_gradients", picture), 1e-5))
    for job in ("exact", "blurred", "other"):
        change = figures(job, "score")[picture] \
            - figures(job, "score_of_baseline")[picture]
        total = sum(values(job, picture))
        told = figures(job, "completeness_error")[picture]
        true = abs(total - change) / abs(change) if change else abs(total)
        scratch.check("%s of %s sums to the change of the score" % (job, picture),
                      abs(total - change) <= 0.01 * max(1, abs(change)), total, change)
        scratch.check("%s reports its error on %s" % (job, picture),
                      abs(told - true) <= 1e-4, told, true)
scratch.check("a picture as its own baseline gives zero",
              not any(values("other", "ramp-2")), max(values("other", "ramp-2")))
scratch.check("the score is that of the manifest",
              near([figures("exact", "score")[p] for p in PICTURES],
                   [logits[p] for p in PICTURES], 1e-5))

# Bases that do not fit

for jobs, wanted, words in (
        ("[saliency]\n[grad_times_input]\nbase = saliency\n", 1,
         ["saliency", "base", "shape"]),
        ("[saliency]\n[integrated_gradients]\nbase = saliency\n", 1,
         ["saliency", "base", "shape"]),
        ("[vanilla_bp]\n[integrated_gradients]\nbaseline = picture\n", 2,
         ["picture = PATH"])):
    code, said = run(jobs)
    scratch.check("bases that do not fit are refused with a message", code == wanted
                  and all(word in said for word in words), code, said)
code, said = run("[guided_bp]\n[integrated_gradients]\nbase = guided_bp\nsteps = 2\n")
scratch.check("a wrong gradient is visible in the sum", code == 0 and "% off" in said, said)
scratch.finish()

"""fooling and disguised_fooling on a small network: the confidence in the manifest is
PyTorch's for the saved file, bounds hold in the file, and what is not reached is reported."""
import re

import small
from small import Image, np, scratch

GOAL = 0.9
# Its logit is the same for every picture, and far below what the others can fall to.
UNREACHABLE = 5

small.classifier.weight *= 12
small.classifier.weight[UNREACHABLE] = 0
small.classifier.bias[UNREACHABLE] = -60
small.save_network()
small.save_grain("grain.png", 40, 30, 3)

JOBS = """
[fooling]
target = snake, eel, rocket
confidence = 0.9
snapshots = 1
animation = yes
[logit]
technique = fooling
target = eel
confidence = 0.9
objective = logit
[modern]
technique = fooling
target = eel
confidence = 0.9
preset = modern
pad = 2
jitter = 2
jitter_last = 1
[disguised]
technique = disguised_fooling
target = snake, bird
confidence = 0.6
amplification = 4
[bounded_linf]
technique = disguised_fooling
target = snake
confidence = 0.3
bound_linf = 7.9
learning_rate = 2
[bounded_l2]
technique = disguised_fooling
target = snake
confidence = 0.2
bound_l2 = 150
learning_rate = 2
[unreachable]
technique = fooling
target = snake, apple
confidence = 0.9
iterations = 30
"""
REACHABLE = "fooling,logit,modern,disguised,bounded_linf,bounded_l2"


def confidence(target, *path):
    levels = small.picture(*path)
    return small.network(small.normalized(levels)).softmax(1)[0, target].item()


def check_confidence(job, target, goal, path, name, output="out"):
    ours = small.figures(job, output).get("confidence-" + name)
    theirs = confidence(target, output, job, path)
    scratch.check("%s %s: the manifest has PyTorch's confidence for the file" % (job, name),
                  small.near(ours, theirs, 1e-5), ours, theirs)
    scratch.check("%s %s: the file has the required confidence" % (job, name),
                  theirs >= goal - 1e-6, theirs)
    return ours


def change(job, path):
    start = small.picture("out", "input", "grain.png").astype(float)
    return small.picture("out", job, "grain", path).astype(float) - start


def check_disguised():
    found = small.figures("disguised")
    for target, name in ((0, "0-snake"), (4, "4-bird")):
        check_confidence("disguised", target, 0.6, "grain/fooling-%s.png" % name, name)
        moved = change("disguised", "fooling-%s.png" % name)
        scratch.check("the mean change is that of the file", small.near(
            found.get("mean_change-" + name), np.abs(moved).mean()), found)
        scratch.check("the largest change is that of the file", small.near(
            found.get("largest_change-" + name), np.abs(moved).max()), found)
        shown = small.picture("out", "disguised", "grain", "difference-%s.png" % name)
        wanted = (127.5 + 4 * moved).clip(0, 255)
        scratch.check("the difference is drawn about gray, four times as large",
                      np.abs(shown - wanted).max() <= 0.5 + 1e-3, np.abs(shown - wanted).max())


def check_bounds():
    check_confidence("bounded_linf", 0, 0.3, "grain/fooling-0-snake.png", "0-snake")
    largest = np.abs(change("bounded_linf", "fooling-0-snake.png")).max()
    scratch.check("no value changes by more than bound_linf, 7 whole levels",
                  0 < largest <= 7, largest)
    check_confidence("bounded_l2", 0, 0.2, "grain/fooling-0-snake.png", "0-snake")
    norm = np.sqrt((change("bounded_l2", "fooling-0-snake.png") ** 2).sum())
    scratch.check("the change is no longer than bound_l2", 0 < norm <= 150, norm)


def whole_run():
    small.write_ini(JOBS, "grain.png")
    small.run("reachable confidences are reached", "--only", REACHABLE)
    for target, name in ((0, "0-snake"), (3, "3-eel"), (6, "6-rocket")):
        check_confidence("fooling", target, GOAL, "fooling-%s.png" % name, name)
        animation = Image.open(scratch.path("out", "fooling", "animation-%s.gif" % name))
        curve = np.load(scratch.path("out", "fooling", "curve-%s.npy" % name))
        scratch.check("%s stops as soon as it is reached" % name,
                      len(curve) < 200 and animation.n_frames == len(curve), len(curve))
    check_confidence("logit", 3, GOAL, "fooling-3-eel.png", "3-eel")
    check_confidence("modern", 3, GOAL, "fooling-3-eel.png", "3-eel")
    check_disguised()
    check_bounds()
    return scratch.files()


def same_bytes(made):
    small.run("a second run succeeds", "-o", "second", "--only", REACHABLE)
    small.check_same("the same seed gives the same bytes", made, scratch.files("second"))
    small.run("a class alone", "-o", "alone", "-s", "fooling.target=eel", "--only", "fooling")
    path = "fooling/fooling-3-eel.png"
    scratch.check("a class gives the same result alone", scratch.files("alone")[path] == made[path])


def unreachable():
    """One class of two cannot be had: told with the best value, all pictures kept."""
    code, said = scratch.run("-o", "far", "--only", "unreachable")
    best = confidence(UNREACHABLE, "far", "unreachable", "fooling-5-apple.png")
    scratch.check("an unreached confidence fails the job", code == 1, code)
    told = re.search(r'1 of 2 pictures .* 0\.9 within 30 steps: .*"apple" has (\S+);', said)
    scratch.check("the class, the steps and the best value are reported",
                  told and abs(float(told.group(1)) - best) < 1e-4, said, best)
    ours = small.figures("unreachable", "far").get("confidence-5-apple")
    scratch.check("its confidence is in the manifest", small.near(ours, best, 1e-5), ours)
    check_confidence("unreachable", 0, GOAL, "fooling-0-snake.png", "0-snake", "far")
    job = scratch.manifest("far")["jobs"]
    scratch.check("the manifest says that the job failed", [
        item["status"] for item in job if item["name"] == "unreachable"] == ["failed"], job)


def refusals():
    for setting, told in (("bounded_linf.bound_linf=0.5", "less than one gray level"),
                          ("bounded_linf.target=eel,eel", "twice")):
        code, said = scratch.run("-o", "no", "-s", setting, "--only", "bounded_linf")
        scratch.check("%s is refused" % setting, code == 2 and told in said, said)


made = whole_run()
same_bytes(made)
unreachable()
refusals()
scratch.finish()

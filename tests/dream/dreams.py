"""deep_dream and inversion on a small network, beside the same procedures in PyTorch and
Pillow: steps, octaves, guides, tiles, any size of picture, and figures of saved files."""
import small
from small import Image, features, np, scratch, torch

small.save_network()
ODD = small.save_grain("odd.png", 53, 101, 3)
SMALL = small.save_grain("small.png", 23, 19, 4)
GUIDE = small.save_grain("guide.png", 16, 24, 5)
START = small.save_grain("start.png", 16, 24, 6)

DREAMS = """
[octaves]
technique = deep_dream
layer = features.3
iterations = 5
octaves = 3
snapshots = 2
animation = yes
[still]
technique = deep_dream
layer = features.3, features.1
iterations = 4
octaves = 2
jitter = 0
[traditional]
technique = deep_dream
preset = traditional
layer = features.2
filter = 1, 3
iterations = 20
[guided]
technique = deep_dream
layer = features.3
guide = guide.png
iterations = 4
octaves = 1
jitter = 0
[whole]
technique = deep_dream
layer = features.1
octaves = 2
jitter = 0
[tiled]
technique = deep_dream
layer = features.1
octaves = 2
jitter = 0
tile = 32
"""
INVERSIONS = """
[paper]
technique = inversion
layer = features.0, features.2, features.3
snapshots = 200
animation = yes
iterations = 400
[tradition]
technique = inversion
preset = traditional
layer = features.2
learning_rate = 1000
iterations = 60
start = picture
start_picture = start.png
keep_array = yes
"""


def resize(image, height, width, filter):
    """(3,H,W) of float, as Pillow resamples it"""
    return np.stack([np.asarray(Image.fromarray(plane.astype(np.float32), "F").resize(
        (width, height), filter)) for plane in image])


def to_input(image):
    return torch.from_numpy((image[None] - 0.5) / 0.25).float()


def ascend(image, value, steps):
    """Steps of 1.5 gray levels on average, on the picture (3,H,W) itself"""
    for _ in range(steps):
        x = torch.from_numpy(image.astype(np.float32))[None].requires_grad_(True)
        gradient, = torch.autograd.grad(value((x - 0.5) / 0.25), x)
        gradient = gradient[0].numpy()
        image = (image + 1.5 / 255 * gradient / np.abs(gradient).mean()).clip(0, 1)
    return image


def check_levels(fact, path, theirs, mean=0.1):
    """Like theirs (3,H,W): all but what float's rounding tips over"""
    ours = small.picture(*path).transpose(2, 0, 1).astype(float)
    apart = np.abs(ours - theirs * 255)
    scratch.check(fact, ours.shape == theirs.shape and apart.mean() <= 0.5 + mean
                  and np.quantile(apart, 0.99) < 1.5, ours.shape, apart.mean(),
                  apart.max())


def octaves():
    def value(x):
        return sum((features[:depth](x) ** 2).sum() / 2 for depth in (2, 4))

    original = ODD.transpose(2, 0, 1) / 255.0
    height, width = round(101 / 1.4), round(53 / 1.4)
    base = resize(original, height, width, Image.LANCZOS)
    detail = ascend(base.clip(0, 1), value, 4) - base
    start = (original + resize(detail, 101, 53, Image.BILINEAR)).clip(0, 1)
    check_levels("two octaves of two layers are those of PyTorch and Pillow",
                 ("out", "still", "odd", "dream-features.3.png"), ascend(start, value, 4))


def traditional():
    """torch.optim's steps at the network's size"""
    for filter in (1, 3):
        x = small.normalized(small.picture("out", "input", "odd.png")).requires_grad_(True)
        optimizer = torch.optim.SGD([x], lr=12, weight_decay=1e-4)
        for _ in range(20):
            optimizer.zero_grad()
            (-features[:3](x)[0, filter].mean()).backward()
            optimizer.step()
        check_levels("20 steps for filter %d are torch.optim's" % filter,
                     ("out", "traditional", "odd", "dream-features.2-%d.png" % filter),
                     small.levels_of(x).transpose(2, 0, 1) / 255)


def guided():
    wanted = features(small.normalized(GUIDE))[0].flatten(1)

    def value(x):
        answers = features(x)[0].flatten(1)
        best = (answers.T @ wanted).argmax(1)
        return (answers * wanted[:, best].detach()).sum()

    check_levels("a guided dream takes the best matches, as PyTorch's does",
                 ("out", "guided", "odd", "dream-features.3.png"),
                 ascend(ODD.transpose(2, 0, 1) / 255.0, value, 4), 0.2)


def tiles():
    """Behind a stride, tiles at another offset see other places: not for this layer."""
    whole = small.picture("out", "whole", "odd", "dream-features.1.png").astype(float)
    tiled = small.picture("out", "tiled", "odd", "dream-features.1.png").astype(float)
    changed = np.abs(whole - ODD).mean()
    apart = np.abs(whole - tiled).mean()
    scratch.check("tiles change only pixels along their edges",
                  changed > 5 and 0 < apart < changed / 5, changed, apart)


def dreams():
    small.write_ini(DREAMS, "odd.png, small.png")
    small.run("dreams of any size succeed")
    for job in ("octaves", "still", "guided", "whole", "tiled"):
        layer = "features.1" if job in ("whole", "tiled") else "features.3"
        for name, levels in (("odd", ODD), ("small", SMALL)):
            dream = small.picture("out", job, name, "dream-%s.png" % layer)
            scratch.check("%s of %s has the picture's own size" % (job, name),
                          dream.shape == levels.shape, dream.shape)
            found = {item["name"]: item["value"]
                     for item in scratch.manifest()["artifacts"]
                     if item["job"] == job and item["kind"] == "figure"
                     and item["picture"] == name}
            scratch.check("%s of %s: the layer responds more strongly" % (job, name),
                          found["objective_end-" + layer]
                          > found["objective_start-" + layer], found)
    animation = Image.open(scratch.path("out", "octaves", "odd",
                                        "animation-features.3.gif"))
    scratch.check("one animation shows two octaves (a third is too small) at one size",
                  animation.n_frames == 4 and animation.size == (53, 101),
                  animation.n_frames, animation.size)
    octaves()
    traditional()
    guided()
    tiles()
    made = scratch.files()
    small.run("dreams again", "-o", "second")
    small.check_same("the same seed gives the same dreams", made, scratch.files("second"))


def relative(depth, levels, wanted):
    """||Phi(x) - Phi_0|| / ||Phi_0||"""
    phi, phi_0 = (features[:depth + 1](small.normalized(picture))
                  for picture in (levels, wanted))
    return ((phi - phi_0).norm() / phi_0.norm()).item()


def check_errors():
    picture = small.picture("out", "input", "odd.png")
    found = small.figures("paper")
    for layer, depth in (("features.0", 0), ("features.2", 2), ("features.3", 3)):
        path = ("out", "paper", "odd", "inversion-%s.png" % layer)
        theirs = relative(depth, small.picture(*path), picture)
        ours = found.get("relative_error-" + layer)
        scratch.check("%s: the relative error is PyTorch's for the file" % layer,
                      small.near(ours, theirs), ours, theirs)
        noise = relative(depth, np.random.RandomState(1).randint(0, 256, picture.shape),
                         picture)
        scratch.check("%s: the error is far below that of noise" % layer,
                      theirs < noise / 2, theirs, noise)


def tradition():
    """torch.optim's momentum on 0.1 l + 1e-7 R_6 + 1e-8 R_V^2, the rate a tenth every 40"""
    wanted = features[:3](small.normalized(small.picture("out", "input", "odd.png")))
    x = small.normalized(START).requires_grad_(True)
    optimizer = torch.optim.SGD([x], lr=1000, momentum=0.9)
    for step in range(60):
        if step % 40 == 0:
            optimizer.param_groups[0]["lr"] /= 10
        optimizer.zero_grad()
        error = ((features[:3](x) - wanted) ** 2).sum() / (wanted ** 2).sum()
        right = torch.zeros_like(x)
        down = torch.zeros_like(x)
        right[..., :-1] = x[..., 1:] - x[..., :-1]
        down[..., :-1, :] = x[..., 1:, :] - x[..., :-1, :]
        (0.1 * error + 1e-7 * (x ** 6).sum()
         + 1e-8 * (right ** 2 + down ** 2).sum()).backward()
        optimizer.step()
    ours = np.load(scratch.path("out", "tradition", "odd", "array-features.2.npy"))
    theirs = x.detach()[0].numpy()
    scratch.check("60 steps of the traditional inversion are torch.optim's",
                  ours.shape == theirs.shape and np.abs(ours - theirs).max() < 1e-3,
                  np.abs(ours - theirs).max())


def inversions():
    small.write_ini(INVERSIONS, "odd.png")
    small.run("inversions succeed")
    check_errors()
    tradition()
    made = scratch.files()
    small.run("inversions again", "-o", "second")
    small.check_same("the same seed gives the same inversions", made, scratch.files("second"))


def refusals():
    small.write_ini(DREAMS, "odd.png")
    for setting, told in (("still.filter=1", "name one layer"),
                          ("guided.filter=1", "remove guide"),
                          ("traditional.filter=4", "from 0 to 3"),
                          ("traditional.filter=1,1", "twice")):
        code, said = scratch.run("-o", "no", "-s", setting, "--only",
                                 setting.split(".")[0])
        scratch.check("%s is refused" % setting, code == 2 and told in said, said)


dreams()
inversions()
refusals()
scratch.finish()

"""Filters that see nothing in the start: pictures are those of PyTorch's optimizers with
Lucid's redirected ReLU gradients, what never starts is listed once and left out of the
contact sheet, and a job fails only where nothing starts."""
import small
from small import features, network, normalized, picture, scratch

import numpy as np
import torch
import torch.nn.functional as F

HEIGHT, WIDTH = small.HEIGHT, small.WIDTH

# Of the last layer's filters, 0 starts silent, 1 and 3 do not, and 2 never starts.
features[2].bias[:] = torch.tensor([-0.7, 1.0, -1.0, 1.0])
features[2].weight[2] = 0
small.save_network()
grain = small.save_grain("grain.png", WIDTH, HEIGHT, 3)


class Redirected(torch.autograd.Function):
    """As in Lucid, but for a value that rises; counts how often it is redirected"""
    times = 0

    @staticmethod
    def forward(context, x):
        context.save_for_backward(x)
        return x.clamp(min=0)

    @staticmethod
    def backward(context, gradient):
        x, = context.saved_tensors
        true = gradient * (x > 0)
        if true.norm() > 0:
            return true
        Redirected.times += 1
        return gradient * ((x > 0) | (gradient > 0))


def activation(x, relu):
    for module in features:
        x = relu(x) if isinstance(module, torch.nn.ReLU) else module(x)
    return x


def ascend(start, optimizer, steps, objective):
    """What is optimized, where every step without a gradient of its own is redirected"""
    x = start.clone().requires_grad_(True)
    optimizer = optimizer([x])
    for _ in range(steps):
        gradient, = torch.autograd.grad(objective(activation(x, F.relu)), x)
        if not gradient.any():
            gradient, = torch.autograd.grad(objective(activation(x, Redirected.apply)), x)
        x.grad = -gradient
        optimizer.step()
    return x.detach()


def levels_apart(ours, theirs):
    return np.abs(ours.astype(float) - small.levels_of(theirs).round()).max()


def run(jobs, images=None, output="out"):
    small.write_ini(jobs, images)
    return scratch.run("-o", output)


ALL = """
[filter_vis]
layer = features.3
filter = %s
start = picture
start_picture = grain.png
"""
code, said = run(ALL % "all")
manifest = scratch.manifest()
scratch.check("a job with silent filters does well", code == 0, said)
starts = small.figures("filter_vis")
scratch.check("filters 0 and 2 see nothing in the start, 1 and 3 something",
              [starts["activation_start-features.3-%d" % n] == 0 for n in range(4)]
              == [True, False, True, False], starts)
for filter in (0, 1):
    theirs = ascend(normalized(grain), lambda x: torch.optim.Adam(x, 0.1, weight_decay=1e-6),
                    30, lambda a: a[0, filter].mean())
    ours = picture("out", "filter_vis", "filter-features.3-%d.png" % filter)
    scratch.check("filter %d has PyTorch's picture" % filter,
                  levels_apart(ours, theirs) <= 1, levels_apart(ours, theirs))
    scratch.check("filter %d starts" % filter,
                  starts["activation_end-features.3-%d" % filter] > 0, starts)
    if filter == 0:
        scratch.check("it is redirected in some steps and not in all", 0 < Redirected.times < 16,
                      Redirected.times)
        Redirected.times = 0
scratch.check("filter 1 is never redirected", Redirected.times == 0, Redirected.times)

listed = "1 of 4 pictures never started: features.3-2 "
scratch.check("what never starts is listed once", said.count("never started") == 1
              and listed in said, said)
scratch.check("and in the manifest", [listed in warning["text"]
                                      for warning in manifest["warnings"]] == [True],
              manifest["warnings"])
sheet = picture("out", "filter_vis", "sheet-features.3.png")
# Two by two, with four pixels between
places = [sheet[4 + row:4 + row + HEIGHT, 4 + column:4 + column + WIDTH]
          for row in (0, HEIGHT + 4) for column in (0, WIDTH + 4)]
scratch.check("and leaves its place on the sheet white",
              [bool((place == 255).all()) for place in places] == [False, False, True, False])
together = scratch.files("out")
code, said = run(ALL % "1")
alone = scratch.files("out")
name = "filter_vis/filter-features.3-1.png"
scratch.check("company makes no difference to a filter with a gradient",
              code == 0 and alone[name] == together[name], said)

code, said = run(ALL % "2", output="none")
scratch.check("a job of which nothing starts fails, and says why", code == 1
              and "the gradient of features.3-2 is zero everywhere" in said
              and "start_low" in said, said)
scratch.check("and saves no picture", not [path for path in scratch.files("none")
                                           if path.endswith(".png")])
code, said = run("[filter_vis]\nlayer = features.3\n")
scratch.check("the default filter_vis does well", code == 0, said)

DREAM = """
[deep_dream]
layer = features.3
filter = %s
preset = traditional
iterations = 30
optimizer = adam
learning_rate = 0.1
"""
code, said = run(DREAM % "0, 2", "grain.png")
theirs = ascend(normalized(grain), lambda x: torch.optim.Adam(x, 0.1, weight_decay=1e-4), 30,
                lambda a: a[0, 0].mean())
ours = picture("out", "deep_dream", "grain", "dream-features.3-0.png")
scratch.check("a dream of a silent filter starts as well", code == 0
              and levels_apart(ours, theirs) <= 1 and np.abs(ours - grain).max() > 10, said)
scratch.check("the other one is listed, and not there",
              "1 of 2 pictures never started: features.3-2 " in said
              and "deep_dream/grain/dream-features.3-2.png" not in scratch.files("out"), said)
code, said = run(DREAM % "2", "grain.png", "nightmare")
scratch.check("a dream that never starts fails", code == 1
              and "the gradient of features.3-2 is zero everywhere" in said, said)
scratch.check("and saves no picture", not [path for path in scratch.files("nightmare")
                                           if path.startswith("deep_dream")])

# Filter 0 never starts; filter 3 sees something in the grain, and nothing in gray, which
# a strong decay leads to.
features[2].weight[0] = 0
features[2].bias[3] = 0
grainy, gray = (features[:3](x)[0, 3].max().item()
                for x in (normalized(grain), torch.zeros(1, 3, HEIGHT, WIDTH)))
features[2].bias[3] = -(grainy + gray) / 2
small.save_network()
code, said = run("[filter_vis]\nlayer = features.3\n", output="next")
scratch.check("where the first filter never starts, the default takes the next", code == 0
              and [name for name in scratch.files("next") if name.endswith(".png")]
              == ["filter_vis/filter-features.3-1.png"], said, scratch.files("next").keys())
scratch.check("and says so", "1 of 2 pictures never started: features.3-0 " in said, said)
code, said = run(ALL % "1, 3" + "optimizer = sgd\nlearning_rate = 0.01\n"
                 "weight_decay = 100\niterations = 60\n")
scratch.check("what loses its gradient on the way is listed as well", grainy > gray
              and code == 0 and "1 of 2 pictures stopped early: features.3-3 (" in said, said)
scratch.finish()

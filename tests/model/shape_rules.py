"""Shapes follow PyTorch's rules to the last corner.

Some hundred one-layer networks with seeded settings (kernel, stride, padding, dilation,
groups, ceil_mode, sizes that are not square) are inferred by graph_dump and carried out
by torch: the shapes agree, and what torch refuses is refused.
"""

import os
import random
import subprocess
import sys
import tempfile

DUMP = os.path.join(os.environ["top_builddir"], "tests", "model", "graph_dump")
ORACLE = os.environ.get("PYTHON_ORACLE", "")
CASES = 400

if "--oracle" not in sys.argv:
    if not ORACLE:
        print("SKIP: no Python with torch (set PYTHON_ORACLE)")
        sys.exit(77)
    os.execvp(ORACLE, [ORACLE, __file__, "--oracle"])

import torch
import torch.nn.functional as F


def infer(cases):
    """Output shapes, and None for descriptions that are refused"""
    shapes, shape = [], None
    with tempfile.TemporaryDirectory() as folder:
        paths = [os.path.join(folder, "%d.ini" % number) for number in range(len(cases))]
        for path, (line, height, width, _) in zip(paths, cases):
            with open(path, "w") as stream:
                stream.write("[network]\ninput_size = %d %d\n[layers]\nlayer = %s\n"
                             "flat = flatten\n" % (height, width, line))
        result = subprocess.run([DUMP, "each"] + paths, check=True, stdout=subprocess.PIPE,
                                stderr=subprocess.DEVNULL, universal_newlines=True)
    for text in result.stdout.splitlines():
        fields = text.split("\t")
        if fields[:2] == ["node", "layer"]:
            shape = tuple(int(n) for n in fields[4].split(","))
        elif fields[0] in ("done", "refused"):
            shapes.append(shape if fields[0] == "done" else None)
            shape = None
    return shapes


def carry_out(function):
    try:
        return tuple(function().shape[1:])
    except RuntimeError:
        return None


def pair(values):
    return "%d,%d" % tuple(values)


def draw(chance):
    """One case: line of the description, input size, torch's function"""
    height, width = chance.randint(1, 20), chance.randint(1, 20)
    kernel = [chance.randint(1, 5), chance.randint(1, 5)]
    stride = [chance.randint(1, 4), chance.randint(1, 4)]
    padding = [chance.randint(0, 2), chance.randint(0, 2)]
    dilation = [chance.randint(1, 3), chance.randint(1, 3)]
    ceil_mode = chance.random() < 0.5
    x = torch.zeros(1, 3, height, width)
    kind = chance.choice(["conv2d", "conv_transpose2d", "max_pool2d", "avg_pool2d",
                          "adaptive_avg_pool2d"])
    if kind == "adaptive_avg_pool2d":
        return ("%s output=%s" % (kind, pair(kernel)), height, width,
                lambda: F.adaptive_avg_pool2d(x, kernel))
    line = "%s kernel=%s stride=%s padding=%s" % (kind, pair(kernel), pair(stride),
                                                 pair(padding))
    if kind == "conv2d":
        groups, out = chance.choice([1, 1, 2, 3]), chance.choice([1, 3, 6])
        line += " out=%d groups=%d dilation=%s" % (out, groups, pair(dilation))
        return (line, height, width, lambda: torch.nn.Conv2d(
            3, out, kernel, stride, padding, dilation, groups)(x)
            if 3 % groups == 0 and out % groups == 0 else refuse())
    if kind == "conv_transpose2d":
        groups, out = chance.choice([1, 1, 2, 3]), chance.choice([1, 3, 6])
        extra = [chance.randint(0, 2), chance.randint(0, 2)]
        line += " out=%d groups=%d dilation=%s output_padding=%s" % (
            out, groups, pair(dilation), pair(extra))
        return (line, height, width, lambda: torch.nn.ConvTranspose2d(
            3, out, kernel, stride, padding, extra, groups, True, dilation)(x)
            if 3 % groups == 0 and out % groups == 0 else refuse())
    large = any(p > k // 2 for p, k in zip(padding, kernel))
    ceil_mode = ceil_mode and not large
    line += " ceil_mode=%s" % ("yes" if ceil_mode else "no")
    if kind == "max_pool2d":
        return (line + " dilation=" + pair(dilation), height, width,
                lambda: pool(x, kernel, padding, dilation, lambda y, rest: F.max_pool2d(
                    y, kernel, stride, rest, dilation, ceil_mode)))
    return (line, height, width,
            lambda: pool(x, kernel, padding, [1, 1], lambda y, rest: F.avg_pool2d(
                y, kernel, stride, rest, ceil_mode)))


def pool(x, kernel, padding, dilation, function):
    """More padding than torch's pools take goes before them, but not as much as a window"""
    if all(p <= k // 2 for p, k in zip(padding, kernel)):
        return function(x, padding)
    if any(p > (k - 1) * d for p, k, d in zip(padding, kernel, dilation)):
        raise RuntimeError("a window of nothing but padding")
    return function(F.pad(x, (padding[1],) * 2 + (padding[0],) * 2), 0)


def refuse():
    raise RuntimeError("groups do not divide the channels")


def main():
    chance = random.Random(2)
    failures = refused = 0
    cases = [draw(chance) for _ in range(CASES)]
    shapes = infer(cases)
    assert len(shapes) == CASES
    for (line, height, width, function), ours in zip(cases, shapes):
        theirs = carry_out(function)
        refused += theirs is None
        if ours != theirs:
            failures += 1
            print("FAIL: %s on %dx%d gives %s, torch %s" %
                  (line, height, width, ours, theirs))
    print("%d layers agree with torch, %d of them refused by both" %
          (CASES - failures, refused))
    assert 0 < refused < CASES // 2
    sys.exit(1 if failures else 0)


main()

"""Run by measure_oracle.py: compare measure_tool with NumPy."""
import os
import subprocess
import sys
import tempfile

import numpy as np

tool = sys.argv[1]
generator = np.random.default_rng(11)
checks = failures = 0


def check(fact, ours, theirs, tolerance=1e-9):
    global checks, failures
    checks += 1
    ours, theirs = np.asarray(ours, float), np.asarray(theirs, float)
    if ours.shape != theirs.shape or np.abs(ours - theirs).max() > tolerance:
        failures += 1
        print("FAIL: %s: %s, NumPy %s" % (fact, ours.ravel()[:6], theirs.ravel()[:6]))


def ask(*arguments):
    words = []
    for item in arguments:
        if isinstance(item, np.ndarray):
            path = "array-%d.npy" % len(words)
            np.save(path, np.ascontiguousarray(item, np.float32))
            item = path
        words.append(str(item))
    done = subprocess.run([tool] + words, capture_output=True, check=True)
    return [float(line) for line in done.stdout.split()]


def pixel_grid(height, width):
    y, x = np.mgrid[0:height, 0:width]
    return y, x


def pointing(plane, box, tolerance):
    y, x = pixel_grid(*plane.shape)
    dx = np.maximum(np.maximum(box[0] - (x + .5), (x + .5) - box[2]), 0)
    dy = np.maximum(np.maximum(box[1] - (y + .5), (y + .5) - box[3]), 0)
    return (np.hypot(dx, dy) <= tolerance)[plane == plane.max()].mean()


def energy(plane, box, fine=8):
    """With pixels cut into fine x fine parts; box in eighths."""
    large = np.kron(plane.astype(np.float64), np.ones((fine, fine)))
    x0, y0, x1, y1 = (int(round(v * fine)) for v in box)
    return large[y0:y1, x0:x1].sum() / large.sum()


def iou(plane, coverage):
    coverage = coverage.astype(np.float64)

    def at(selected):
        both = (selected * coverage).sum()
        return both / (selected.sum() + coverage.sum() - both)
    values = np.unique(plane[plane > 0])
    scores = [at(plane >= value) for value in values]
    best = max(scores)
    levels = [at(plane.astype(np.float64) >= ((i + 1) / 100) ** 2 * float(plane.max()))
              for i in range(100)]
    first = [v for v, s in zip(values, scores) if abs(s - best) < 1e-12]
    return best, [v / plane.max() for v in first], levels


def ranks(values):
    """Mean ranks, by counting"""
    values = values.ravel()
    return np.array([(values < v).sum() + ((values == v).sum() + 1) / 2 for v in values])


def spearman(a, b):
    return np.corrcoef(ranks(a), ranks(b))[0, 1]


def ssim(a, b, size=11, deviation=1.5):
    """Wang et al. 2004, window by window"""
    offset = np.arange(size) - size // 2
    window = np.exp(-offset ** 2 / (2 * deviation ** 2))
    window = np.outer(window, window)
    window /= window.sum()
    c1, c2 = (.01 * 255) ** 2, (.03 * 255) ** 2
    found = []
    for y in range(a.shape[0] - size + 1):
        for x in range(a.shape[1] - size + 1):
            p, q = a[y:y + size, x:x + size], b[y:y + size, x:x + size]
            mp, mq = (window * p).sum(), (window * q).sum()
            vp, vq = (window * (p - mp) ** 2).sum(), (window * (q - mq) ** 2).sum()
            cov = (window * (p - mp) * (q - mq)).sum()
            found.append((2 * mp * mq + c1) * (2 * cov + c2)
                         / ((mp ** 2 + mq ** 2 + c1) * (vp + vq + c2)))
    return np.mean(found)


def blur(image, deviation):
    radius = int(np.ceil(3 * deviation))
    weights = np.exp(-np.arange(-radius, radius + 1) ** 2 / (2 * deviation ** 2))
    weights /= weights.sum()
    for axis in (2, 3):
        pad = [(0, 0)] * 4
        pad[axis] = (radius, radius)
        padded = np.pad(image, pad, mode="symmetric")
        image = sum(w * np.take(padded, range(k, k + image.shape[axis]), axis)
                    for k, w in enumerate(weights))
    return image


with tempfile.TemporaryDirectory() as folder:
    os.chdir(folder)
    for turn in range(20):
        height, width = generator.integers(3, 24, 2)
        plane = generator.random((height, width)).astype(np.float32)
        if turn % 3 == 0:
            plane = np.round(plane * 5).astype(np.float32)  # ties and zeros
            plane[0, 0] = 5
        x0, y0 = generator.integers(0, width * 4), generator.integers(0, height * 4)
        x1 = generator.integers(x0 + 1, width * 8 + 1)
        y1 = generator.integers(y0 + 1, height * 8 + 1)
        box = [x0 / 8, y0 / 8, x1 / 8, y1 / 8]
        tolerance = float(generator.random() * 4)
        check("pointing", ask("pointing", plane, *box, tolerance),
              [pointing(plane, box, tolerance)])
        check("energy", ask("energy", plane, *box), [energy(plane, box)])
        coverage = generator.random((height, width)).astype(np.float32)
        if turn % 2:
            coverage = np.round(coverage)
            coverage[0, 0] = 1
        best, places, levels = iou(plane, coverage)
        ours = ask("iou", plane, coverage)
        check("best IoU", ours[:1], [best])
        check("where it is", [min(abs(ours[1] - place) for place in places)], [0], 1e-7)
        # A value within rounding of a level may fall on either side of it.
        clear = [i for i in range(100) if np.abs(
            plane - ((i + 1) / 100) ** 2 * plane.max()).min() > 1e-6 or i == 99]
        check("IoU at all levels", np.array(ours[2:])[clear], np.array(levels)[clear])
        other = np.round(generator.random((height, width)) * 8).astype(np.float32)
        check("Spearman", ask("spearman", plane, other), [spearman(plane, other)])
    for height, width in ((11, 11), (13, 30), (26, 17)):
        a = generator.integers(0, 256, (height, width)).astype(np.float64)
        near = np.clip(a + generator.normal(0, 20, a.shape), 0, 255).round()
        for b in (near, 255 - a, np.zeros_like(a)):
            check("SSIM", ask("ssim", a, b), [ssim(a, b)])
    small = generator.integers(0, 256, (6, 20)).astype(np.float64)
    check("SSIM of a low picture", ask("ssim", small, small[:, ::-1]),
          [ssim(small, small[:, ::-1], 5)])
    for shape, size in (((12, 8), (6, 4)), ((9, 10), (4, 7)), ((5, 7), (8, 9))):
        mask = generator.integers(0, 2, shape)
        ask("cover", mask, size[0], size[1], "cover.npy")
        rows, columns = shape
        large = np.kron(mask, np.ones((size[0], size[1])))
        theirs = large.reshape(size[0], rows, size[1], columns).mean((1, 3))
        check("coverage %s to %s" % (shape, size), np.load("cover.npy"), theirs, 1e-6)
    for deviation in (0.4, 1.5, 6):
        image = generator.normal(0, 1, (1, 3, 9, 14)).astype(np.float32)
        ask("blur", image, deviation, "blurred.npy")
        check("blur by %g" % deviation, np.load("blurred.npy"),
              blur(image.astype(np.float64), deviation), 1e-5)
    os.chdir("/")
print("%d checks, %d failures" % (checks, failures))
sys.exit(0 if checks and not failures else 1)

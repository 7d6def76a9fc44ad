"""Optimizers, penalties, views and spaces against PyTorch and numpy.

Each is computed once more from its definition, in double precision; gradients come
from PyTorch's automatic differentiation.
"""
import math
import os
import subprocess
import sys
import tempfile

oracle = os.environ.get("PYTHON_ORACLE", "")
if not oracle:
    print("skipped: no Python with PyTorch")
    sys.exit(77)
if os.path.realpath(sys.executable) != os.path.realpath(oracle):
    os.execv(oracle, [oracle] + sys.argv)

import numpy
import torch

tool = os.path.join(os.environ["top_builddir"], "tests", "optimize", "optimize_tool")
if not os.path.exists(tool):
    print("cannot be set up: there is no", tool)
    sys.exit(99)
folder = tempfile.TemporaryDirectory(prefix="cnnviz-")
generator = numpy.random.default_rng(7)
failures = 0
checks = 0


def path(name):
    return os.path.join(folder.name, name + ".npy")


def run(command, words, given, wanted):
    """Run the tool on arrays; the arrays it writes, and what it prints."""
    for index, array in enumerate(given):
        numpy.save(path("in%d" % index), numpy.ascontiguousarray(array, "float32"))
    files = [path("in%d" % index) for index in range(len(given))]
    files += [path("out%d" % index) for index in range(wanted)]
    done = subprocess.run([tool, command] + [repr(word) for word in words] + files,
                          capture_output=True, check=True, text=True)
    return [numpy.load(path("out%d" % index)) for index in range(wanted)], done.stdout


def check(fact, found, wanted, tolerance):
    global failures, checks
    checks += 1
    wanted = numpy.asarray(wanted)
    error = numpy.abs(numpy.asarray(found).reshape(wanted.shape) - wanted).max()
    scale = max(numpy.abs(wanted).max(), 1e-30)
    if not error <= tolerance * scale:
        failures += 1
        print("FAIL: %s: off by %g of %g" % (fact, error, scale))


# ---- Optimizers ----

STEPS = 20


def torch_steps(make, start, gradients):
    variable = torch.tensor(start, requires_grad=True)
    optimizer = make([variable])
    taken = []
    for gradient in gradients:
        variable.grad = torch.tensor(gradient)
        optimizer.step()
        taken.append(variable.detach().numpy().copy())
    return taken


start = generator.normal(size=40).astype("float32")
gradients = generator.normal(size=(STEPS, 40)).astype("float32")
for rate, momentum, decay in [(0.1, 0, 0), (0.1, 0.9, 0), (0.05, 0.9, 0.01), (2, 0, 1e-4)]:
    (steps,), _ = run("step", [0, rate, momentum, decay], [start, gradients], 1)
    check("SGD %g %g %g" % (rate, momentum, decay), steps,
          torch_steps(lambda group: torch.optim.SGD(group, rate, momentum,
                                                    weight_decay=decay),
                      start, gradients), 1e-6)
    mean = numpy.abs(gradients).mean(axis=1, keepdims=True)
    (steps,), _ = run("step", [2, rate, momentum, decay], [start, gradients], 1)
    check("normalized %g %g %g" % (rate, momentum, decay), steps,
          torch_steps(lambda group: torch.optim.SGD(group, rate, momentum,
                                                    weight_decay=decay),
                      start, gradients / mean), 1e-6)
for rate, decay in [(0.1, 0), (0.1, 1e-2), (0.05, 1e-6)]:
    (steps,), _ = run("step", [1, rate, 0, decay], [start, gradients], 1)
    check("Adam %g %g" % (rate, decay), steps,
          torch_steps(lambda group: torch.optim.Adam(group, rate, weight_decay=decay),
                      start, gradients), 1e-6)

# ---- Penalties, blur, clipping ----


def penalty(x, l1, l2, norm, power, variation, exponent):
    loss = l1 * x.abs().sum() + l2 * (x ** 2).sum() + norm * (x.abs() ** power).sum()
    right = torch.zeros_like(x)
    down = torch.zeros_like(x)
    right[:, :, :-1] = x[:, :, 1:] - x[:, :, :-1]
    down[:, :-1] = x[:, 1:] - x[:, :-1]
    square = right ** 2 + down ** 2
    return loss + variation * (square[square > 0] ** (exponent / 2)).sum()


picture = generator.normal(size=(3, 9, 12)).astype("float32")
flat = picture.copy()
flat[:, 2:6, 3:9] = 0.5
for weights in [(0.3, 0, 0, 6, 0, 2), (0, 0.2, 0, 6, 0, 2), (0, 0, 0.1, 6, 0, 2),
                (0, 0, 0.1, 2.5, 0, 2), (0, 0, 0, 6, 0.4, 2), (0, 0, 0, 6, 0.4, 1),
                (0.1, 0.2, 0.05, 4, 0.3, 3)]:
    for array in (picture, flat):
        (slope,), said = run("penalty", list(weights), [array], 1)
        x = torch.tensor(array.astype("float64"), requires_grad=True)
        loss = penalty(x, *weights)
        loss.backward()
        check("value of penalties %s" % (weights,), [float(said)], [loss.item()], 1e-6)
        check("gradient of penalties %s" % (weights,), slope, x.grad.numpy(), 1e-5)

for deviation in (0.3, 1, 2.5, 5):
    (blurred,), _ = run("blur", [deviation], [picture], 1)
    radius = int(4 * deviation + 0.5)
    weights = numpy.exp(-0.5 * (numpy.arange(-radius, radius + 1) / deviation) ** 2)
    weights /= weights.sum()
    wanted = picture.astype("float64")
    for axis in (1, 2):
        border = [(0, 0)] * 3
        border[axis] = (radius, radius)
        padded = numpy.pad(wanted, border, mode="edge")
        wanted = sum(weight * numpy.take(padded, range(shift, shift
                                                       + wanted.shape[axis]), axis)
                     for shift, weight in enumerate(weights))
    check("blur of deviation %g" % deviation, blurred, wanted, 1e-6)

slope = generator.normal(size=picture.shape).astype("float32")
for fraction in (0, 0.25, 0.9):
    (flags,), _ = run("least", [fraction], [picture, slope], 1)
    weight = numpy.abs((picture.astype("float64") * slope).sum(axis=0)).ravel()
    wanted = numpy.zeros(weight.size)
    wanted[numpy.argsort(weight)[:int(fraction * weight.size)]] = 1
    check("the least %g of the pixels" % fraction, flags, wanted, 1e-9)

# ---- Views ----

GRAY = torch.tensor([0.1, 0.2, 0.3], dtype=torch.float64).reshape(3, 1, 1)
FAR = 30  # so much of the canvas without end is drawn beyond the border


def shifted(canvas, shift, padded):
    if not padded:
        return torch.roll(canvas, shift, (1, 2))
    moved = torch.zeros_like(canvas)
    height, width = canvas.shape[1:]
    down, right = shift
    moved[:, max(down, 0):height + min(down, 0), max(right, 0):width + min(right, 0)] = \
        canvas[:, max(-down, 0):height - max(down, 0),
               max(-right, 0):width - max(right, 0)]
    return moved


def turned(canvas, scale, angle):
    """A point of the view at (down, right) from the middle comes from there turned."""
    height, width = canvas.shape[1:]
    down, right = torch.meshgrid(
        (torch.arange(height, dtype=torch.float64) - (height - 1) / 2) / scale,
        (torch.arange(width, dtype=torch.float64) - (width - 1) / 2) / scale,
        indexing="ij")
    y = math.cos(angle) * down + math.sin(angle) * right
    x = -math.sin(angle) * down + math.cos(angle) * right
    grid = torch.stack([x / ((width - 1) / 2), y / ((height - 1) / 2)], dim=-1)
    return torch.nn.functional.grid_sample(canvas[None], grid[None], mode="bilinear",
                                           padding_mode="zeros", align_corners=True)[0]


def view(image, pad, height, width, first, scale, angle, last):
    """Relative to gray, so that what is outside is 0."""
    canvas = image - GRAY
    margin = pad + FAR if pad else 0
    canvas = torch.nn.functional.pad(canvas, [margin] * 4)
    canvas = shifted(canvas, first, pad > 0)
    if (scale, angle) != (1, 0):
        canvas = turned(canvas, scale, angle)
    canvas = shifted(canvas, last, pad > 0)
    top = (canvas.shape[1] - height) // 2
    left = (canvas.shape[2] - width) // 2
    return canvas[:, top:top + height, left:left + width] + GRAY


height, width = picture.shape[1:]
for pad, seen in [(0, 0), (3, 3), (3, 0)]:
    size = (height + 2 * seen, width + 2 * seen)
    for first, scale, angle, last in [
            ((0, 0), 1, 0, (0, 0)), ((2, -3), 1, 0, (0, 0)), ((7, -6), 1, 0, (-5, 4)),
            ((0, 0), 1.3, 0, (0, 0)), ((0, 0), 1, 0.4, (0, 0)),
            ((2, 3), 0.8, -0.3, (-1, 2)), ((-4, 1), 1.1, 2.5, (3, 0))]:
        fact = "view %s" % ((pad, seen, first, scale, angle, last),)
        gradient = generator.normal(size=(3,) + size).astype("float32")
        (found, back), _ = run("view", [pad, *size, *first, float(scale), float(angle),
                                        *last], [picture, gradient], 2)
        x = torch.tensor(picture.astype("float64"), requires_grad=True)
        wanted = view(x, pad, *size, first, scale, angle, last)
        (wanted * torch.tensor(gradient)).sum().backward()
        check(fact, found, wanted.detach().numpy(), 1e-5)
        check("gradient of " + fact, back, x.grad.numpy(), 1e-5)

        # <T x - T 0, y> = <x, T^t y>
        (empty, _), _ = run("view", [pad, *size, *first, float(scale), float(angle),
                                     *last], [0 * picture, gradient], 2)
        check("transpose of " + fact,
              [((found - empty).astype("float64") * gradient).sum()],
              [(picture.astype("float64") * back).sum()], 1e-5)

# ---- Spaces ----

MEAN = torch.tensor([0.485, 0.456, 0.406], dtype=torch.float64).reshape(3, 1, 1)
STD = torch.tensor([0.229, 0.224, 0.225], dtype=torch.float64).reshape(3, 1, 1)
COLORS = numpy.array([[0.26, 0.09, 0.02], [0.27, 0, -0.05], [0.27, -0.09, 0.03]])
COLORS = torch.tensor(COLORS / numpy.linalg.norm(COLORS, axis=0).max())


def spectral_scale(height, width):
    frequency = numpy.sqrt(numpy.fft.fftfreq(height)[:, None] ** 2
                           + numpy.fft.rfftfreq(width)[None, :] ** 2)
    return 1 / numpy.maximum(frequency, 1 / max(width, height))


def numpy_image(variable, height, width):
    """The image of a spectrum, by numpy's transform"""
    spectrum = (variable[..., 0] + 1j * variable[..., 1]) * spectral_scale(height, width)
    return numpy.fft.irfft2(spectrum, (height, width), norm="ortho") / 4


def torch_image(variable, kind, decorrelate, height, width):
    image = variable
    if kind == 2:
        spectrum = torch.view_as_complex(variable.contiguous()) \
            * torch.tensor(spectral_scale(height, width))
        image = torch.fft.irfft2(spectrum, (height, width), norm="ortho") / 4
    if decorrelate:
        image = torch.einsum("ij,jhw->ihw", COLORS, image)
    return torch.sigmoid(image) if kind == 2 else image


# Even and odd sides, and primes that a transform cannot divide
for height, width in [(8, 10), (8, 9), (9, 6), (7, 9), (1, 5), (227, 4), (4, 227),
                      (211, 227)]:
    for kind, decorrelate, bgr in [(0, 0, 0), (1, 0, 0), (1, 1, 0), (1, 1, 1),
                                   (2, 0, 0), (2, 1, 0), (2, 1, 1)]:
        fact = "space %s" % ((kind, decorrelate, bgr, height, width),)
        shape = (3, height, width // 2 + 1, 2) if kind == 2 else (3, height, width)
        variable = generator.normal(size=shape).astype("float32") * 0.3
        gradient = generator.normal(size=(3, height, width)).astype("float32")
        (found, slope, back), _ = run(
            "space", [kind, decorrelate, bgr, height, width], [variable, gradient], 3)
        x = torch.tensor(variable.astype("float64"), requires_grad=True)
        image = torch_image(x, kind, decorrelate, height, width)
        if kind == 2 and not decorrelate:
            plane = numpy_image(variable.astype("float64"), height, width)
            check("numpy's transform agrees with PyTorch's",
                  1 / (1 + numpy.exp(-plane)), image.detach().numpy(), 1e-9)
        ordered = image.flip(0) if bgr else image
        wanted = x * 1 if kind == 0 else (ordered - MEAN) / STD
        (wanted * torch.tensor(gradient)).sum().backward()
        check(fact, found, wanted.detach().numpy(), 1e-5)
        check("gradient of " + fact, slope, x.grad.numpy(), 1e-5)
        if kind == 2:
            # What a spectrum holds beyond a real plane is lost on the way.
            again, _ = run("space", [kind, decorrelate, bgr, height, width],
                           [back, gradient], 3)
            check("image and back, " + fact, again[0], found, 1e-4)
        else:
            check("image and back, " + fact, back, variable, 1e-4)

print("%d checks, %d failures" % (checks, failures))
sys.exit(1 if failures or not checks else 0)

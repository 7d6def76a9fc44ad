"""What the tests of these projects print, computed once more with NumPy.

    oracle.py PROJECT <what test_PROJECT printed

Shares nothing with the plugins or with the library that ran them.
"""
import sys

try:
    import numpy as np
except ImportError:
    print("numpy is not there")
    sys.exit(77)

CHANNELS, HEIGHT, WIDTH, FEATURES, CLASSES = 2, 6, 8, 3, 4
given = {}
for line in sys.stdin:
    name, *values = line.split()
    given[name] = np.array([float(value) for value in values])

weight = given["conv_weight"].reshape(FEATURES, CHANNELS, 3, 3)
bias = given["conv_bias"]
linear = given["linear_weight"].reshape(CLASSES, -1)
pictures = given["pixels"].reshape(-1, CHANNELS, HEIGHT, WIDTH)


def relu(x):
    padded = np.pad(x, ((0, 0), (1, 1), (1, 1)))
    out = np.zeros((FEATURES, HEIGHT, WIDTH)) + bias[:, None, None]
    for dy in range(3):
        for dx in range(3):
            window = padded[:, dy:dy + HEIGHT, dx:dx + WIDTH]
            out += np.einsum("oc,chw->ohw", weight[:, :, dy, dx], window)
    return np.maximum(out, 0)


def pool(x):
    return relu(x).reshape(FEATURES, HEIGHT // 2, 2, WIDTH // 2, 2).max(axis=(2, 4))


def logits(x):
    return linear @ pool(x).ravel()


def softmax(z):
    e = np.exp(z - z.max())
    return e / e.sum()


def occlusion():
    patch, stride = 3, 2
    maps = []
    for x, target in zip(pictures, (1, 3)):
        total, covers = np.zeros((HEIGHT, WIDTH)), np.zeros((HEIGHT, WIDTH))
        for top in range(0, HEIGHT - patch + stride, stride):
            for left in range(0, WIDTH - patch + stride, stride):
                covered = x.copy()
                place = np.s_[top:top + patch, left:left + patch]
                covered[:, place[0], place[1]] = 0
                total[place] += logits(x)[target] - logits(covered)[target]
                covers[place] += 1
        maps.append(total / covers)
    return np.array(maps)


def score_cam():
    maps = []
    for x, target in zip(pictures, (2, 0)):
        activation = pool(x)
        total = np.zeros(activation.shape[1:])
        nothing = softmax(logits(np.zeros_like(x)))[target]
        for channel in activation:
            if channel.min() == channel.max():
                continue
            mask = (channel - channel.min()) / (channel.max() - channel.min())
            # The host for tests enlarges by the nearest value.
            mask = mask.repeat(2, axis=0).repeat(2, axis=1)
            total += (softmax(logits(x * mask))[target] - nothing) * channel
        maps.append(np.maximum(total, 0))
    return np.array(maps)


def contact_sheet():
    zoom = 3
    tiles = []
    for channel in relu(pictures[0]):
        scaled = channel / channel.max() if channel.max() > 0 else channel
        tiles.append(np.kron(scaled, np.ones((zoom, zoom))))
    height, width = tiles[0].shape
    sheet = np.full((2 * height + 1, 2 * width + 1), 0.25)
    for k, tile in enumerate(tiles):
        y, x = k // 2 * (height + 1), k % 2 * (width + 1)
        sheet[y:y + height, x:x + width] = tile
    silent = sum(channel.max() <= 0 for channel in relu(pictures[0]))
    if given["silent"][0] != silent:
        print("silent channels:", given["silent"][0], "instead of", silent)
        sys.exit(1)
    return sheet


expected = globals()[sys.argv[1]]().ravel()
result = given["result"]
if result.shape != expected.shape or not np.abs(expected).max() > 0.01:
    print("shapes", result.shape, expected.shape)
    sys.exit(1)
error = np.abs(result - expected).max()
print("%s: %d values, largest difference %.2g" % (sys.argv[1], result.size, error))
sys.exit(int(error > 1e-5))

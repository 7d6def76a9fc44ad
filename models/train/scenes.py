"""Scenes of everyday objects whose places are known.

Drawings come from freely licensed emoji sets as Iconify packs them (one JSON file per
set with SVG bodies, `npm install @iconify-json/noto ...`), are rendered once with
librsvg, and are placed at random size, rotation and colour on procedural backgrounds,
with distractors and partial overlap. Everything follows from a seed.

    python3 scenes.py sprites NODE_MODULES sprites.npz    # render the drawings once
    python3 scenes.py sheet sprites.npz sheet.png         # look at some scenes
    python3 scenes.py write sprites.npz FOLDER COUNT SEED OBJECTS SIDE [STYLE]
                             # pictures, masks and annotations.json for `cnnviz evaluate`;
                             # OBJECTS: how many, or classes such as dog,cat, largest first
"""
import io
import json
import math
import os
import subprocess
import sys

import numpy as np
import torch
import torch.nn.functional as F
from PIL import Image
from scipy import ndimage

# What each class is called in the sets.
CLASSES = {
    "dog": "dog dog-face dogside dogface poodle guide-dog service-dog dog-side dog-sitting "
           "dog-body sitting-dog jumping-dog sniffing-dog dog-alt dog-1 puppy dog-zodiac "
           "dog-sitting-wearing-collar dog-wearing-collar",
    "cat": "cat cat-face catside catface black-cat cat-sitting cat-body cat-2 kitten "
           "hollow-cat grinning-cat grinning-cat-face pouting-cat pouting-cat-face",
    "snake": "snake cobra rattlesnake sand-snake snake-spiral snake-tongue snake-zodiac",
    "spider": "spider spider-alt angular-spider hanging-spider long-legged-spider "
              "masked-spider spider-thread",
    "apple": "red-apple green-apple redapple greenapple apple food-apple shiny-apple "
             "apple-whole apple-one apple-fruit apple-full",
    "bird": "bird baby-chick front-facing-baby-chick eagle duck dove goose parrot swan owl "
            "crow raven sparrow seagull hummingbird canadian-goose barn-owl freedom-dove "
            "bird-alt bird-1 bird-2 eagle-head parrot-head chick",
    "tree": "deciduous-tree evergreen-tree palm-tree deciduoustree evergreentree palmtree "
            "tree pine-tree pine-tree-variant tree-evergreen tree-palm oak willow-tree "
            "bonsai-tree tree-2 tree-3 tree-4 tree-alt tree-one tree-two coconut-tree pine "
            "fruit-tree tree-deciduous",
    "car": "automobile oncoming-automobile sport-utility-vehicle taxi oncoming-taxi "
           "oncomingautomobile recreationalvehicle police-car oncoming-police-car car "
           "car-side car-profile car-simple jeep car-hatchback car-estate car-convertible "
           "car-2 car-3 city-car car-back car-sports",
    "castle": "castle japanese-castle europeancastle japanesecastle castle-turret "
              "elven-castle sand-castle",
    "flower": "rose tulip sunflower hibiscus blossom cherry-blossom bouquet flower "
              "flower-tulip flower-lotus lotus daisy flower-2 flower-3 flower-4 flower-5 "
              "flower-alt flower-poppy spoted-flower twirly-flower vanilla-flower "
              "lotus-flower shut-rose sunflower-1 sunflower-2 flower-rose",
    "fish": "fish tropical-fish blowfish tropicalfish fish-fins fish-simple clownfish "
            "salmon piranha fish-alt fish-one angler-fish",
    "horse": "horse horse-face horseface horse-head horse-variant horse-variant-fast "
             "horse-zodiac",
    "elephant": "elephant elephant-head circus-elephant elephant-face",
    "banana": "banana bananas banana-bunch banana-peeled fruit-banana",
    "airplane": "airplane small-airplane airplane-departure airplane-arriving plane "
                "airplane-takeoff airplane-landing airplane-in-flight airplane-tilt "
                "commercial-airplane airplane-arrival plane-departure plane-arrival "
                "plane-alt airport-plane airplane-taxiing plane-tilt",
    "bicycle": "bicycle bike bicycle-basket bicycle-electric dutch-bike aero-bike "
               "bicycle-penny-farthing bicycle-bike bike-pedal-mountain",
    "house": "house house-with-garden housebuilding housewithgarden home house-chimney hut "
             "family-house house-line house-simple home-1 home-2 home-3 home-4 wood-cabin "
             "home-variant house-2 home-alt home-lg cottage home-two block-house",
    "boat": "sailboat motor-boat speedboat ferry ship canoe passenger-ship boat sail-boat "
            "speed-boat fishing-boat small-fishing-sailboat wood-canoe cargo-ship yacht "
            "sailboat-one sailing shooner-sailboat boat-fishing",
    "butterfly": "butterfly butterfly-2",
    "guitar": "guitar guitar-acoustic guitar-electric electric-guitar "
              "modern-music-electric-guitar",
}
NAMES = list(CLASSES)
KNOWN = ["noto", "noto-v1", "fxemoji", "fluent-emoji", "fluent-emoji-flat", "twemoji",
         "streamline-emojis"]
# Signs of one colour: they teach shapes, and are drawn in colours of their own making.
SIGNS = ["game-icons", "mdi", "ph", "fluent-emoji-high-contrast", "fa7-solid", "boxicons",
         "icon-park", "icon-park-solid", "pinhead", "mingcute", "tabler", "lucide"]
LINES = ["tabler", "lucide", "icon-park"]
ENDINGS = ["", "-fill", "-filled", "-duotone", "-alt-filled"]
UNSEEN = ["emojione"]
SPRITE = 144


def render(body, width, height, color="#000"):
    svg = (f'<svg xmlns="http://www.w3.org/2000/svg" '
           f'xmlns:xlink="http://www.w3.org/1999/xlink" style="color:{color}" '
           f'viewBox="0 0 {width} {height}">{body}</svg>')
    png = subprocess.run(["rsvg-convert", "-w", str(SPRITE), "-h", str(SPRITE), "-a"],
                         input=svg.encode(), capture_output=True, check=True).stdout
    image = Image.open(io.BytesIO(png)).convert("RGBA")
    canvas = Image.new("RGBA", (SPRITE, SPRITE))
    canvas.paste(image, ((SPRITE - image.width) // 2, (SPRITE - image.height) // 2))
    return np.asarray(canvas)


def filled(sign, color):
    """The sign over its own silhouette in another colour, as in a colouring book."""
    outside = ndimage.binary_fill_holes(
        ndimage.binary_closing(np.pad(sign[..., 3] > 100, 4), iterations=3))[4:-4, 4:-4]
    alpha = sign[..., 3:] / 255
    below = np.concatenate([np.full(sign.shape[:2] + (3,), color), outside[..., None] * 255.0],
                           2)
    below_alpha = outside[..., None] * (1 - alpha)
    total = alpha + below_alpha
    rgb = (sign[..., :3] * alpha + below[..., :3] * below_alpha) / np.maximum(total, 1e-6)
    return np.concatenate([rgb, total * 255], 2).astype(np.uint8)


def drawings(icon, data, style, rng):
    """The pictures that one icon gives: one, or two for a sign."""
    size = (icon.get("width", data.get("width", 16)), icon.get("height", data.get("height", 16)))
    if style not in SIGNS:
        return [render(icon["body"], *size)]
    dark, bright = rng.integers(0, 110, 3), rng.integers(90, 256, 3)
    over = filled(render(icon["body"], *size, "rgb({},{},{})".format(*dark)), bright)
    alone = render(icon["body"], *size, "rgb({},{},{})".format(*rng.integers(0, 256, 3)))
    lines = style in LINES or "opacity" in icon["body"]
    return [over] if lines else [over, alone]


def cropped(sprite):
    """Premultiplied planes (4,SPRITE,SPRITE) of the drawing, cut to what is drawn."""
    alpha = sprite[..., 3] > 127
    rows, columns = np.where(alpha.any(1))[0], np.where(alpha.any(0))[0]
    sprite = sprite[rows[0]:rows[-1] + 1, columns[0]:columns[-1] + 1]
    side = max(sprite.shape[:2])
    square = np.zeros((side, side, 4), np.float32)
    top, left = (side - sprite.shape[0]) // 2, (side - sprite.shape[1]) // 2
    square[top:top + sprite.shape[0], left:left + sprite.shape[1]] = sprite
    square[..., :3] *= square[..., 3:] / 255
    planes = [np.asarray(Image.fromarray(square[..., c]).resize(
        (SPRITE, SPRITE), Image.BILINEAR)) for c in range(4)]
    return np.stack(planes).clip(0, 255).astype(np.uint8)


def make_sprites(modules, path):
    """All drawings as premultiplied RGBA, with class and style of each."""
    rng = np.random.default_rng(11)
    pixels, classes, styles, names = [], [], [], []
    for style in KNOWN + UNSEEN + SIGNS:
        with open(os.path.join(modules, "@iconify-json", style, "icons.json")) as file:
            data = json.load(file)
        for index, wanted in enumerate(CLASSES.values()):
            for name in (word + ending for word in wanted.split() for ending in ENDINGS):
                icon = data["icons"].get(name)
                if icon is None or (style in SIGNS and name + "-filled" in data["icons"]):
                    continue
                for sprite in drawings(icon, data, style, rng):
                    alpha = sprite[..., 3] > 127
                    # Some drawings come with a square background of their own.
                    if alpha.mean() > 0.93 or alpha.mean() < 0.03:
                        continue
                    pixels.append(cropped(sprite))
                    classes.append(index)
                    styles.append(style)
                    names.append(name)
        print(style, styles.count(style), "drawings")
    np.savez_compressed(path, pixels=np.stack(pixels), classes=classes, styles=styles,
                        names=names)


def octave_noise(rng, side, roughness):
    """Smooth noise with detail at every scale, 0..1."""
    total = np.zeros((side, side), np.float32)
    cells, weight = int(rng.integers(1, 4)), 1.0
    while cells < side:
        grid = torch.tensor(rng.random((1, 1, cells + 3, cells + 3), np.float32))
        layer = F.interpolate(grid, size=(side, side), mode="bicubic", align_corners=True)
        total += weight * layer[0, 0].numpy()
        cells, weight = cells * 2, weight * roughness
    return (total - total.min()) / (total.max() - total.min() + 1e-6)


def make_backgrounds(seed, count, side=192):
    """Sky-, grass-, stone- and cloth-like textures; (count,3,side,side) uint8."""
    rng = np.random.default_rng([seed, 7])
    out = np.empty((count, 3, side, side), np.uint8)
    y, x = np.mgrid[0:side, 0:side].astype(np.float32) / side
    for i in range(count):
        colors = rng.random((3, 3), np.float32)
        if rng.random() < 0.5:  # natural colours are duller than chance
            colors = 0.25 + 0.5 * colors
        kind = rng.integers(0, 6)
        noise = octave_noise(rng, side, rng.uniform(0.35, 0.75))
        if kind == 0:
            t = noise
        elif kind == 1:      # horizon: sky above ground
            edge = rng.uniform(0.3, 0.7)
            t = np.clip((y - edge) * rng.uniform(3, 30) + 0.3 * (noise - 0.5) + 0.5, 0, 1)
        elif kind == 2:      # stripes
            angle, frequency = rng.uniform(0, math.pi), rng.uniform(8, 60)
            t = 0.5 + 0.5 * np.sin(frequency * (x * math.cos(angle) + y * math.sin(angle))
                                   + rng.uniform(0, 8) * noise)
        elif kind == 3:      # checks
            n = rng.integers(3, 14)
            t = (((x * n).astype(int) + (y * n).astype(int)) % 2).astype(np.float32)
            t = 0.7 * t + 0.3 * noise
        elif kind == 4:      # spots
            t = np.zeros_like(x)
            for _ in range(rng.integers(8, 50)):
                cx, cy, r = rng.random(), rng.random(), rng.uniform(0.02, 0.14)
                t = np.maximum(t, ((x - cx) ** 2 + (y - cy) ** 2 < r * r) * rng.random())
            t = 0.8 * t + 0.2 * noise
        else:                # plain with a gradient
            angle = rng.uniform(0, 2 * math.pi)
            t = 0.5 + 0.5 * ((x - 0.5) * math.cos(angle) + (y - 0.5) * math.sin(angle))
            t = t + 0.1 * (noise - 0.5)
        t = t.astype(np.float32).clip(0, 1)
        image = colors[0][:, None, None] * (1 - t) + colors[1][:, None, None] * t
        detail = octave_noise(rng, side, 0.9) - 0.5
        image = image + rng.uniform(0, 0.35) * detail * (colors[2][:, None, None] + 0.3)
        image = image + rng.uniform(0, 0.05) * rng.standard_normal(image.shape)
        out[i] = (image.clip(0, 1) * 255).astype(np.uint8)
    return out


def color_shift(rng, n, hue, spread):
    """Random affine maps of colour: hue rotation, saturation, contrast, brightness."""
    angle = rng.normal(0, hue, n)
    saturation = rng.uniform(1 - spread, 1 + spread, n)
    saturation[rng.random(n) < 0.1] = 0
    contrast = rng.uniform(1 - spread, 1 + spread, n)
    brightness = rng.uniform(-spread, spread, n) * 0.4
    to = np.array([[.299, .587, .114], [.596, -.274, -.322], [.211, -.523, .312]])
    back = np.linalg.inv(to)
    c, s = np.cos(angle) * saturation, np.sin(angle) * saturation
    turn = np.zeros((n, 3, 3))
    turn[:, 0, 0] = 1
    turn[:, 1, 1], turn[:, 1, 2], turn[:, 2, 1], turn[:, 2, 2] = c, -s, s, c
    matrix = contrast[:, None, None] * (back @ turn @ to)
    offset = brightness + 0.5 * (1 - contrast)
    return (torch.tensor(matrix, dtype=torch.float32),
            torch.tensor(offset, dtype=torch.float32)[:, None].expand(n, 3))


def shifted(images, rng, hue, spread):
    """Pictures (n,3,H,W), each with a colour map of its own."""
    matrix, offset = color_shift(rng, len(images), hue, spread)
    return torch.einsum("nij,njhw->nihw", matrix, images) + offset[..., None, None]


class Scenes:
    """Draws batches of scenes; styles chooses the drawings."""

    MOST = 3

    def __init__(self, path, styles, seed, backgrounds=500):
        data = np.load(path)
        chosen = np.isin(data["styles"], styles)
        self.pixels = torch.tensor(data["pixels"][chosen])
        self.classes = np.asarray(data["classes"])[chosen]
        sign = np.isin(data["styles"][chosen], SIGNS)
        self.by_class = [(np.where((self.classes == c) & ~sign)[0],
                          np.where((self.classes == c) & sign)[0]) for c in range(len(NAMES))]
        self.backgrounds = torch.tensor(make_backgrounds(seed, backgrounds))
        self.rng = np.random.default_rng([seed, 1])

    def batch(self, n, side, objects=None, stylise=False, wanted=None):
        """n scenes of side x side.

        stylise: redraw some objects in styles that no set has (outlined, flat, posterised,
        textured, inverted, bent), which teaches shape. objects: how many in each scene, or
        None for a mixture. wanted: their classes, largest first, or None. Gives a dict of
        images (n,3,S,S) 0..1; classes (n,MOST), -1 where absent, the largest first;
        labels (n,S,S), 0 = background, 1 + class; boxes (n,MOST,4) as x0 y0 x1 y1 in
        0..1 of the visible part; visible (n,MOST), fraction of the object seen.
        """
        rng = self.rng
        count = (np.full(n, objects) if objects else
                 rng.choice([1, 2, 3], n, p=[0.4, 0.48, 0.12]))
        classes = np.argsort(rng.random((n, len(NAMES))), 1)[:, :self.MOST]
        if wanted:
            classes[:, :len(wanted)] = wanted
        size = np.empty((n, self.MOST))
        size[:, 0] = np.where(count > 1, rng.uniform(0.46, 0.68, n), rng.uniform(0.42, 0.85, n))
        for k in range(1, self.MOST):
            size[:, k] = rng.uniform(0.26, np.maximum(0.62 * size[:, 0], 0.27))
        place = self._place(size, count)
        images, boxes, visible, labels = self._draw(n, side, count, classes, size, place,
                                                     stylise)
        images = shifted(images, rng, 0.12, 0.25)
        noise = torch.tensor(rng.uniform(0, 0.04, (n, 1, 1, 1)), dtype=torch.float32)
        images = images + noise * torch.tensor(rng.standard_normal(images.shape, np.float32))
        classes = np.where(np.arange(self.MOST) < count[:, None], classes, -1)
        return {"images": images.clamp(0, 1), "classes": torch.tensor(classes),
                "labels": labels, "boxes": boxes, "visible": visible}

    def _place(self, size, count):
        """Centres, chosen among tries for little overlap with earlier objects."""
        rng, n, tries = self.rng, len(size), 12
        place = np.empty((n, self.MOST, 2))
        for k in range(self.MOST):
            margin = 0.42 * size[:, k, None, None]
            candidates = margin + rng.random((n, tries, 2)) * (1 - 2 * margin)
            cost = np.zeros((n, tries))
            for j in range(k):
                reach = 0.5 * (size[:, k] + size[:, j])[:, None, None]
                gap = reach - np.abs(candidates - place[:, j][:, None])
                cost += np.prod(gap.clip(0), 2)
            best = cost.argmin(1)
            place[:, k] = candidates[np.arange(n), best]
        return place

    def _draw(self, n, side, count, classes, size, place, stylise):
        rng = self.rng
        pick = rng.integers(0, len(self.backgrounds), n)
        zoom = rng.uniform(0.4, 0.95, n)
        theta = torch.zeros(n, 2, 3)
        theta[:, 0, 0] = torch.tensor(zoom * rng.choice([-1, 1], n))
        theta[:, 1, 1] = torch.tensor(zoom)
        theta[:, :, 2] = torch.tensor(rng.uniform(-1, 1, (n, 2)) * (1 - zoom)[:, None])
        grid = F.affine_grid(theta, (n, 3, side, side), align_corners=False)
        images = F.grid_sample(self.backgrounds[pick].float() / 255, grid,
                               padding_mode="reflection", align_corners=False)
        images = shifted(images, rng, 1.0, 0.3).clamp(0, 1)
        alphas = []
        labels = torch.zeros(n, side, side, dtype=torch.long)
        order = range(self.MOST - 1, -1, -1) if rng.random() < 0.5 else range(self.MOST)
        for k in order:
            alpha = torch.zeros(n, side, side)
            rows = np.where(count > k)[0]
            if len(rows):
                sprites = [rng.choice(self.by_class[c][
                    int(rng.random() < 0.25 and len(self.by_class[c][1]) > 0)])
                    for c in classes[rows, k]]
                layer = self._sprite(np.array(sprites), size[rows, k], place[rows, k], side,
                                     stylise)
                a = layer[:, 3:]
                images[rows] = images[rows] * (1 - a) + layer[:, :3]
                alpha[rows] = a[:, 0]
                inside = labels[rows]
                inside[a[:, 0] > 0.5] = 0
                wanted = torch.tensor(classes[rows, k] + 1)[:, None, None]
                labels[rows] = torch.where(a[:, 0] > 0.5, wanted, inside)
            alphas.append((k, alpha))
        boxes = torch.zeros(n, self.MOST, 4)
        visible = torch.zeros(n, self.MOST)
        for k, alpha in alphas:
            seen = (alpha > 0.5) & (labels == torch.tensor(classes[:, k] + 1)[:, None, None])
            visible[:, k] = seen.sum((1, 2)) / (alpha > 0.5).sum((1, 2)).clamp(min=1)
            for axis, (low, high) in ((2, (0, 2)), (1, (1, 3))):
                line = seen.any(3 - axis)
                index = torch.arange(side)
                boxes[:, k, low] = torch.where(line, index, side).amin(1) / side
                boxes[:, k, high] = torch.where(line, index + 1, 0).amax(1) / side
        return images, boxes, visible, labels

    def _sprite(self, sprites, size, place, side, stylise):
        rng, n = self.rng, len(sprites)
        angle = np.where(rng.random(n) < 0.08, rng.uniform(-math.pi, math.pi, n),
                         rng.normal(0, 0.22, n))
        flip = rng.choice([-1, 1], n)
        stretch = rng.uniform(0.85, 1.18, n)
        c, s = np.cos(angle) / size, np.sin(angle) / size
        centre = 2 * place - 1
        theta = np.empty((n, 2, 3))
        theta[:, 0, 0], theta[:, 0, 1] = flip * c / stretch, flip * s / stretch
        theta[:, 1, 0], theta[:, 1, 1] = -s * stretch, c * stretch
        theta[:, :, 2] = -(theta[:, :, :2] @ centre[..., None])[..., 0]
        source = self.pixels[sprites].float() / 255
        if side < 100:  # shrink first where sampling alone would alias
            source = F.avg_pool2d(source, 2)
        grid = F.affine_grid(torch.tensor(theta, dtype=torch.float32), (n, 4, side, side),
                             align_corners=False)
        if stylise:
            grid = grid + self._bend(grid)
            source = self._restyle(source)
        layer = F.grid_sample(source, grid, align_corners=False)
        alpha = layer[:, 3:]
        matrix, offset = color_shift(rng, n, 0.35, 0.3)
        rgb = torch.einsum("nij,njhw->nihw", matrix, layer[:, :3]) \
            + offset[..., None, None] * alpha
        return torch.cat([rgb.clamp(min=0).minimum(alpha), alpha], 1)

    def _bend(self, grid):
        """Small smooth displacements of where half the drawings are sampled, in their units."""
        n = len(grid)
        amount = self.rng.choice([0, 0.16], n) * self.rng.random(n)
        knots = self.rng.standard_normal((n, 2, 5, 5)) * amount[:, None, None, None]
        field = F.interpolate(torch.tensor(knots, dtype=torch.float32), size=grid.shape[1:3],
                              mode="bilinear", align_corners=True)
        return field.permute(0, 2, 3, 1)

    def _restyle(self, source):
        """Some drawings in styles that no set has; source (n,4,H,W), premultiplied."""
        rng = self.rng
        alpha = source[:, 3:]
        rgb = source[:, :3].clone()

        def some(share):
            return torch.tensor(np.where(rng.random(len(source)) < share)[0])

        def colors(rows):
            return torch.tensor(rng.random((len(rows), 3, 1, 1)), dtype=torch.float32)

        rows = some(0.08)    # colours in another order
        rgb[rows] = rgb[rows][:, rng.permutation(3)]
        rows = some(0.05)    # a negative
        rgb[rows] = alpha[rows] - rgb[rows]
        rows = some(0.12)    # few tones
        levels = torch.tensor(rng.integers(2, 5, (len(rows), 1, 1, 1)))
        rgb[rows] = (rgb[rows] * levels).round() / levels
        rows = some(0.12)    # light and dark of one colour
        grey = rgb[rows].mean(1, keepdim=True)
        rgb[rows] = grey * (1 - colors(rows)) + colors(rows) * alpha[rows] * 0.7
        rows = some(0.06)    # a silhouette
        rgb[rows] = colors(rows) * alpha[rows]
        rows = some(0.15)    # textured
        size = source.shape[-1]
        pick = rng.integers(0, len(self.backgrounds), len(rows))
        cloth = self.backgrounds[pick, :, :size, :size].float() / 255
        rgb[rows] = rgb[rows] * (0.45 + 1.1 * cloth)
        rows = some(0.2)     # a drawn outline
        ring = F.max_pool2d(alpha[rows], 5, 1, 2) + F.max_pool2d(-alpha[rows], 5, 1, 2)
        ink = colors(rows) * 0.4
        rgb[rows] = rgb[rows] * (1 - ring) + ink * ring
        edge = alpha.clone()
        edge[rows] = torch.maximum(alpha[rows], ring)
        rows = some(0.06)    # softly blurred
        rgb[rows] = F.avg_pool2d(rgb[rows], 5, 1, 2)
        return torch.cat([rgb.clamp(min=0).minimum(edge), edge], 1)


class Pool:
    """Hands each scene out several times, mirrored and in other colours.

    Drawing a scene costs as much as learning from it: only a share of each batch is new.
    """

    def __init__(self, source, side, room=4096, uses=3):
        self.source, self.side, self.uses = source, side, uses
        self.room, self.kept, self.next = room, None, 0

    def batch(self, n):
        fresh = self.source.batch(n if self.kept is None else max(1, n // self.uses),
                                  self.side, stylise=True)
        fresh["images"] = (fresh["images"] * 255).round().to(torch.uint8)
        fresh["labels"] = fresh["labels"].to(torch.uint8)
        if self.kept is None:
            self.kept = {key: value.clone() for key, value in fresh.items()}
        elif len(self.kept["images"]) < self.room:
            self.kept = {key: torch.cat([self.kept[key], value])
                         for key, value in fresh.items()}
        else:
            rows = (torch.arange(len(fresh["images"])) + self.next) % self.room
            for key, value in fresh.items():
                self.kept[key][rows] = value
            self.next = (self.next + len(rows)) % self.room
        rng = self.source.rng
        rows = rng.integers(0, len(self.kept["images"]), n)
        batch = {key: value[rows] for key, value in self.kept.items()}
        images, labels = batch["images"].float() / 255, batch["labels"].long()
        mirror = torch.tensor(rng.random(n) < 0.5)
        images[mirror], labels[mirror] = images[mirror].flip(3), labels[mirror].flip(2)
        batch["images"] = shifted(images, rng, 0.15, 0.25).clamp(0, 1)
        batch["labels"] = labels
        return batch


def write_scenes(path, folder, count, seed, objects, side, styles):
    """Pictures with boxes and masks in the form that `cnnviz evaluate` reads."""
    source = Scenes(path, styles, seed, 200)
    wanted = None if objects.isdigit() else [NAMES.index(name) for name in objects.split(",")]
    objects = len(wanted) if wanted else int(objects)
    os.makedirs(folder, exist_ok=True)
    pictures = []
    while len(pictures) < count:
        batch = source.batch(1, side, objects, wanted=wanted)
        # An object of which too little is seen cannot be asked for.
        if batch["visible"][0, :objects].min() < 0.5:
            continue
        stem = f"scene-{len(pictures):03d}"
        pixels = (batch["images"][0].permute(1, 2, 0).numpy() * 255).round()
        Image.fromarray(pixels.astype(np.uint8)).save(os.path.join(folder, stem + ".png"))
        mask = batch["labels"][0].numpy().astype(np.uint8)
        Image.fromarray(mask).save(os.path.join(folder, stem + "-mask.png"))
        found = []
        for k in range(objects):
            index = int(batch["classes"][0, k])
            box = [round(v * side) for v in batch["boxes"][0, k].tolist()]
            found.append({"class": NAMES[index], "box": box, "main": k == 0,
                          "mask": stem + "-mask.png", "mask_value": index + 1})
        pictures.append({"path": stem + ".png", "width": side, "height": side,
                         "objects": found})
    with open(os.path.join(folder, "annotations.json"), "w") as file:
        json.dump({"pictures": pictures}, file, indent=1)


def main():
    if sys.argv[1:2] == ["write"] and len(sys.argv) in (8, 9):
        count, seed, objects, side = sys.argv[4:8]
        write_scenes(*sys.argv[2:4], int(count), int(seed), objects, int(side),
                     sys.argv[8:] or KNOWN)
    elif sys.argv[1:2] == ["sprites"] and len(sys.argv) == 4:
        make_sprites(sys.argv[2], sys.argv[3])
    elif sys.argv[1:2] == ["sheet"] and len(sys.argv) == 4:
        images = Scenes(sys.argv[2], KNOWN + SIGNS, 3).batch(40, 128, stylise=True)["images"]
        sheet = images.reshape(5, 8, 3, 128, 128).permute(0, 3, 1, 4, 2).reshape(640, 1024, 3)
        Image.fromarray((sheet.numpy() * 255).astype(np.uint8)).save(sys.argv[3])
    else:
        sys.exit(__doc__)


if __name__ == "__main__":
    main()

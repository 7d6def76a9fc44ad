"""Scenes of everyday objects with known positions.

The drawings of drawings.py are placed at random size, rotation and color on procedural
backgrounds, with distractors and partial overlap. Everything follows from a seed.

    python3 scenes.py sheet sprites.npz sheet.png         # view some scenes
    python3 scenes.py write sprites.npz FOLDER COUNT SEED OBJECTS SIDE [STYLE]
                             # pictures, masks and annotations.json for `cnnviz evaluate`;
                             # OBJECTS: their number, or classes such as dog,cat, largest first
"""
import json
import math
import os
import sys

import numpy as np
import torch
import torch.nn.functional as F
from PIL import Image

from drawings import KNOWN, NAMES, SIGNS, TAUGHT


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
        if rng.random() < 0.5:  # natural colors are less saturated than random ones
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
    """Random affine maps of color: hue rotation, saturation, contrast, brightness."""
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
    """Pictures (n,3,H,W), each with its own map of colors."""
    matrix, offset = color_shift(rng, len(images), hue, spread)
    return torch.einsum("nij,njhw->nihw", matrix, images) + offset[..., None, None]


class Scenes:
    """Draws batches of scenes; styles selects the drawings."""

    MOST = 3
    restyled = 1.0  # share of the batches of a pool that are redrawn in other styles
    turned = 0.08   # share of the objects that are rotated by any angle
    signs = 0.25    # share of the objects that are icons of one color, if there are any

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

    def batch(self, n, side, objects=None, stylize=False, wanted=None):
        """n scenes of side x side.

        stylize: redraw some objects in styles that are in no set (outlined, flat, posterized,
        textured, inverted, bent), which teaches shape. objects: how many in each scene, or
        None for a mixture. wanted: their classes, largest first, or None. Returns a dict of
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
                                                     stylize)
        images = shifted(images, rng, 0.12, 0.25)
        noise = torch.tensor(rng.uniform(0, 0.04, (n, 1, 1, 1)), dtype=torch.float32)
        images = images + noise * torch.tensor(rng.standard_normal(images.shape, np.float32))
        classes = np.where(np.arange(self.MOST) < count[:, None], classes, -1)
        return {"images": images.clamp(0, 1), "classes": torch.tensor(classes),
                "labels": labels, "boxes": boxes, "visible": visible}

    def _place(self, size, count):
        """Centers, the best of several tries by overlap with earlier objects."""
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

    def _draw(self, n, side, count, classes, size, place, stylize):
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
                    int(rng.random() < self.signs and len(self.by_class[c][1]) > 0)])
                    for c in classes[rows, k]]
                layer = self._sprite(np.array(sprites), size[rows, k], place[rows, k], side,
                                     stylize)
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

    def _sprite(self, sprites, size, place, side, stylize):
        rng, n = self.rng, len(sprites)
        angle = np.where(rng.random(n) < self.turned, rng.uniform(-math.pi, math.pi, n),
                         rng.normal(0, 0.22, n))
        flip = rng.choice([-1, 1], n)
        stretch = rng.uniform(0.85, 1.18, n)
        c, s = np.cos(angle) / size, np.sin(angle) / size
        center = 2 * place - 1
        theta = np.empty((n, 2, 3))
        theta[:, 0, 0], theta[:, 0, 1] = flip * c / stretch, flip * s / stretch
        theta[:, 1, 0], theta[:, 1, 1] = -s * stretch, c * stretch
        theta[:, :, 2] = -(theta[:, :, :2] @ center[..., None])[..., 0]
        source = self.pixels[sprites].float() / 255
        if side < 100:  # shrink first where sampling alone would alias
            source = F.avg_pool2d(source, 2)
        grid = F.affine_grid(torch.tensor(theta, dtype=torch.float32), (n, 4, side, side),
                             align_corners=False)
        if stylize:
            grid = grid + self._bend(grid)
            source = self._restyle(source)
        layer = F.grid_sample(source, grid, align_corners=False)
        alpha = layer[:, 3:]
        matrix, offset = color_shift(rng, n, 0.35, 0.3)
        rgb = torch.einsum("nij,njhw->nihw", matrix, layer[:, :3]) \
            + offset[..., None, None] * alpha
        return torch.cat([rgb.clamp(min=0).minimum(alpha), alpha], 1)

    def _bend(self, grid):
        """Small smooth displacements of the sampling positions of half the drawings."""
        n = len(grid)
        amount = self.rng.choice([0, 0.16], n) * self.rng.random(n)
        knots = self.rng.standard_normal((n, 2, 5, 5)) * amount[:, None, None, None]
        field = F.interpolate(torch.tensor(knots, dtype=torch.float32), size=grid.shape[1:3],
                              mode="bilinear", align_corners=True)
        return field.permute(0, 2, 3, 1)

    def _restyle(self, source):
        """Redraw some drawings in styles that are in no set; source (n,4,H,W), premultiplied."""
        rng = self.rng
        alpha = source[:, 3:]
        rgb = source[:, :3].clone()

        def some(share):
            return torch.tensor(np.where(rng.random(len(source)) < share)[0])

        def colors(rows):
            return torch.tensor(rng.random((len(rows), 3, 1, 1)), dtype=torch.float32)

        rows = some(0.08)    # colors in another order
        rgb[rows] = rgb[rows][:, rng.permutation(3)]
        rows = some(0.05)    # a negative
        rgb[rows] = alpha[rows] - rgb[rows]
        rows = some(0.12)    # few tones
        levels = torch.tensor(rng.integers(2, 5, (len(rows), 1, 1, 1)))
        rgb[rows] = (rgb[rows] * levels).round() / levels
        rows = some(0.12)    # light and dark of one color
        gray = rgb[rows].mean(1, keepdim=True)
        rgb[rows] = gray * (1 - colors(rows)) + colors(rows) * alpha[rows] * 0.7
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
        rows = some(0.15)    # inner lines
        gray = rgb[rows].mean(1, keepdim=True)
        line = F.max_pool2d(gray, 3, 1, 1) + F.max_pool2d(-gray, 3, 1, 1)
        rgb[rows] = rgb[rows] * (1 - ((line - 0.1) * 6).clamp(0, 1))
        rows = some(0.06)    # softly blurred
        rgb[rows] = F.avg_pool2d(rgb[rows], 5, 1, 2)
        return torch.cat([rgb.clamp(min=0).minimum(edge), edge], 1)


class Pool:
    """Returns each scene several times, mirrored and in different colors.

    Drawing a scene takes as long as training on it, so only a share of each batch is new.
    """

    def __init__(self, source, side, room=4096, uses=4):
        self.source, self.side, self.uses = source, side, uses
        self.room, self.kept, self.next = room, None, 0

    def batch(self, n):
        fresh = self.source.batch(n if self.kept is None else max(1, n // self.uses),
                                  self.side,
                                  stylize=self.source.rng.random() < self.source.restyled)
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
    """Write pictures with boxes and masks in the format that `cnnviz evaluate` reads."""
    source = Scenes(path, styles, seed, 200)
    wanted = None if objects.isdigit() else [NAMES.index(name) for name in objects.split(",")]
    objects = len(wanted) if wanted else int(objects)
    os.makedirs(folder, exist_ok=True)
    pictures = []
    while len(pictures) < count:
        batch = source.batch(1, side, objects, wanted=wanted)
        # Objects that are mostly hidden are not annotated.
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
    elif sys.argv[1:2] == ["sheet"] and len(sys.argv) == 4:
        images = Scenes(sys.argv[2], TAUGHT, 3).batch(40, 128, stylize=True)["images"]
        sheet = images.reshape(5, 8, 3, 128, 128).permute(0, 3, 1, 4, 2).reshape(640, 1024, 3)
        Image.fromarray((sheet.numpy() * 255).astype(np.uint8)).save(sys.argv[3])
    else:
        sys.exit(__doc__)


if __name__ == "__main__":
    main()

"""Drawings of twenty everyday objects, rendered once.

Sets of icons and emoji are those packaged by Iconify (one JSON file per set with SVG bodies,
`npm install @iconify-json/noto ...`); clip art is from Debian's openclipart-svg. librsvg
renders them.

    python3 drawings.py NODE_MODULES sprites.npz [CLIP_ART_FOLDER]
"""
import glob
import io
import json
import os
import subprocess
import sys

import numpy as np
from PIL import Image
from scipy import ndimage

# Names of each class in the sets
CLASSES = {
    "dog": "dog dog-face dogside dogface poodle guide-dog service-dog dog-side dog-sitting "
           "dog-body sitting-dog jumping-dog sniffing-dog dog-alt dog-1 puppy dog-zodiac "
           "dog-sitting-wearing-collar dog-wearing-collar",
    "cat": "cat cat-face catside catface black-cat cat-sitting cat-body cat-2 kitten "
           "hollow-cat grinning-cat grinning-cat-face pouting-cat pouting-cat-face cat-1 "
           "halloween-cat",
    "snake": "snake cobra rattlesnake sand-snake snake-spiral snake-tongue snake-zodiac",
    "spider": "spider spider-alt angular-spider hanging-spider long-legged-spider "
              "masked-spider spider-thread halloween-spider",
    "apple": "red-apple green-apple redapple greenapple apple food-apple shiny-apple "
             "apple-whole apple-one apple-fruit apple-full apple-2",
    "bird": "bird baby-chick front-facing-baby-chick eagle duck dove goose parrot swan owl "
            "crow raven sparrow seagull hummingbird canadian-goose barn-owl freedom-dove "
            "bird-alt bird-1 bird-2 eagle-head parrot-head chick",
    "tree": "deciduous-tree evergreen-tree palm-tree deciduoustree evergreentree palmtree "
            "tree pine-tree pine-tree-variant tree-evergreen tree-palm oak willow-tree "
            "bonsai-tree tree-2 tree-3 tree-4 tree-alt tree-one tree-two coconut-tree pine "
            "fruit-tree tree-deciduous tree-1 tree-01 tree-02 tree-03 tree-04 tree-05 tree-06 "
            "tree-broadleaved tree-needleleaved",
    "car": "automobile oncoming-automobile sport-utility-vehicle taxi oncoming-taxi "
           "oncomingautomobile recreationalvehicle police-car oncoming-police-car car "
           "car-side car-profile car-simple jeep car-hatchback car-estate car-convertible "
           "car-2 car-3 city-car car-back car-sports car-4 car-01 car-02 car-03 car-04 car-05 "
           "car-taxi-1 car-retro police-car-1",
    "castle": "castle japanese-castle europeancastle japanesecastle castle-turret "
              "elven-castle sand-castle castle-2 castle-01 castle-02 amusement-park-castle "
              "watchtower-castle",
    "flower": "rose tulip sunflower hibiscus blossom cherry-blossom bouquet flower "
              "flower-tulip flower-lotus lotus daisy flower-2 flower-3 flower-4 flower-5 "
              "flower-alt flower-poppy spoted-flower twirly-flower vanilla-flower "
              "lotus-flower shut-rose sunflower-1 sunflower-2 flower-rose rose-2 flower-01 "
              "flower-02 potted-flower potted-flower-tulip flower-rose-single",
    "fish": "fish tropical-fish blowfish tropicalfish fish-fins fish-simple clownfish "
            "salmon piranha fish-alt fish-one angler-fish allergens-fish",
    "horse": "horse horse-face horseface horse-head horse-variant horse-variant-fast "
             "horse-zodiac",
    "elephant": "elephant elephant-head circus-elephant elephant-face",
    "banana": "banana bananas banana-bunch banana-peeled fruit-banana banana-left",
    "airplane": "airplane small-airplane airplane-departure airplane-arriving plane "
                "airplane-takeoff airplane-landing airplane-in-flight airplane-tilt "
                "commercial-airplane airplane-arrival plane-departure plane-arrival "
                "plane-alt airport-plane airplane-taxiing plane-tilt airplane-01 airplane-02 "
                "airplane-take-off-01 airplane-landing-01 jet-plane-right airport-plane-transit",
    "bicycle": "bicycle bike bicycle-basket bicycle-electric dutch-bike aero-bike "
               "bicycle-penny-farthing bicycle-bike bike-pedal-mountain bicycle-1 bicycle-01 "
               "bike-2",
    "house": "house house-with-garden housebuilding housewithgarden home house-chimney hut "
             "family-house house-line house-simple home-1 home-2 home-3 home-4 wood-cabin "
             "home-variant house-2 home-alt home-lg cottage home-two block-house house-4 "
             "home-01 home-05 home-09 house-01 house-manor home-chimney-2 home-alt-2",
    "boat": "sailboat motor-boat speedboat ferry ship canoe passenger-ship boat sail-boat "
            "speed-boat fishing-boat small-fishing-sailboat wood-canoe cargo-ship yacht "
            "sailboat-one sailing shooner-sailboat boat-fishing sail-ship boat-2 "
            "cargo-ship-2 sailboat-coastal sailboat-offshore ferry-boat shipment-cargo-boat",
    "butterfly": "butterfly butterfly-2",
    "guitar": "guitar guitar-acoustic guitar-electric electric-guitar "
              "modern-music-electric-guitar modern-music-bass-guitar",
}
# Files of each class among the clip art
CLIP_ART = {
    "dog": "animals/mammals/dog_* animals/mammals/dogs/*",
    "cat": "animals/mammals/cartoon_cat* animals/mammals/housecats/*cat* "
           "animals/mammals/housecats/kitten* animals/mammals/housecats/gatt*",
    "snake": "",
    "spider": "animals/bugs/spider* animals/bugs/ragn*",
    "apple": "food/fruit/*apple*",
    "bird": "animals/birds/a* animals/birds/bird* animals/birds/cigno_a* animals/birds/cor* "
            "animals/birds/crow* animals/birds/dove* animals/birds/duck* animals/birds/eagle* "
            "animals/birds/flam* animals/birds/gabb* animals/birds/gull* animals/birds/jon* "
            "animals/birds/owl* animals/birds/puffin* animals/birds/seag* animals/birds/ucc* "
            "recreation/toys/rubber_duck[12]*",
    "tree": "plants/trees/*tree* plants/trees/evergreen/* plants/tree_b* "
            "signs_and_symbols/map_symbols/tree*",
    "car": "transportation/car_jamin* transportation/formula* transportation/*/old_car* "
           "transportation/vehicles/car* transportation/vehicles/skoda*",
    "castle": "recreation/sand_castle* signs_and_symbols/map_symbols/castle*",
    "flower": "plants/flowers/d* plants/flowers/f* plants/flowers/lot* plants/flowers/mag* "
              "plants/flowers/pink* plants/flowers/red* plants/flowers/s* plants/flowers/t* "
              "unsorted/rose*",
    "fish": "animals/fish/al* animals/fish/ar* animals/fish/bo* animals/fish/br* "
            "animals/fish/cl* animals/fish/gir* animals/fish/pes* animals/fish/y*",
    "horse": "animals/mammals/horses/* transportation/horse*",
    "elephant": "animals/mammals/*elephant* animals/mammals/elefante*",
    "banana": "food/fruit/banana*",
    "airplane": "transportation/vehicles/*plane* signs_and_symbols/airplane* "
                "transportation/plane*",
    "bicycle": "transportation/bicycle* transportation/bike_* transportation/*/bicycle_0*",
    "house": "buildings/homes/*ho[um]* buildings/homes/c*",
    "boat": "transportation/boating/boat_* transportation/boating/sailboat_illustration.svg",
    "butterfly": "animals/bugs/butterfly_j* animals/bugs/farfalla*",
    "guitar": "recreation/music/*guitar*",
}
# Clip art that shows something else, or a whole scene
NOT_SHOWN = ["scrath", "cartoon_vgcats", "cartoon_cat_gerald_g._01", "juice", "pie_", "eris",
             "candied", "slate", "core", "wedge", "mateya", "gatto_nero", "aquila_frontale",
             "acquila_architetto_franc_03", "house_juliane", "lighthouse", "home10", "home4",
             "home9", "home1.", "my_house", "dream_flower", "flower_peterm", "fiore", "houses",
             "lotas", "transportation/horse", "airplane_mo", "sun_flower", "spider_sword",
             "ragno_figo", "casa_dei"]
NAMES = list(CLASSES)
KNOWN = ["noto", "noto-v1", "fxemoji", "fluent-emoji", "fluent-emoji-flat", "twemoji",
         "emojione", "streamline-emojis"]
# Icons of one color: they teach shapes, and are drawn in random colors.
SIGNS = ["game-icons", "mdi", "ph", "fluent-emoji-high-contrast", "fa7-solid", "boxicons",
         "icon-park", "icon-park-solid", "pinhead", "mingcute", "tabler", "lucide",
         "emojione-monotone", "hugeicons", "griddy-icons", "lucide-lab", "temaki"]
# Icons of few colors with outlines
ICONS = ["streamline-color", "streamline-ultimate-color", "streamline-flex-color",
         "streamline-plump-color", "streamline-sharp-color", "streamline-cyber-color",
         "streamline-freehand-color", "marketeq"]
CLIP_ART_STYLE = "clip-art"
TAUGHT = KNOWN + [CLIP_ART_STYLE] + ICONS + SIGNS
LINES = ["tabler", "lucide", "icon-park", "hugeicons", "lucide-lab"]
ENDINGS = ["", "-fill", "-filled", "-flat", "-duotone", "-alt-filled"]
# Used only to test on an unseen style; its license is share-alike.
UNSEEN = ["openmoji"]
SPRITE = 144


def render(body, width, height, color="#000"):
    svg = (f'<svg xmlns="http://www.w3.org/2000/svg" '
           f'xmlns:xlink="http://www.w3.org/1999/xlink" style="color:{color}" '
           f'viewBox="0 0 {width} {height}">{body}</svg>')
    return rasterized(svg.encode())


def rasterized(svg):
    """The picture centered in (SPRITE,SPRITE,4), or None if librsvg cannot read it."""
    done = subprocess.run(["rsvg-convert", "-w", str(SPRITE), "-h", str(SPRITE), "-a"],
                          input=svg, capture_output=True)
    if done.returncode != 0 or not done.stdout:
        return None
    png = done.stdout
    image = Image.open(io.BytesIO(png)).convert("RGBA")
    canvas = Image.new("RGBA", (SPRITE, SPRITE))
    canvas.paste(image, ((SPRITE - image.width) // 2, (SPRITE - image.height) // 2))
    return np.asarray(canvas)


def filled(sign, colors):
    """The icon over its silhouette, with its enclosed areas filled in different colors."""
    outside = ndimage.binary_fill_holes(
        ndimage.binary_closing(np.pad(sign[..., 3] > 100, 4), iterations=3))[4:-4, 4:-4]
    alpha = sign[..., 3:] / 255
    fields, _ = ndimage.label(outside & (sign[..., 3] < 128))
    _, nearest = ndimage.distance_transform_edt(fields == 0, return_indices=True)
    below = np.concatenate([colors[fields[tuple(nearest)] % len(colors)],
                            outside[..., None] * 255.0], 2)
    below_alpha = outside[..., None] * (1 - alpha)
    total = alpha + below_alpha
    rgb = (sign[..., :3] * alpha + below[..., :3] * below_alpha) / np.maximum(total, 1e-6)
    return np.concatenate([rgb, total * 255], 2).astype(np.uint8)


def drawings(icon, data, style, rng):
    """The pictures made from one icon: one, or two for an icon of one color."""
    size = (icon.get("width", data.get("width", 16)), icon.get("height", data.get("height", 16)))
    if style not in SIGNS:
        return [render(icon["body"], *size)]
    dark, bright = rng.integers(0, 110, 3), rng.integers(90, 256, (rng.integers(1, 5), 3))
    over = filled(render(icon["body"], *size, "rgb({},{},{})".format(*dark)), bright)
    alone = render(icon["body"], *size, "rgb({},{},{})".format(*rng.integers(0, 256, 3)))
    lines = style in LINES or "opacity" in icon["body"]
    return [over] if lines else [over, alone]


def cropped(sprite):
    """Premultiplied planes (4,SPRITE,SPRITE) of the drawing, cropped to its content."""
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


class Sprites:
    """Collects drawings as premultiplied planes, with their classes and styles."""

    def __init__(self):
        self.pixels, self.classes, self.styles, self.names = [], [], [], []

    def add(self, sprite, index, style, name):
        # Some drawings have a square background.
        if sprite is None or not 0.03 <= (sprite[..., 3] > 127).mean() <= 0.93:
            return
        planes = cropped(sprite)
        if any(np.array_equal(planes, kept) for kept in self.pixels[-40:]):
            return
        self.pixels.append(planes)
        self.classes.append(index)
        self.styles.append(style)
        self.names.append(name)

    def save(self, path):
        np.savez_compressed(path, pixels=np.stack(self.pixels), classes=self.classes,
                            styles=self.styles, names=self.names)


def add_icons(sprites, path, style, rng):
    with open(path) as file:
        data = json.load(file)
    for index, wanted in enumerate(CLASSES.values()):
        for name in (word + ending for word in wanted.split() for ending in ENDINGS):
            icon = data["icons"].get(name)
            if icon is None or (style in SIGNS and name + "-filled" in data["icons"]):
                continue
            for sprite in drawings(icon, data, style, rng):
                sprites.add(sprite, index, style, name)


def add_clip_art(sprites, folder):
    for index, patterns in enumerate(CLIP_ART[name] for name in NAMES):
        for path in sorted(path for pattern in patterns.split()
                           for path in glob.glob(os.path.join(folder, pattern))):
            if any(word in path for word in NOT_SHOWN):
                continue
            with open(path, "rb") as file:
                sprites.add(rasterized(file.read()), index, CLIP_ART_STYLE, os.path.basename(path))


def main():
    if not 3 <= len(sys.argv) <= 4:
        sys.exit(__doc__)
    modules, output = sys.argv[1:3]
    rng, sprites = np.random.default_rng(11), Sprites()
    for style in KNOWN + UNSEEN + ICONS + SIGNS:
        add_icons(sprites, os.path.join(modules, "@iconify-json", style, "icons.json"), style,
                  rng)
    add_clip_art(sprites, sys.argv[3] if len(sys.argv) > 3 else "/usr/share/openclipart/svg")
    for style in dict.fromkeys(sprites.styles):
        print(style, sprites.styles.count(style), "drawings")
    sprites.save(output)


if __name__ == "__main__":
    main()

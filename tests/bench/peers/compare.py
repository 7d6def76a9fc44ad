"""How far results are apart: compare.py LIST prints the relative L2 distance for each item of
the JSON list: {"ours": file, "theirs": file, "start": file or null, "enlarged": bool}

start: a picture that both began with; then what they changed is compared. enlarged: theirs is
a class activation map from 0 to 1 at the input's size."""
import json
import sys

import numpy as np

import common


def enlarge(values):
    import torch
    values = values - values.min()
    values = torch.from_numpy(values / (1e-7 + values.max()))[None, None]
    large = torch.nn.functional.interpolate(values, (common.SIZE, common.SIZE),
                                            mode='bilinear', align_corners=False)[0, 0]
    large = large.numpy() - large.numpy().min()
    return large / (1e-7 + large.max())


def distance(item):
    ours, theirs = np.load(item['ours']).squeeze(), np.load(item['theirs']).squeeze()
    if item['enlarged']:
        ours = enlarge(ours)
    if item['start']:
        start = common.normalize(common.read_pixels(item['start']))
        ours, theirs = ours - start, theirs - start
    size = np.linalg.norm(theirs)
    return float(np.linalg.norm(ours - theirs) / size) if size > 0 else float('inf')


def main():
    with open(sys.argv[1], encoding='utf-8') as stream:
        print(json.dumps([distance(item) for item in json.load(stream)]))


main()

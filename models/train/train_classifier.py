"""Train the classifier on synthetic scenes.

    python3 train_classifier.py SPRITES.npz OUTPUT.safetensors [MINUTES [FROM.pth]]

MINUTES is processor time per core. FROM continues an earlier run, whose layers may be
narrower, with the first two blocks frozen. The last part of each run has fewer restyled
drawings.

The target contains every object in a scene: an independent yes or no for each class
(weighted by the visible part of the object) and a softmax target that prefers the larger
one. A 1x1 head that is used only in training makes the last feature map predict the class
at each position, so that the map of a class points at that class's object.
"""
import sys

import torch
import torch.nn.functional as F
from torch import nn

import drawings
import network
import scenes
import training
from training import normalize

# Side, share of the time, batch
STAGES = [(64, 0.25, 96), (96, 0.25, 96), (128, 0.50, 64)]
GOING_ON = [(96, 0.3, 64), (128, 0.45, 64), (128, 0.25, 64)]
RATE = 3e-3


def targets(batch):
    classes, visible = batch["classes"], batch["visible"]
    present = torch.zeros(len(classes), len(drawings.NAMES))
    share = torch.zeros_like(present)
    for k in range(classes.shape[1]):
        rows = torch.nonzero((classes[:, k] >= 0) & (visible[:, k] > 0.25))[:, 0]
        # Both losses agree: smaller objects are present, and the larger one is preferred.
        present[rows, classes[rows, k]] = 0.98 if k == 0 else 0.75
        share[rows, classes[rows, k]] = 1.0 if k == 0 else 0.06
    return present, share / share.sum(1, keepdim=True)


def loss_of(model, head, batch):
    x = normalize(batch["images"]).to(memory_format=torch.channels_last)
    with torch.autocast("cpu", torch.bfloat16):
        maps = model.features(x)
        logits = model.classifier(torch.flatten(model.avgpool(maps), 1))
        places = head(maps)
    maps, logits, places = maps.float(), logits.float(), places.float()
    present, share = targets(batch)
    present = present.clamp(min=0.02)
    whole = F.binary_cross_entropy_with_logits(logits, present) * 8 \
        - (share * F.log_softmax(logits, 1)).sum(1).mean()
    side = maps.shape[-1]
    one_hot = F.one_hot(batch["labels"], len(drawings.NAMES) + 1).permute(0, 3, 1, 2).float()
    there = F.adaptive_avg_pool2d(one_hot, side)
    local = -(there * F.log_softmax(places, 1)).sum(1).mean()
    return whole + 0.7 * local


@torch.no_grad()
def accuracy(model, source, count=2000, side=128, objects=None):
    model.eval()
    right = seen = both = pairs = 0
    for _ in range(count // 100):
        batch = source.batch(100, side, objects)
        logits = model(normalize(batch["images"]))
        right += (logits.argmax(1) == batch["classes"][:, 0]).sum().item()
        seen += 100
        two = batch["classes"][:, 1] >= 0
        best = logits[two].topk(2, 1).indices
        wanted = batch["classes"][two]
        both += (((best == wanted[:, :1]).any(1)) & ((best == wanted[:, 1:2]).any(1))).sum().item()
        pairs += two.sum().item()
    model.train()
    return right / seen, both / max(pairs, 1)


def report(model, sprites, rounds):
    for name, styles in [("known styles", drawings.KNOWN)] + [(s, [s]) for s in drawings.UNSEEN]:
        for objects in (None, 1, 2):
            source = scenes.Scenes(sprites, styles, 1001, 300)
            print("%s, %s: top-1 %.4f, both of two %.4f"
                  % (name, f"{objects} objects" if objects else "mixed",
                     *accuracy(model, source, rounds, 128, objects)), flush=True)


def main():
    sprites, output = sys.argv[1:3]
    minutes = float(sys.argv[3]) if len(sys.argv) > 3 else 45
    torch.manual_seed(1)
    model = network.Classifier(len(drawings.NAMES)).to(memory_format=torch.channels_last)
    stages, rate, seed = STAGES, RATE, 1
    if len(sys.argv) > 4:
        network.copy_weights(model, torch.load(sys.argv[4]))
        stages, rate, seed = GOING_ON, RATE * 0.7, 3
    head = nn.Conv2d(model.features[-3].out_channels, len(drawings.NAMES) + 1, 1)
    source = scenes.Scenes(sprites, drawings.TAUGHT, seed)
    source.turned, source.signs = 0.14, 0.35

    def begin(stage):
        if stages is GOING_ON:
            model.features[:8].requires_grad_(False).eval()
        if stage == len(stages) - 1:
            source.restyled, source.signs = 0.6, 0.25

    training.train(model, [head], lambda batch: loss_of(model, head, batch), source, stages,
                   minutes, rate, output, lambda mean: report(mean, sprites, 2000), begin=begin)


if __name__ == "__main__":
    main()

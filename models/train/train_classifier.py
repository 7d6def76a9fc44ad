"""Train the classifier of drawn scenes.

    python3 train_classifier.py SPRITES.npz OUTPUT.safetensors [MINUTES [FROM.pth]]

MINUTES is processor time per core. FROM goes on from an earlier run, at full size.

The target names every object in a scene: an independent yes or no for each class
(weighted by how much of the object is seen) and, over it, a soft choice that prefers the
larger one. A 1x1 head used in training alone asks the last feature map to know what is at
each place, so that maps of a class point at that class's object.
"""
import sys
import time

import torch
import torch.nn.functional as F
from torch import nn

import network
import scenes

# side, share of the time, batch
STAGES = [(64, 0.30, 64), (96, 0.30, 64), (128, 0.40, 48)]


def normalise(images):
    return (images - 0.5) / 0.25


def targets(batch):
    classes, visible = batch["classes"], batch["visible"]
    present = torch.zeros(len(classes), len(scenes.NAMES))
    share = torch.zeros_like(present)
    for k in range(classes.shape[1]):
        rows = torch.nonzero((classes[:, k] >= 0) & (visible[:, k] > 0.25))[:, 0]
        present[rows, classes[rows, k]] = 1
        share[rows, classes[rows, k]] = 1.0 if k == 0 else 0.25
    return present, share / share.sum(1, keepdim=True)


def loss_of(model, head, batch):
    x = normalise(batch["images"]).to(memory_format=torch.channels_last)
    maps = model.features(x)
    logits = model.classifier(torch.flatten(model.avgpool(maps), 1))
    present, share = targets(batch)
    present = present * 0.96 + 0.02
    whole = F.binary_cross_entropy_with_logits(logits, present) * 8 \
        - (share * F.log_softmax(logits, 1)).sum(1).mean()
    side = maps.shape[-1]
    one_hot = F.one_hot(batch["labels"], len(scenes.NAMES) + 1).permute(0, 3, 1, 2).float()
    there = F.adaptive_avg_pool2d(one_hot, side)
    local = -(there * F.log_softmax(head(maps), 1)).sum(1).mean()
    return whole + 0.7 * local


@torch.no_grad()
def accuracy(model, source, count=2000, side=128, objects=None):
    model.eval()
    right = seen = both = pairs = 0
    for _ in range(count // 100):
        batch = source.batch(100, side, objects)
        logits = model(normalise(batch["images"]))
        right += (logits.argmax(1) == batch["classes"][:, 0]).sum().item()
        seen += 100
        two = batch["classes"][:, 1] >= 0
        best = logits[two].topk(2, 1).indices
        wanted = batch["classes"][two]
        both += (((best == wanted[:, :1]).any(1)) & ((best == wanted[:, 1:2]).any(1))).sum().item()
        pairs += two.sum().item()
    model.train()
    return right / seen, both / max(pairs, 1)


def main():
    sprites, output = sys.argv[1:3]
    minutes = float(sys.argv[3]) if len(sys.argv) > 3 else 30
    torch.manual_seed(1)
    model = network.Classifier(len(scenes.NAMES)).to(memory_format=torch.channels_last)
    head = nn.Conv2d(160, len(scenes.NAMES) + 1, 1)
    stages = STAGES
    if len(sys.argv) > 4:
        model.load_state_dict(torch.load(sys.argv[4]))
        stages = [(128, 1.0, 48)]
    optimiser = torch.optim.AdamW([*model.parameters(), *head.parameters()], 2e-3,
                                  weight_decay=0.02)
    source = scenes.Scenes(sprites, scenes.KNOWN, 1)
    start, step, drawn = time.process_time(), 0, 0
    limit, used = minutes * 60, 0.0
    for side, share, size in stages:
        stage_end = used + share * limit
        while used < stage_end:
            progress = used / limit
            rate = 2e-3 * min(1, (step + 1) / 200) * max(0, 1 - progress) ** 0.9 + 2e-6
            for group in optimiser.param_groups:
                group["lr"] = rate
            loss = loss_of(model, head, source.batch(size, side))
            optimiser.zero_grad()
            loss.backward()
            nn.utils.clip_grad_norm_(model.parameters(), 5)
            optimiser.step()
            step, drawn = step + 1, drawn + size
            used = (time.process_time() - start) / torch.get_num_threads()
            if step % 200 == 0:
                torch.save(model.state_dict(), output + ".pth")
                print(f"{used / 60:5.1f} min side {side} scenes {drawn} "
                      f"loss {loss.item():.3f}", flush=True)
        network.save_safetensors(model.state_dict(), output)
        held = scenes.Scenes(sprites, scenes.KNOWN, 1000, 300)
        print("known styles: top-1 %.4f, both of two %.4f"
              % accuracy(model, held, 1000, 128), flush=True)
    held = scenes.Scenes(sprites, scenes.KNOWN, 1001, 300)
    new = scenes.Scenes(sprites, scenes.UNSEEN, 1002, 300)
    for name, which in (("known", held), ("unseen", new)):
        for objects in (None, 1, 2):
            print(name, "objects", objects or "mixed", "top-1 %.4f both %.4f"
                  % accuracy(model, which, 4000, 128, objects), flush=True)
    torch.save(model.state_dict(), output + ".pth")
    print("scenes drawn:", drawn)


if __name__ == "__main__":
    main()

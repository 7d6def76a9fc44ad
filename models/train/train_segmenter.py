"""Train the segmenter of drawn scenes.

    python3 train_segmenter.py SPRITES.npz CLASSIFIER.safetensors.pth OUTPUT.safetensors [MINUTES]

Its convolutions start from the classifier's. Class 0 is the background.
"""
import sys
import time

import torch
import torch.nn.functional as F
from torch import nn

import network
import scenes
from train_classifier import normalise

STAGES = [(64, 0.25, 48), (96, 0.30, 32), (128, 0.45, 24)]


def start_from(model, path):
    """The classifier's features, in order, are the encoder and the middle's start."""
    trained = torch.load(path)
    modules = [m for part in (*model.encoder, model.middle) for m in part
               if isinstance(m, (nn.Conv2d, nn.BatchNorm2d))]
    numbers = sorted({int(k.split(".")[1]) for k in trained if k.startswith("features.")})
    for number, module in zip(numbers, modules):
        prefix = f"features.{number}."
        module.load_state_dict({k[len(prefix):]: v for k, v in trained.items()
                                if k.startswith(prefix)})


def loss_of(model, batch):
    scores = model(normalise(batch["images"]).to(memory_format=torch.channels_last))
    labels = batch["labels"]
    weight = torch.full((scores.shape[1],), 1.0)
    weight[0] = 0.4
    cross = F.cross_entropy(scores, labels, weight, label_smoothing=0.02)
    # Soft Jaccard over the classes that are there: it is what is measured.
    share = scores.softmax(1)
    truth = F.one_hot(labels, scores.shape[1]).permute(0, 3, 1, 2).float()
    both = (share * truth).sum((0, 2, 3))
    either = (share + truth - share * truth).sum((0, 2, 3))
    there = truth.sum((0, 2, 3)) > 0
    return cross + 0.5 * (1 - (both[there] / either[there]).mean())


@torch.no_grad()
def intersection_over_union(model, source, count=1500):
    model.eval()
    classes = len(scenes.NAMES) + 1
    table = torch.zeros(classes, classes)
    for _ in range(count // 50):
        batch = source.batch(50, 128)
        best = model(normalise(batch["images"])).argmax(1)
        table += torch.bincount((batch["labels"] * classes + best).flatten(),
                                minlength=classes * classes).reshape(classes, classes)
    model.train()
    hit = table.diagonal()
    return hit / (table.sum(0) + table.sum(1) - hit)


def main():
    sprites, classifier, output = sys.argv[1:4]
    minutes = float(sys.argv[4]) if len(sys.argv) > 4 else 30
    torch.manual_seed(2)
    model = network.Segmenter(len(scenes.NAMES) + 1)
    start_from(model, classifier)
    model = model.to(memory_format=torch.channels_last)
    optimiser = torch.optim.AdamW(model.parameters(), 2e-3, weight_decay=0.01)
    source = scenes.Scenes(sprites, scenes.KNOWN, 2)
    start, step, drawn = time.process_time(), 0, 0
    limit, used = minutes * 60, 0.0
    for side, share, size in STAGES:
        stage_end = used + share * limit
        while used < stage_end:
            progress = used / limit
            rate = 2e-3 * min(1, (step + 1) / 100) * max(0, 1 - progress) ** 0.9 + 2e-6
            for group in optimiser.param_groups:
                group["lr"] = rate
            loss = loss_of(model, source.batch(size, side))
            optimiser.zero_grad()
            loss.backward()
            nn.utils.clip_grad_norm_(model.parameters(), 5)
            optimiser.step()
            step, drawn = step + 1, drawn + size
            used = (time.process_time() - start) / torch.get_num_threads()
            if step % 100 == 0:
                print(f"{used / 60:5.1f} min side {side} scenes {drawn} "
                      f"loss {loss.item():.3f}", flush=True)
        network.save_safetensors(model.state_dict(), output)
    for name, styles in (("known", scenes.KNOWN), ("unseen", scenes.UNSEEN)):
        values = intersection_over_union(model, scenes.Scenes(sprites, styles, 2001, 300))
        print(f"{name} styles: mean IoU {values.mean():.4f}")
        print("  " + ", ".join(f"{n} {v:.2f}" for n, v in
                               zip(["background", *scenes.NAMES], values.tolist())))
    print("scenes drawn:", drawn)


if __name__ == "__main__":
    main()

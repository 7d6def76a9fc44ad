"""Train the segmenter on synthetic scenes.

    python3 train_segmenter.py SPRITES.npz CLASSIFIER.safetensors.pth OUTPUT.safetensors [MINUTES
                               [FROM.pth]]

Its convolutions are initialized with the classifier's. Class 0 is the background. FROM
continues an earlier run, at full size and half the rate.
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

# Side, share of the time, batch; the encoder is frozen in the first
STAGES = [(96, 0.35, 48), (128, 0.65, 32)]
RATE = 2e-3


def start_from(model, path):
    """Initialize the encoder with the classifier's features, or as many channels as it has."""
    trained = torch.load(path)
    modules = [m for m in model.encoder.modules() if isinstance(m, (nn.Conv2d, nn.BatchNorm2d))]
    numbers = sorted({int(k.split(".")[1]) for k in trained if k.startswith("features.")})
    for number, module in zip(numbers, modules, strict=True):
        prefix = f"features.{number}."
        network.copy_weights(module, {k[len(prefix):]: v for k, v in trained.items()
                                  if k.startswith(prefix)})


def freeze_encoder(model, still):
    model.encoder.requires_grad_(not still)
    model.encoder.train(not still)


def loss_of(model, batch):
    with torch.autocast("cpu", torch.bfloat16):
        scores = model(normalize(batch["images"]).to(memory_format=torch.channels_last))
    # A random quarter of the pixels is enough.
    top, left = torch.randint(0, 2, (2,)).tolist()
    scores = scores[:, :, top::2, left::2].float()
    labels = batch["labels"][:, top::2, left::2]
    weight = torch.full((scores.shape[1],), 1.0)
    weight[0] = 0.4  # most of a scene
    cross = F.cross_entropy(scores, labels, weight, label_smoothing=0.01)
    # Soft Jaccard index over the classes in the scene, which is what the test measures.
    share = scores.softmax(1)
    truth = F.one_hot(labels, scores.shape[1]).permute(0, 3, 1, 2).float()
    both = (share * truth).sum((0, 2, 3))
    either = (share + truth - share * truth).sum((0, 2, 3))
    there = truth.sum((0, 2, 3)) > 0
    return cross + 0.5 * (1 - (both[there] / either[there]).mean())


@torch.no_grad()
def intersection_over_union(model, source, count=1500):
    model.eval()
    classes = len(drawings.NAMES) + 1
    table = torch.zeros(classes, classes)
    for _ in range(count // 50):
        batch = source.batch(50, 128)
        best = model(normalize(batch["images"])).argmax(1)
        table += torch.bincount((batch["labels"] * classes + best).flatten(),
                                minlength=classes * classes).reshape(classes, classes)
    model.train()
    hit = table.diagonal()
    return hit / (table.sum(0) + table.sum(1) - hit)


def report(model, sprites):
    for name, styles in (("known", drawings.KNOWN), ("unseen", drawings.UNSEEN)):
        values = intersection_over_union(model, scenes.Scenes(sprites, styles, 2001, 300))
        print(f"{name} styles: mean IoU {values.mean():.4f}")
        print("  " + ", ".join(f"{n} {v:.2f}" for n, v in
                               zip(["background", *drawings.NAMES], values.tolist())),
              flush=True)


def main():
    sprites, classifier, output = sys.argv[1:4]
    minutes = float(sys.argv[4]) if len(sys.argv) > 4 else 30
    torch.manual_seed(2)
    model = network.Segmenter(len(drawings.NAMES) + 1)
    start_from(model, classifier)
    stages, rate = STAGES, RATE
    if len(sys.argv) > 5:
        model.load_state_dict(torch.load(sys.argv[5]))
        stages, rate = STAGES[-1:], RATE / 2
    model = model.to(memory_format=torch.channels_last)
    source = scenes.Scenes(sprites, drawings.TAUGHT, 2)
    training.train(model, [], lambda batch: loss_of(model, batch), source, stages, minutes,
                   rate, output, lambda mean: report(mean, sprites),
                   slow=model.encoder.parameters(),
                   begin=lambda stage: freeze_encoder(model, still=len(stages) > 1 and stage == 0))


if __name__ == "__main__":
    main()

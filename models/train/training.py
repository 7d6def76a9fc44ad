"""The training loop of both networks."""
import copy
import math
import time

import torch
from torch import nn

import network
import scenes


def normalize(images):
    return (images - 0.5) / 0.25


class Mean:
    """A running mean of the weights over the last tenth of the steps, at most a thousand."""

    def __init__(self, model):
        self.model, self.steps = copy.deepcopy(model), 0

    @torch.no_grad()
    def update(self, model):
        self.steps += 1
        for kept, now in zip(self.model.state_dict().values(), model.state_dict().values()):
            kept.copy_(kept.lerp(now, max(0.001, 10 / (9 + self.steps)))
                       if kept.is_floating_point() else now)


def train(model, helpers, loss_of, source, stages, minutes, rate, output, report,
          slow=(), begin=lambda stage: None):
    """Train and save model; returns the mean of its weights.

    helpers: modules that are trained too, but not saved. loss_of(batch): the loss.
    stages: (side, share of the time, batch) in turn. minutes: processor time per core.
    report(model): called at the end of each stage, with the weights as stored in the file.
    slow: parameters with a fifth of the learning rate. begin(stage): called with each
    stage's number, from 0.
    """
    mean = Mean(model)
    parameters = [p for part in (model, *helpers) for p in part.parameters()]
    slow = {id(p) for p in slow}
    optimizer = torch.optim.AdamW(
        [{"params": [p for p in parameters if id(p) not in slow], "share": 1.0},
         {"params": [p for p in parameters if id(p) in slow], "share": 0.2}],
        rate, weight_decay=0.02)
    limit, total = 60 * minutes, sum(share for _, share, _ in stages)
    start, step, seen, used, stage_end = time.process_time(), 0, 0, 0.0, 0.0
    for number, (side, share, size) in enumerate(stages):
        begin(number)
        stage_end += limit * share / total
        pool = scenes.Pool(source, side)
        while used < stage_end:
            cosine = 0.5 * (1 + math.cos(math.pi * used / limit))
            for group in optimizer.param_groups:
                group["lr"] = group["share"] * rate * min(1, (step + 1) / 300) * cosine + 1e-6
            loss = loss_of(pool.batch(size))
            optimizer.zero_grad()
            loss.backward()
            nn.utils.clip_grad_norm_(parameters, 5)
            optimizer.step()
            mean.update(model)
            step, seen = step + 1, seen + size
            used = (time.process_time() - start) / torch.get_num_threads()
            if step % 500 == 0:
                torch.save(mean.model.state_dict(), output + ".pth")
                print(f"{used / 60:5.1f} min side {side} scenes {seen} "
                      f"loss {loss.item():.3f}", flush=True)
        torch.save(mean.model.state_dict(), output + ".pth")
        network.save_safetensors(mean.model.state_dict(), output)
        shipped = copy.deepcopy(mean.model)
        shipped.load_state_dict(network.as_read(mean.model.state_dict()))
        report(shipped)
    print("scenes seen:", seen)

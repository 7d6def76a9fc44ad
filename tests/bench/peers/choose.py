"""Which layout and how many pictures together suit lean.py best: choose.py NETWORK WEIGHTS
prints JSON, one choice for the forward pass of many, the gradient of many and that of one."""
import json
import sys
import time

import torch

import common
import networks

CANDIDATES = {'forward': (8, 32), 'gradient': (8, 32), 'single': (1,)}


def seconds(network, channels_last, batch, backward):
    x = torch.randn(batch, 3, common.SIZE, common.SIZE)
    if channels_last:
        x = x.contiguous(memory_format=torch.channels_last)
    best = float('inf')
    for _ in range(2):
        start = time.process_time()
        if backward:
            x.requires_grad_(True)
            torch.autograd.grad(network(x)[:, 0].sum(), x)
        else:
            with torch.inference_mode():
                network(x)
        best = min(best, time.process_time() - start)
    return best / batch


def main():
    torch.set_num_threads(1)
    found = {purpose: (float('inf'),) for purpose in CANDIDATES}
    for channels_last in False, True:
        network = networks.load(sys.argv[1], sys.argv[2], channels_last)
        for purpose, batches in CANDIDATES.items():
            for batch in batches:
                cost = seconds(network, channels_last, batch, purpose != 'forward')
                found[purpose] = min(found[purpose], (cost, channels_last, batch))
    print(json.dumps({purpose: {'seconds': cost, 'channels_last': channels_last, 'batch': batch}
                      for purpose, (cost, channels_last, batch) in found.items()}))


main()

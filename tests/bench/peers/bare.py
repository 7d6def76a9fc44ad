"""The passes alone, in batches, of noise: forward, and for vanilla backpropagation the
gradient of the input"""
import torch

import common
import networks


def main():
    task = common.read_task()
    torch.set_num_threads(1)
    network = networks.load(task.network, task.weights, task.channels_last)
    backward = task.techniques[0] == 'vanilla_bp'
    for start in range(0, len(task.pictures), task.batch):
        count = min(task.batch, len(task.pictures) - start)
        x = torch.randn(count, 3, common.SIZE, common.SIZE)
        if task.channels_last:
            x = x.contiguous(memory_format=torch.channels_last)
        if backward:
            x.requires_grad_(True)
            torch.autograd.grad(network(x)[:, task.target].sum(), x)
        else:
            with torch.inference_mode():
                network(x)


main()

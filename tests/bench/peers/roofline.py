"""What one core can do: GFLOP/s of a matrix product and of a convolution, as JSON. The best of
a second's repetitions after one that warms up, by the time of the CPU, which is that of one
thread."""
import json
import time

import torch

SIDE = 1536
CHANNELS, PLACES, BATCH = 256, 28, 8


def gflops(work, operations):
    work()
    best, begin = float('inf'), time.process_time()
    while time.process_time() - begin < 1:
        start = time.process_time()
        work()
        best = min(best, time.process_time() - start)
    return operations / best / 1e9


def main():
    torch.set_num_threads(1)
    a, b = torch.randn(SIDE, SIDE), torch.randn(SIDE, SIDE)
    product = torch.empty(SIDE, SIDE)
    x = torch.randn(BATCH, CHANNELS, PLACES, PLACES)
    weight = torch.randn(CHANNELS, CHANNELS, 3, 3)
    with torch.inference_mode():
        print(json.dumps({
            'torch': torch.__version__,
            'sgemm': gflops(lambda: torch.mm(a, b, out=product), 2 * SIDE ** 3),
            'convolution': gflops(
                lambda: torch.nn.functional.conv2d(x, weight, padding=1),
                2 * BATCH * PLACES ** 2 * CHANNELS ** 2 * 9)}))


main()

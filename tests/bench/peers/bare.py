"""The passes alone, in batches, of noise: forward, and the gradient of the input, of all layers
or of one for techniques that take it"""
import torch

import common
import networks

# Of what a technique has as many passes, where that is not pictures
COUNTED = ('masks', 'windows', 'variants', 'iterations')


def passes(task):
    """As many as there are of what the task counts"""
    return max(len(task.pictures), *(getattr(task, name) for name in COUNTED))


def input_gradient(task, network, x):
    x.requires_grad_(True)
    torch.autograd.grad(network(x)[:, task.target].sum(), x)


def layer_gradient(task, network, x):
    with torch.no_grad():
        features = network.features_of(x)
    features.requires_grad_(True)
    torch.autograd.grad(network.head(features)[:, task.target].sum(), features)


def forward(task, network, x):
    with torch.inference_mode():
        network(x)


TO_INPUT = ('vanilla_bp', 'full_grad', 'meaningful_perturbation', 'extremal_perturbation')
TO_LAYER = ('layer_cam', 'hires_cam', 'eigen_grad_cam', 'finer_cam')
RUN = {**dict.fromkeys(TO_INPUT, input_gradient), **dict.fromkeys(TO_LAYER, layer_gradient)}


def main():
    task = common.read_task()
    torch.set_num_threads(1)
    network = networks.load(task.network, task.weights, task.channels_last)
    technique = task.techniques[0]
    count = passes(task)
    for start in range(0, count, task.batch):
        x = torch.randn(min(task.batch, count - start), 3, common.SIZE, common.SIZE)
        if task.channels_last:
            x = x.contiguous(memory_format=torch.channels_last)
        RUN.get(technique, forward)(task, network, x)


main()

"""A network of torchvision's as manuals load it, for the peers that put hooks on it"""
import torch
from torchvision import models


def load_network(task, in_place=True):
    """With weights that require gradients; some hooks on modules ask for no change in place."""
    network = getattr(models, task.network)()
    network.load_state_dict(torch.load(task.weights))
    for module in network.modules():
        if isinstance(module, torch.nn.ReLU) and not in_place:
            module.inplace = False
    return network.eval()

#!/usr/bin/env python3
"""Attributions to a layer, and to neurons in place of classes, against the code of captum
itself. PEERS_PYTHON names a Python that has it."""

import cam_network as scenes
import engine_tool as tool

PEERS = tool.use_peers('PEERS_PYTHON', 'captum')
try:
    import torch
    from captum import attr
except ImportError as error:
    tool.skip(f'{PEERS}: {error}; pip install captum')

STEPS = 6
PATH = f'steps = {STEPS}\nbaseline = mean'
MIDDLE = {'n_steps': STEPS, 'method': 'riemann_middle'}
PLACE = (202, 3, 1)
network = scenes.network()
layer = network.get_submodule(scenes.LAYER)


def conductance(x, index):
    """The mean of gradients at the beginnings of steps, as it has them, and at their ends"""
    peer = attr.LayerConductance(network, layer)
    ends = {'target': index, 'n_steps': STEPS, 'method': 'riemann_trapezoid'}
    return (peer.attribute(x, x * 0, **ends) - peer.attribute(x * 0, x, **ends)) / 2


def channel_sum(A):
    return A[:, PLACE[0]].sum((1, 2))


# Job: its lines, and the peer's map
JOBS = {
    'layer_gradient_x_activation': ('', lambda x, c: attr.LayerGradientXActivation(
        network, layer).attribute(x, target=c)),
    'internal_influence': (PATH, lambda x, c: attr.InternalInfluence(network, layer).attribute(
        x, x * 0, target=c, **MIDDLE)),
    'conductance': (PATH, conductance),
    'layer_integrated_gradients': (PATH, lambda x, c: attr.LayerIntegratedGradients(
        network, layer).attribute(x, x * 0, target=c, **MIDDLE)),
    'place': (f'technique = vanilla_bp\nneuron = {scenes.LAYER}:{":".join(map(str, PLACE))}',
              lambda x, c: attr.NeuronGradient(network, layer).attribute(x, PLACE)),
    'channel': (f'technique = vanilla_bp\nneuron = {scenes.LAYER}:{PLACE[0]}',
                lambda x, c: attr.NeuronGradient(network, layer).attribute(x, channel_sum)),
    'integrated': (f'technique = integrated_gradients\n{PATH}\n'
                   f'neuron = {scenes.LAYER}:{":".join(map(str, PLACE))}',
                   lambda x, c: attr.NeuronIntegratedGradients(network, layer).attribute(
                       x, PLACE, x * 0, **MIDDLE)),
    'guided': (f'technique = guided_bp\nneuron = {scenes.LAYER}:{PLACE[0]}',
               lambda x, c: attr.NeuronGuidedBackprop(network, layer).attribute(
                   x, channel_sum)),
}
maps = scenes.Maps()
with tool.scratch() as folder:
    ours = scenes.run(folder, {
        job: lines if 'neuron' in lines else f'{lines}\nlayer = {scenes.LAYER}'
        for job, (lines, _) in JOBS.items()})
for name, label in scenes.CLASSES.items():
    x = torch.tensor(scenes.read_input(name))[None]
    for job, (_, theirs) in JOBS.items():
        made = theirs(x, scenes.labels().index(label))
        maps.check(f'{job} of {name}', ours[job][name], made.detach().numpy().squeeze())
maps.finish()

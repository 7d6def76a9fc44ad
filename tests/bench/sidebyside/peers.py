"""The peers' side: which there are, in which Python, and what they can do"""
import json
import os
from collections import namedtuple

from . import cases

SCRIPTS = os.path.join(os.path.dirname(os.path.dirname(os.path.abspath(__file__))), 'peers')

ATTRIBUTIONS = ('vanilla_bp', 'guided_bp', 'grad_cam', 'saliency', 'smooth_grad',
                'integrated_gradients')
ALL = ATTRIBUTIONS + ('class_image', 'filter_vis')
BARE = ('grad_cam', 'vanilla_bp', 'layer_cam', 'rise', 'occlusion', *cases.CAMS, *cases.VARIED,
        *cases.SEARCHED)

# style  collection, lean, package or bare: which goals hold (goals.py)
# needs  what must be there to import
Peer = namedtuple('Peer', 'style title script techniques needs')

PEERS = (
    Peer('collection', 'as scripts write it', 'collection.py', ALL, 'torchvision'),
    Peer('lean', 'the best PyTorch', 'lean.py', ALL, 'torch'),
    Peer('package', 'captum', 'captum_maps.py', ATTRIBUTIONS, 'captum'),
    Peer('package', 'pytorch-grad-cam', 'grad_cam_package.py', ('grad_cam',),
         'pytorch_grad_cam'),
    Peer('bare', 'the passes alone', 'bare.py', BARE, 'torch'),
)


def suits(peer, case):
    if not set(case.techniques) <= set(peer.techniques):
        return False
    return peer.style != 'bare' or case.less is not None


def command(peer, python, task, folder):
    path = os.path.join(folder, 'task.json')
    with open(path, 'w', encoding='utf-8') as stream:
        json.dump(task, stream)
    return [python, os.path.join(SCRIPTS, peer.script), path]

#!/usr/bin/env python3
"""Class activation maps against the code of pytorch-grad-cam and torch-cam themselves, before
they scale and enlarge them. PEERS_PYTHON names a Python that has both."""

import cam_network as scenes
import engine_tool as tool

PEERS = tool.use_peers('PEERS_PYTHON', 'grad-cam and torchcam')
try:
    import numpy as np
    import torch
    import torch.nn.functional as F
    import pytorch_grad_cam as peer
    from pytorch_grad_cam import base_cam, fullgrad_cam
    from pytorch_grad_cam.utils import image, svd_on_activations
    from pytorch_grad_cam.utils.model_targets import ClassifierOutputTarget
    import torchcam.methods as second
except ImportError as error:
    tool.skip(f'{PEERS}: {error}; pip install grad-cam torchcam')

network = scenes.network()
layer = network.get_submodule(scenes.LAYER)

# The papers enlarge feature maps and then scale them to masks. One peer enlarges with aligned
# corners, the other scales before.
torch.nn.UpsamplingBilinear2d = lambda size: torch.nn.Upsample(size=size, mode='bilinear')


def enlarge_and_scale(extractor, maps):
    masks = F.interpolate(maps, extractor._input.shape[2:], mode='bilinear')
    low, high = masks.amin((2, 3), keepdim=True), masks.amax((2, 3), keepdim=True)
    return (masks - low) / (high - low + 1e-8)


second.ScoreCAM._upsample = enlarge_and_scale


def first_peer(name, x, index, eigen=False):
    """The map of pytorch-grad-cam, rectified, not scaled"""
    targets = [ClassifierOutputTarget(index)]
    with getattr(peer, name)(model=network, target_layers=[layer]) as cam:
        cam(x, targets)
        kept = cam.activations_and_grads
        A = kept.activations[0].numpy()
        gradient = kept.gradients[0].numpy() if kept.gradients else None
        made = cam.get_cam_image(x, layer, targets, A, gradient, eigen)[0]
    if name in ('EigenCAM', 'EigenGradCAM', 'KPCA_CAM') or eigen:
        # It takes the sign that the linear algebra library happens to give.
        terms = A[0] if gradient is None or eigen else A[0] * gradient[0]
        if eigen:
            terms = terms * gradient[0].mean((1, 2), keepdims=True)
        whole = terms.sum(0)
        made = made * np.sign((made * (whole - whole.mean())).sum())
    return np.maximum(made, 0)


def second_peer(name, x, index, *arguments, **options):
    """The map of torch-cam, not scaled"""
    with getattr(second, name)(network, scenes.LAYER, *arguments, **options) as extractor:
        return extractor(index, network(x), normalized=False)[0][0].detach().numpy()


def scale_to_maximum(maps, size=None):
    """What pytorch-grad-cam does to maps, less that it moves their minimum to 0"""
    import cv2
    made = [each / (1e-7 + each.max()) for each in maps]
    return np.float32([cv2.resize(each, size) if size else each for each in made])


def combined(name, layers, x, index, **options):
    base_cam.scale_cam_image = scale_to_maximum
    with getattr(peer, name)(network, [network.get_submodule(each) for each in layers]) as cam:
        return cam(x, [ClassifierOutputTarget(index)], **options)[0]


def finer(x, index):
    base_cam.scale_cam_image = lambda maps, size=None: np.float32(maps)
    with peer.FinerCAM(network, [layer]) as cam:
        return cam(x, target_idx=index, comparison_categories=[1, 2, 3, 4, 5])[0]


def scale_exactly(maps, size):
    """Without the 10^-7 that it adds to the largest contribution of a channel, which may be
    less than that"""
    import cv2
    made = [each - each.min() for each in maps]
    return np.float32([cv2.resize(np.float32(each / (each.max() or 1)), size)
                       for each in made])


def project(terms):
    """Its first component, in the sign of the sum and without the negative part"""
    made = svd_on_activations.get_2d_projection(terms)
    whole = terms.sum(1)
    return np.maximum(made * np.sign((made * (whole - whole.mean())).sum()), 0)


def full_grad(x, index, **options):
    """Of the size of the input throughout; where copies are averaged, scaled to the maximum"""
    image.scale_cam_image = scale_exactly
    fullgrad_cam.scale_cam_image = scale_to_maximum if 'aug_smooth' in options else np.float32
    fullgrad_cam.scale_accross_batch_and_channels = (
        lambda maps, size: maps if size[0] < x.shape[3]
        else image.scale_accross_batch_and_channels(maps, size))
    fullgrad_cam.get_2d_projection = project
    with peer.FullGrad(network, []) as cam:
        return cam(x, [ClassifierOutputTarget(index)], **options)[0]


SMOOTH = """
[network]
name = smooth
input_size = 128 128
mean = 0.5
std = 0.25
weights = smooth.pth

[layers]
0 = conv2d out=6 kernel=5 stride=4
1 = silu
2 = conv2d out=8 kernel=3
3 = gelu
4 = adaptive_avg_pool2d output=1
5 = flatten
6 = linear out=20
"""


def compare_shapley(maps, folder):
    """Where smooth activations follow the layer; elsewhere it is Grad-CAM"""
    torch.manual_seed(1)
    smooth = torch.nn.Sequential(
        torch.nn.Conv2d(3, 6, 5, 4), torch.nn.SiLU(), torch.nn.Conv2d(6, 8, 3),
        torch.nn.GELU(), torch.nn.AdaptiveAvgPool2d(1), torch.nn.Flatten(),
        torch.nn.Linear(8, 20)).eval()
    torch.save(smooth.state_dict(), f'{folder}/smooth.pth')
    with open(f'{folder}/smooth.ini', 'w', encoding='utf-8') as file:
        file.write(SMOOTH)
    ours = scenes.run(folder, {'shapley_cam': 'layer = 1'}, architecture='smooth.ini')
    base_cam.scale_cam_image = lambda maps, size=None: np.float32(maps)
    for name, label in scenes.CLASSES.items():
        x = torch.tensor(scenes.read_input(name))[None]
        with peer.ShapleyCAM(smooth, [smooth[1]]) as cam:
            theirs = cam(x, [ClassifierOutputTarget(scenes.labels().index(label))])[0]
        maps.check(f'shapley_cam of {name}', ours['shapley_cam'][name], theirs)


LAYERS = [scenes.SHALLOW, scenes.LAYER]
# Job: its lines, and the peer's map
JOBS = {
    'grad_cam': ('', lambda x, c: first_peer('GradCAM', x, c)),
    'smooth': ('technique = grad_cam\neigen_smooth = yes',
               lambda x, c: first_peer('GradCAM', x, c, eigen=True)),
    'grad_cam_pp': ('epsilon = 0.000001', lambda x, c: first_peer('GradCAMPlusPlus', x, c)),
    'xgrad_cam': ('', lambda x, c: first_peer('XGradCAM', x, c)),
    'hires_cam': ('', lambda x, c: first_peer('HiResCAM', x, c)),
    'layer_cam': ('', lambda x, c: first_peer('LayerCAM', x, c)),
    'grad_cam_elementwise': ('', lambda x, c: first_peer('GradCAMElementWise', x, c)),
    'eigen_cam': ('center = yes', lambda x, c: first_peer('EigenCAM', x, c)),
    'eigen_grad_cam': ('', lambda x, c: first_peer('EigenGradCAM', x, c)),
    'kpca_cam': ('', lambda x, c: first_peer('KPCA_CAM', x, c)),
    'fem': ('sum = share', lambda x, c: first_peer('FEM', x, c)),
    'score_cam': ('', lambda x, c: first_peer('ScoreCAM', x, c)),
    'score_cam_twice': ('technique = score_cam', lambda x, c: second_peer('ScoreCAM', x, c)),
    'is_cam': ('samples = 2', lambda x, c: second_peer('ISCAM', x, c, num_samples=2)),
    'ablation_cam': ('', lambda x, c: first_peer('AblationCAM', x, c)),
    'finer_cam': ('', lambda x, c: second_peer('FinerCAM', x, c)),
    'weighted': ('technique = finer_cam\nweighted = yes\nalpha = 1\nreferences = 5', finer),
    'full_grad': ('', full_grad),
    'full_grad_smooth': ('technique = full_grad\neigen_smooth = yes',
                         lambda x, c: full_grad(x, c, eigen_smooth=True)),
    'full_grad_augmented': ('technique = full_grad\naug_smooth = yes',
                            lambda x, c: full_grad(x, c, aug_smooth=True)),
    'merged': (f'technique = layer_cam\nlayer = {", ".join(LAYERS)}',
               lambda x, c: combined('LayerCAM', LAYERS, x, c)),
    'augmented': ('technique = grad_cam\naug_smooth = yes',
                  lambda x, c: combined('GradCAM', [scenes.LAYER], x, c, aug_smooth=True)),
}
maps = scenes.Maps()
with tool.scratch() as folder:
    compare_shapley(maps, folder)
    ours = scenes.run(folder, {
        job: lines if 'layer =' in lines or 'full_grad' in job else f'{lines}\nlayer = {scenes.LAYER}'
        for job, (lines, _) in JOBS.items()})
for name, label in scenes.CLASSES.items():
    x = torch.tensor(scenes.read_input(name))[None]
    for job, (_, theirs) in JOBS.items():
        theirs = theirs(x, scenes.labels().index(label))
        made = ours[job][name]
        if job in ('merged', 'augmented', 'full_grad_smooth'):
            theirs = theirs * made.max() / theirs.max()
        maps.check(f'{job} of {name}', made, theirs)
maps.finish()

"""What is timed: one row for each case and for each network."""
from collections import namedtuple

# name        in --cases
# title       in the report
# techniques  one, or several jobs of one run
# counted     what the marginal cost is the cost of one more of: a setting, pictures, or what
#             is done to one picture
# full, less  how many of them; the marginal cost is the difference of time by that of counts
# purpose     which of choose.py's answers suits the peer that batches
# passes      forward passes that cost as many operations as one of what is counted: one more
#             for a backward pass to the input. Those of filter_vis go to filter_layer alone.
Case = namedtuple('Case', 'name title techniques counted full less purpose passes')

# What more class activation maps, and perturbations, cost beyond their bare passes: jobs with 64
# and 16 pictures, variants of one picture, or steps
CAMS = {'hires_cam': 'HiResCAM', 'eigen_grad_cam': 'EigenGradCAM', 'finer_cam': 'FinerCAM',
        'fem': 'FEM', 'full_grad': 'FullGrad'}
VARIED = {'feature_ablation': 'Feature ablation', 'lime': 'LIME', 'kernel_shap': 'KernelSHAP',
          'shapley_sampling': 'Shapley sampling', 'sobol': "Sobol' indices", 'hsic': 'HSIC',
          'score_cam': 'Score-CAM', 'ss_cam': 'SS-CAM', 'is_cam': 'IS-CAM'}
SEARCHED = {'meaningful_perturbation': 'Meaningful perturbation',
            'extremal_perturbation': 'Extremal perturbation'}

CASES = (
    Case('vanilla_1', 'Vanilla backpropagation, one picture', ('vanilla_bp',),
         'pictures', 1, None, 'single', 2),
    Case('guided_1', 'Guided backpropagation, one picture', ('guided_bp',),
         'pictures', 1, None, 'single', 2),
    Case('grad_cam_1', 'Grad-CAM, one picture', ('grad_cam',),
         'pictures', 1, None, 'single', 1),
    Case('vanilla_64', 'Vanilla backpropagation, 64 pictures', ('vanilla_bp',),
         'pictures', 64, 16, 'gradient', 2),
    Case('guided_64', 'Guided backpropagation, 64 pictures', ('guided_bp',),
         'pictures', 64, 16, 'gradient', 2),
    Case('grad_cam_64', 'Grad-CAM, 64 pictures', ('grad_cam',),
         'pictures', 64, 16, 'forward', 1),
    Case('layer_cam_64', 'LayerCAM, 64 pictures', ('layer_cam',),
         'pictures', 64, 16, 'forward', 1),
    Case('four_jobs', 'Grad-CAM, vanilla, guided and saliency of one picture',
         ('grad_cam', 'vanilla_bp', 'guided_bp', 'saliency'),
         'pictures', 1, None, 'single', 3),
    Case('smooth_grad', 'SmoothGrad, 50 samples', ('smooth_grad',),
         'samples', 50, 10, 'gradient', 2),
    Case('integrated_gradients', 'Integrated gradients, 50 steps', ('integrated_gradients',),
         'steps', 50, 10, 'gradient', 2),
    Case('rise', 'RISE, 64 masks', ('rise',),
         'masks', 64, 16, 'forward', 1),
    Case('occlusion', 'Occlusion, 64 windows', ('occlusion',),
         'windows', 64, 16, 'forward', 1),
    *(Case(name, f'{title}, 64 pictures', (name,), 'pictures', 64, 16,
           'gradient' if name == 'full_grad' else 'forward', 2 if name == 'full_grad' else 1)
      for name, title in CAMS.items()),
    *(Case(name, f'{title}, 64 variants', (name,), 'variants', 64, 16, 'forward', 1)
      for name, title in VARIED.items()),
    *(Case(name, f'{title}, 30 steps', (name,), 'iterations', 30, 10, 'single', 2)
      for name, title in SEARCHED.items()),
    Case('class_image', 'Class image, 150 steps', ('class_image',),
         'iterations', 150, 50, 'single', 2),
    Case('filter_vis', 'Filter visualization, 30 steps', ('filter_vis',),
         'iterations', 30, 10, 'single', 2),
)

# layer         that Grad-CAM looks at
# filter_layer  of which filter_vis shows a filter
Network = namedtuple('Network', 'name layer filter_layer')

NETWORKS = (
    Network('alexnet', 'features.12', 'features.8'),
    Network('vgg16', 'features.30', 'features.17'),
    Network('squeezenet1_0', 'features.12', 'features.7'),
    Network('resnet50', 'layer4', 'layer2'),
    Network('mobilenet_v3_small', 'features.12', 'features.6'),
)

TARGET = 243
FILTER = 5
NOISE_LEVEL = 0.15
MOST_PICTURES = 64

# Settings under which both sides must get the same: no random noise, and few steps from one
# picture, since small differences grow with each step
GUARD = {'samples': 8, 'noise_level': 0, 'steps': 8, 'iterations': 3}
GUARD_PICTURES = 2


def find(table, names):
    """The rows of these names, all without names; raises ValueError for others"""
    known = [row.name for row in table]
    for name in names or ():
        if name not in known:
            raise ValueError(f'{name}: there are {", ".join(known)}')
    return [row for row in table if not names or row.name in names]

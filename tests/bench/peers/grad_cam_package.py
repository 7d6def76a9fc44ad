"""pytorch-grad-cam as its manual uses it, pictures in batches"""
import numpy as np
import torch
from PIL import Image
from pytorch_grad_cam import GradCAM
from pytorch_grad_cam.utils.image import show_cam_on_image
from pytorch_grad_cam.utils.model_targets import ClassifierOutputTarget

import common
import usual

BATCH = 8


def main():
    task = common.read_task()
    torch.set_num_threads(1)
    network = usual.load_network(task)
    with GradCAM(model=network, target_layers=[network.get_submodule(task.layer)]) as cam:
        for start in range(0, len(task.pictures), BATCH):
            files = task.pictures[start:start + BATCH]
            pixels = [common.read_pixels(path) for path in files]
            x = torch.stack([torch.from_numpy(common.normalize(each)) for each in pixels])
            maps = cam(input_tensor=x, targets=[ClassifierOutputTarget(task.target)] * len(x))
            for stem, each, values in zip(task.stems()[start:start + BATCH], pixels, maps):
                np.save(task.path('grad_cam', stem + '.npy'), values)
                overlay = show_cam_on_image(each, values, use_rgb=True)
                Image.fromarray(overlay).save(task.path('grad_cam', stem + '.png'))
                gray = Image.fromarray(np.uint8(255 * values))
                gray.save(task.path('grad_cam', stem + '-gray.png'))


main()

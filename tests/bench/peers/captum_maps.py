"""captum's methods, as its manual uses them, pictures in batches"""
import torch
from captum import attr

import common
import usual

BATCH = 8


def gradients(attribution, /, **settings):
    def work(task, x):
        return attribution.attribute(x, target=task.target, **settings)
    return work


def method_of(task, technique, network):
    if technique == 'vanilla_bp':
        return gradients(attr.Saliency(network), abs=False)
    if technique == 'saliency':
        return gradients(attr.Saliency(network))
    if technique == 'guided_bp':
        return gradients(attr.GuidedBackprop(network))
    if technique == 'grad_cam':
        layer = network.get_submodule(task.layer)
        return gradients(attr.LayerGradCam(network, layer), relu_attributions=True)
    black = torch.from_numpy(-common.MEAN / common.STD).reshape(1, 3, 1, 1)
    if technique == 'integrated_gradients':
        return gradients(attr.IntegratedGradients(network), n_steps=task.steps,
                         internal_batch_size=BATCH, method='riemann_middle',
                         baselines=black.expand(1, 3, common.SIZE, common.SIZE))
    return smooth_grad(attr.NoiseTunnel(attr.Saliency(network)))


def smooth_grad(tunnel):
    def work(task, x):
        deviation = task.noise_level * (x.max() - x.min()).item()
        return tunnel.attribute(x, nt_type='smoothgrad', nt_samples=task.samples,
                                nt_samples_batch_size=BATCH, stdevs=max(deviation, 1e-12),
                                target=task.target, abs=False)
    return work


def save(task, technique, stem, path, values):
    if technique in ('grad_cam', 'saliency'):
        values = values.abs().amax(0) if technique == 'saliency' else values[0]
        common.save_map(task, technique, stem, values.numpy(), path)
    else:
        common.save_gradient(task, technique, stem, values.numpy())


def main():
    task = common.read_task()
    torch.set_num_threads(1)
    network = usual.load_network(task, in_place=False)
    many = BATCH if task.techniques[0] not in ('smooth_grad', 'integrated_gradients') else 1
    for technique in task.techniques:
        work = method_of(task, technique, network)
        for start in range(0, len(task.pictures), many):
            files = task.pictures[start:start + many]
            x = torch.stack([torch.from_numpy(common.normalize(common.read_pixels(path)))
                             for path in files])
            maps = work(task, x).detach()
            for stem, path, values in zip(task.stems()[start:start + many], files, maps):
                save(task, technique, stem, path, values)


main()

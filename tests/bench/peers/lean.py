"""The best PyTorch that we can write for each technique: nothing but torch is imported,
weights take no gradients and are folded, pictures go in batches, what needs no gradient runs
in inference mode or without one, and the gradient is that of the input or the layer alone."""
import torch

import common
import networks

GUIDED = [False]  # what ReLUs let through on the way back


class GuidedRelu(torch.autograd.Function):
    """One graph gives the true gradient and the guided one."""

    @staticmethod
    def forward(context, x):
        y = x.clamp(min=0)
        context.save_for_backward(y)
        return y

    @staticmethod
    def backward(context, gradient):
        y, = context.saved_tensors
        gradient = torch.where(y > 0, gradient, torch.zeros((), dtype=y.dtype))
        return gradient.clamp(min=0) if GUIDED[0] else gradient


class SwitchedRelu(torch.nn.Module):
    def forward(self, x):
        return GuidedRelu.apply(x)


def switch_relus(module):
    for name, child in module.named_children():
        if isinstance(child, torch.nn.ReLU):
            setattr(module, name, SwitchedRelu())
        switch_relus(child)


def layout(task, x):
    return x.contiguous(memory_format=torch.channels_last) if task.channels_last else x


def batches(task):
    """(stems, files, inputs) of as many pictures as go together"""
    stems = task.stems()
    for start in range(0, len(stems), task.batch):
        part = slice(start, start + task.batch)
        arrays = [common.normalize(common.read_pixels(path)) for path in task.pictures[part]]
        inputs = torch.stack([torch.from_numpy(array) for array in arrays])
        yield stems[part], task.pictures[part], layout(task, inputs)


def score(task, logits):
    return logits[:, task.target].sum()


def input_gradient(task, network, x):
    x = x.requires_grad_(True)
    return torch.autograd.grad(score(task, network(x)), x)[0]


def cam_of(features, gradient):
    return (features * gradient.mean((2, 3), keepdim=True)).sum(1).clamp(min=0)


def vanilla_bp(task, network):
    for stems, _, x in batches(task):
        for stem, gradient in zip(stems, input_gradient(task, network, x).numpy()):
            common.save_gradient(task, task.techniques[0], stem, gradient)


def guided_bp(task, network):
    switch_relus(network)
    GUIDED[0] = True
    vanilla_bp(task, network)


def grad_cam(task, network):
    for stems, files, x in batches(task):
        with torch.no_grad():
            features = network.features_of(x)
        features.requires_grad_(True)
        gradient, = torch.autograd.grad(score(task, network.head(features)), features)
        with torch.inference_mode():
            maps = cam_of(features, gradient).numpy()
        for stem, path, values in zip(stems, files, maps):
            common.save_map(task, 'grad_cam', stem, values, path)


def four_jobs(task, network):
    """One forward pass and two backward passes for all"""
    switch_relus(network)
    for stems, files, x in batches(task):
        x.requires_grad_(True)
        features = network.features_of(x)
        top = score(task, network.head(features))
        plain, at_features = torch.autograd.grad(top, (x, features), retain_graph=True)
        GUIDED[0] = True
        guided, = torch.autograd.grad(top, x)
        GUIDED[0] = False
        with torch.no_grad():
            maps = cam_of(features, at_features).numpy()
        for n, stem in enumerate(stems):
            common.save_map(task, 'grad_cam', stem, maps[n], files[n])
            common.save_gradient(task, 'vanilla_bp', stem, plain[n].numpy())
            common.save_gradient(task, 'guided_bp', stem, guided[n].numpy())
            common.save_map(task, 'saliency', stem, plain[n].abs().amax(0).numpy(), files[n])


def smooth_grad(task, network):
    for stems, _, x in batches(task):
        for stem, picture in zip(stems, x):
            deviation = task.noise_level * (picture.max() - picture.min())
            total = torch.zeros_like(picture)
            for start in range(0, task.samples, task.batch):
                count = min(task.batch, task.samples - start)
                noisy = picture + deviation * torch.randn(count, *picture.shape)
                total += input_gradient(task, network, layout(task, noisy)).sum(0)
            common.save_gradient(task, 'smooth_grad', stem, (total / task.samples).numpy())


def integrated_gradients(task, network):
    black = torch.from_numpy(-common.MEAN / common.STD).reshape(3, 1, 1)
    places = (torch.arange(task.steps) + 0.5) / task.steps
    for stems, _, x in batches(task):
        for stem, picture in zip(stems, x):
            total = torch.zeros_like(picture)
            for part in places.split(task.batch):
                path = black + part.reshape(-1, 1, 1, 1) * (picture - black)
                total += input_gradient(task, network, layout(task, path)).sum(0)
            total *= (picture - black) / task.steps
            common.save_gradient(task, 'integrated_gradients', stem, total.numpy())


def start_picture(task, low, high):
    """(1,3,H,W), from the file where one is given"""
    if task.start:
        array = common.normalize(common.read_pixels(task.start))
        return layout(task, torch.from_numpy(array)[None])
    pixels = low + (high - low) * torch.rand(common.SIZE, common.SIZE, 3)
    return layout(task, torch.from_numpy(common.normalize(pixels.numpy() / 255))[None])


def save_optimized(task, technique, x):
    values = x[0].detach().numpy()
    common.np.save(task.path(technique, 'array.npy'), values)
    common.save_picture(common.denormalize(values), task.path(technique, 'result.png'))


def class_image(task, network):
    mean = torch.from_numpy(common.MEAN).reshape(1, 3, 1, 1)
    std = torch.from_numpy(common.STD).reshape(1, 3, 1, 1)
    x = start_picture(task, 0, 256)
    for _ in range(task.iterations):
        gradient = input_gradient(task, network, x)
        with torch.no_grad():
            x = x + 6 * gradient
            x = ((x * std + mean).clamp_(0, 1).mul_(255).round_() / 255 - mean) / std
    save_optimized(task, 'class_image', x)


def filter_vis(task, network):
    x = start_picture(task, 150, 180).requires_grad_(True)
    optimizer = torch.optim.Adam([x], lr=0.1, weight_decay=1e-6)
    for _ in range(task.iterations):
        loss = -network.up_to(task.filter_layer, x)[:, task.filter].mean()
        x.grad, = torch.autograd.grad(loss, x)
        optimizer.step()
    save_optimized(task, 'filter_vis', x)


def main():
    task = common.read_task()
    torch.set_num_threads(1)
    common.PNG['compress_level'] = 1
    network = networks.load(task.network, task.weights, task.channels_last)
    what = four_jobs if len(task.techniques) > 1 else globals()[task.techniques[0]]
    what(task, network)


main()

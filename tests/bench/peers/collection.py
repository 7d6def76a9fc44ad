"""PyTorch as collections of scripts write it: torchvision's network with weights that require
gradients, hooks, one picture at a time, a new forward pass for each map and for each step.
The constants and what is written are those of cnnviz, so that the same work is timed."""
import copy

import numpy as np
import torch

import common
import usual


def preprocess(path):
    return torch.from_numpy(common.normalize(common.read_pixels(path))).unsqueeze(0).float()


class Backpropagation:
    """The gradient comes from a hook on the first convolution."""

    def __init__(self, network):
        self.network = network
        self.gradients = None
        first = next(module for module in network.modules()
                     if isinstance(module, torch.nn.Conv2d))
        first.register_full_backward_hook(self.keep)

    def keep(self, module, grad_in, grad_out):
        self.gradients = grad_in[0]

    def generate(self, picture, target):
        picture = picture.detach().requires_grad_(True)
        output = self.network(picture)
        self.network.zero_grad()
        one_hot = torch.zeros(1, output.size()[-1])
        one_hot[0][target] = 1
        output.backward(gradient=one_hot)
        return self.gradients.data.numpy()[0]


class GuidedBackpropagation(Backpropagation):
    def __init__(self, network):
        super().__init__(network)
        self.outputs = []
        for module in network.modules():
            if isinstance(module, torch.nn.ReLU):
                module.register_forward_hook(self.forward_relu)
                module.register_full_backward_hook(self.backward_relu)

    def forward_relu(self, module, inputs, output):
        self.outputs.append(output)

    def backward_relu(self, module, grad_in, grad_out):
        positive = copy.copy(self.outputs.pop())
        positive[positive > 0] = 1
        return (positive * torch.clamp(grad_in[0], min=0.0),)


class GradCam:
    def __init__(self, network, layer):
        self.network = network
        self.features = None
        self.gradients = None
        network.get_submodule(layer).register_forward_hook(self.keep)

    def keep(self, module, inputs, output):
        self.features = output
        output.register_hook(self.keep_gradient)

    def keep_gradient(self, gradient):
        self.gradients = gradient

    def generate(self, picture, target):
        output = self.network(picture)
        self.network.zero_grad()
        one_hot = torch.zeros(1, output.size()[-1])
        one_hot[0][target] = 1
        output.backward(gradient=one_hot, retain_graph=True)
        features = self.features.data.numpy()[0]
        weights = np.mean(self.gradients.data.numpy()[0], axis=(1, 2))
        cam = np.zeros(features.shape[1:], dtype=np.float32)
        for i, weight in enumerate(weights):
            cam += weight * features[i]
        return np.maximum(cam, 0)


class Methods:
    """A script makes its network and its hooks once for all pictures. Hooks at ReLUs change
    the network for everything else, so guided backpropagation loads one of its own."""

    def __init__(self, task):
        self.task = task
        self.made = {}

    def network(self):
        return self.once('network', lambda: usual.load_network(self.task, in_place=False))

    def once(self, name, make):
        if name not in self.made:
            self.made[name] = make()
        return self.made[name]

    def plain(self):
        return self.once('plain', lambda: Backpropagation(self.network()))

    def guided(self):
        return self.once('guided', lambda: GuidedBackpropagation(
            usual.load_network(self.task, in_place=False)))

    def cam(self):
        return self.once('cam', lambda: GradCam(self.network(), self.task.layer))


def vanilla_bp(task, methods, stem, path):
    gradient = methods.plain().generate(preprocess(path), task.target)
    common.save_gradient(task, 'vanilla_bp', stem, gradient)


def guided_bp(task, methods, stem, path):
    gradient = methods.guided().generate(preprocess(path), task.target)
    common.save_gradient(task, 'guided_bp', stem, gradient)


def saliency(task, methods, stem, path):
    gradient = methods.plain().generate(preprocess(path), task.target)
    common.save_map(task, 'saliency', stem, np.abs(gradient).max(axis=0), path)


def grad_cam(task, methods, stem, path):
    values = methods.cam().generate(preprocess(path), task.target)
    common.save_map(task, 'grad_cam', stem, values, path)


def smooth_grad(task, methods, stem, path):
    picture = preprocess(path)
    deviation = task.noise_level * (torch.max(picture) - torch.min(picture)).item()
    smooth = np.zeros(picture.size()[1:])
    for _ in range(task.samples):
        noise = picture.data.new(picture.size()).normal_(0, 1) * deviation
        smooth = smooth + methods.plain().generate(picture + noise, task.target)
    common.save_gradient(task, 'smooth_grad', stem, (smooth / task.samples).astype('f4'))


def integrated_gradients(task, methods, stem, path):
    picture = preprocess(path)
    black = torch.from_numpy(-common.MEAN / common.STD).reshape(1, 3, 1, 1)
    total = np.zeros(picture.size()[1:])
    for step in range(task.steps):
        point = black + (step + 0.5) / task.steps * (picture - black)
        total = total + methods.plain().generate(point, task.target) / task.steps
    total = total * (picture - black).numpy()[0]
    common.save_gradient(task, 'integrated_gradients', stem, total.astype('f4'))


def start_pixels(task, low, high):
    if task.start:
        return common.read_pixels(task.start)
    return np.uint8(np.random.uniform(low, high, (common.SIZE, common.SIZE, 3))) / \
        np.float32(255)


def save_optimized(task, technique, tensor):
    values = tensor.detach().numpy()[0]
    np.save(task.path(technique, 'array.npy'), values)
    common.save_picture(common.denormalize(values), task.path(technique, 'result.png'))


def class_image(task, methods):
    network = methods.network()
    created = start_pixels(task, 0, 255)
    for _ in range(task.iterations):
        processed = torch.from_numpy(common.normalize(created)).unsqueeze(0)
        processed.requires_grad_(True)
        optimizer = torch.optim.SGD([processed], lr=6)
        loss = -network(processed)[0, task.target]
        network.zero_grad()
        loss.backward()
        optimizer.step()
        created = common.denormalize(processed.detach().numpy()[0]) / np.float32(255)
    save_optimized(task, 'class_image', torch.from_numpy(common.normalize(created))[None])


def filter_vis(task, methods):
    owner, last = task.filter_layer.rpartition('.')[::2]
    processed = torch.from_numpy(common.normalize(start_pixels(task, 150, 180))).unsqueeze(0)
    processed.requires_grad_(True)
    optimizer = torch.optim.Adam([processed], lr=0.1, weight_decay=1e-6)
    for _ in range(task.iterations):
        optimizer.zero_grad()
        x = processed
        for name, layer in methods.network().get_submodule(owner).named_children():
            x = layer(x)
            if name == last:
                break
        loss = -torch.mean(x[0, task.filter])
        loss.backward()
        optimizer.step()
    save_optimized(task, 'filter_vis', processed)


def main():
    task = common.read_task()
    torch.set_num_threads(1)
    methods = Methods(task)
    for technique in task.techniques:
        work = globals()[technique]
        if technique in ('class_image', 'filter_vis'):
            work(task, methods)
        else:
            for stem, path in zip(task.stems(), task.pictures):
                work(task, methods, stem, path)


main()

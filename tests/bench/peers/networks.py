"""The networks in torch.nn alone, with torchvision's names of weights: importing torchvision
takes longer than computing a map. Each has `features`, which ends with the layer that
Grad-CAM looks at, and `head`, from there to the logits."""
import torch
from torch import nn


class Network(nn.Module):
    def features_of(self, x):
        return self.features(x)

    def head(self, features):
        raise NotImplementedError

    def forward(self, x):
        return self.head(self.features_of(x))

    def up_to(self, layer, x):
        """What the layer gives, one of `features` or of the network itself"""
        owner, wanted = layer.rpartition('.')[::2]
        for name, child in self.get_submodule(owner).named_children():
            x = child(x)
            if name == wanted:
                return x
        raise ValueError(layer)


class Alexnet(Network):
    def __init__(self):
        super().__init__()
        self.features = nn.Sequential(
            nn.Conv2d(3, 64, 11, 4, 2), nn.ReLU(), nn.MaxPool2d(3, 2),
            nn.Conv2d(64, 192, 5, padding=2), nn.ReLU(), nn.MaxPool2d(3, 2),
            nn.Conv2d(192, 384, 3, padding=1), nn.ReLU(),
            nn.Conv2d(384, 256, 3, padding=1), nn.ReLU(),
            nn.Conv2d(256, 256, 3, padding=1), nn.ReLU(), nn.MaxPool2d(3, 2))
        self.classifier = nn.Sequential(
            nn.Identity(), nn.Linear(9216, 4096), nn.ReLU(),
            nn.Identity(), nn.Linear(4096, 4096), nn.ReLU(), nn.Linear(4096, 1000))

    def head(self, features):
        return self.classifier(features.flatten(1))  # avgpool changes nothing at 224x224


class Vgg16(Network):
    def __init__(self):
        super().__init__()
        layers, before = [], 3
        for width, count in (64, 2), (128, 2), (256, 3), (512, 3), (512, 3):
            for _ in range(count):
                layers += [nn.Conv2d(before, width, 3, padding=1), nn.ReLU()]
                before = width
            layers.append(nn.MaxPool2d(2, 2))
        self.features = nn.Sequential(*layers)
        self.classifier = nn.Sequential(
            nn.Linear(25088, 4096), nn.ReLU(), nn.Identity(),
            nn.Linear(4096, 4096), nn.ReLU(), nn.Identity(), nn.Linear(4096, 1000))

    def head(self, features):
        return self.classifier(features.flatten(1))


class Fire(nn.Module):
    def __init__(self, before, squeeze, expand):
        super().__init__()
        self.squeeze = nn.Conv2d(before, squeeze, 1)
        self.expand1x1 = nn.Conv2d(squeeze, expand, 1)
        self.expand3x3 = nn.Conv2d(squeeze, expand, 3, padding=1)
        self.relus = nn.ModuleList(nn.ReLU() for _ in range(3))

    def forward(self, x):
        x = self.relus[0](self.squeeze(x))
        return torch.cat([self.relus[1](self.expand1x1(x)),
                          self.relus[2](self.expand3x3(x))], 1)


class Squeezenet(Network):
    def __init__(self):
        super().__init__()

        def pool():
            return nn.MaxPool2d(3, 2, ceil_mode=True)
        self.features = nn.Sequential(
            nn.Conv2d(3, 96, 7, 2), nn.ReLU(), pool(),
            Fire(96, 16, 64), Fire(128, 16, 64), Fire(128, 32, 128), pool(),
            Fire(256, 32, 128), Fire(256, 48, 192), Fire(384, 48, 192), Fire(384, 64, 256),
            pool(), Fire(512, 64, 256))
        self.classifier = nn.Sequential(nn.Identity(), nn.Conv2d(512, 1000, 1), nn.ReLU())

    def head(self, features):
        return self.classifier(features).mean((2, 3))


class Bottleneck(nn.Module):
    def __init__(self, before, width, stride):
        super().__init__()
        self.conv1 = nn.Conv2d(before, width, 1, bias=False)
        self.bn1 = nn.BatchNorm2d(width)
        self.conv2 = nn.Conv2d(width, width, 3, stride, 1, bias=False)
        self.bn2 = nn.BatchNorm2d(width)
        self.conv3 = nn.Conv2d(width, 4 * width, 1, bias=False)
        self.bn3 = nn.BatchNorm2d(4 * width)
        self.relus = nn.ModuleList(nn.ReLU() for _ in range(3))
        self.downsample = nn.Identity() if stride == 1 and before == 4 * width else \
            nn.Sequential(nn.Conv2d(before, 4 * width, 1, stride, bias=False),
                          nn.BatchNorm2d(4 * width))

    def forward(self, x):
        y = self.relus[0](self.bn1(self.conv1(x)))
        y = self.relus[1](self.bn2(self.conv2(y)))
        return self.relus[2](self.bn3(self.conv3(y)) + self.downsample(x))


class Resnet50(Network):
    def __init__(self):
        super().__init__()
        self.conv1 = nn.Conv2d(3, 64, 7, 2, 3, bias=False)
        self.bn1 = nn.BatchNorm2d(64)
        self.relu = nn.ReLU()
        self.maxpool = nn.MaxPool2d(3, 2, 1)
        before = 64
        for number, blocks in enumerate((3, 4, 6, 3)):
            width, layer = 64 << number, []
            for block in range(blocks):
                layer.append(Bottleneck(before, width, 2 if number and not block else 1))
                before = 4 * width
            self.add_module(f'layer{number + 1}', nn.Sequential(*layer))
        self.fc = nn.Linear(2048, 1000)

    def features_of(self, x):
        x = self.maxpool(self.relu(self.bn1(self.conv1(x))))
        return self.layer4(self.layer3(self.layer2(self.layer1(x))))

    def head(self, features):
        return self.fc(features.mean((2, 3)))


class Excitation(nn.Module):
    def __init__(self, width, squeezed):
        super().__init__()
        self.fc1 = nn.Conv2d(width, squeezed, 1)
        self.fc2 = nn.Conv2d(squeezed, width, 1)
        self.relu = nn.ReLU()
        self.gate = nn.Hardsigmoid()

    def forward(self, x):
        return x * self.gate(self.fc2(self.relu(self.fc1(x.mean((2, 3), keepdim=True)))))


def convolution(before, width, kernel=1, stride=1, groups=1, activation=None):
    return nn.Sequential(
        nn.Conv2d(before, width, kernel, stride, kernel // 2, groups=groups, bias=False),
        nn.BatchNorm2d(width, eps=0.001), *([activation()] if activation else []))


class Inverted(nn.Module):
    def __init__(self, before, kernel, expanded, width, excited, activation, stride):
        super().__init__()
        parts = [convolution(before, expanded, activation=activation)] \
            if expanded != before else []
        parts.append(convolution(expanded, expanded, kernel, stride, expanded, activation))
        if excited:
            parts.append(Excitation(expanded, (expanded // 4 + 4) // 8 * 8))
        self.block = nn.Sequential(*parts, convolution(expanded, width))
        self.residual = stride == 1 and before == width

    def forward(self, x):
        return self.block(x) + x if self.residual else self.block(x)


class MobilenetV3Small(Network):
    BLOCKS = (  # kernel, expanded, width, excitation, activation, stride
        (3, 16, 16, True, nn.ReLU, 2), (3, 72, 24, False, nn.ReLU, 2),
        (3, 88, 24, False, nn.ReLU, 1), (5, 96, 40, True, nn.Hardswish, 2),
        (5, 240, 40, True, nn.Hardswish, 1), (5, 240, 40, True, nn.Hardswish, 1),
        (5, 120, 48, True, nn.Hardswish, 1), (5, 144, 48, True, nn.Hardswish, 1),
        (5, 288, 96, True, nn.Hardswish, 2), (5, 576, 96, True, nn.Hardswish, 1),
        (5, 576, 96, True, nn.Hardswish, 1))

    def __init__(self):
        super().__init__()
        layers, before = [convolution(3, 16, 3, 2, activation=nn.Hardswish)], 16
        for block in self.BLOCKS:
            layers.append(Inverted(before, *block))
            before = block[2]
        layers.append(convolution(before, 576, activation=nn.Hardswish))
        self.features = nn.Sequential(*layers)
        self.classifier = nn.Sequential(nn.Linear(576, 1024), nn.Hardswish(), nn.Identity(),
                                        nn.Linear(1024, 1000))

    def head(self, features):
        return self.classifier(features.mean((2, 3)))


NETWORKS = {'alexnet': Alexnet, 'vgg16': Vgg16, 'squeezenet1_0': Squeezenet,
            'resnet50': Resnet50, 'mobilenet_v3_small': MobilenetV3Small}


def fold(module):
    """Put each normalization into the convolution before it."""
    before = None
    for name, child in module.named_children():
        if isinstance(child, nn.BatchNorm2d):
            scale = child.weight / torch.sqrt(child.running_var + child.eps)
            bias = child.bias - child.running_mean * scale
            before.weight = nn.Parameter(before.weight * scale[:, None, None, None])
            before.bias = nn.Parameter(bias)
            setattr(module, name, nn.Identity())
        elif isinstance(child, nn.Conv2d):
            before = child
        else:
            fold(child)


def load(name, weights, channels_last=False):
    """Ready to use: weights are mapped where that is possible and take no gradients, and
    nothing is initialized that is then replaced."""
    mapped = {'mmap': True, 'weights_only': True} if torch.__version__ >= '2.1' else {}
    for kind in nn.Conv2d, nn.Linear:
        kind.reset_parameters = lambda self: None
    network = NETWORKS[name]().eval()
    for key, tensor in torch.load(weights, **mapped).items():
        owner, leaf = key.rpartition('.')[::2]
        getattr(network.get_submodule(owner), leaf).data = tensor
    with torch.no_grad():
        fold(network)
    network.requires_grad_(False)
    return network.to(memory_format=torch.channels_last) if channels_last else network

"""What PyTorch's autograd makes of a network, under the rules at its ReLUs.

The rules are put into every ReLU, functional ones too, as autograd functions of their
own; nothing of cnnviz takes part in what is expected. For the scripts beside it.
"""
import json
import struct

import torch
import torch.nn.functional as F

RULES = ('plain', 'guided', 'deconvnet', 'redirected')
RULE = 'plain'
# How far from where a ReLU or a max pool turns values may be for either side to be right,
# by their root mean square: somewhat more than single precision is off after many layers
ROUNDING = 2e-6
DOUBT = 0.0  # 0, or what is in doubt passes (ROUNDING) or does not (-ROUNDING)


def doubt(x):
    return DOUBT * x.square().mean().sqrt()


class Ruled(torch.autograd.Function):
    """A ReLU, cut at a ceiling or not, whose gradient follows RULE"""

    @staticmethod
    def forward(context, x, ceiling):
        context.ceiling = ceiling
        context.save_for_backward(x)
        return x.clamp(0, ceiling)

    @staticmethod
    def backward(context, gradient):
        x, = context.saved_tensors
        passes = (x > -doubt(x)) & (x < context.ceiling + doubt(x))
        if RULE == 'redirected':
            return redirected(x, passes, gradient), None
        if RULE != 'plain':
            gradient = gradient * (gradient > 0)
        if RULE != 'deconvnet':
            gradient = gradient * passes
        return gradient, None


def redirected(x, passes, gradient):
    """As Lucid has it (misc/redirected_relu_grad.py), for what is to rise: an item of which
    nothing passes gets all but what would lead further into a flat part"""
    true = gradient * passes
    deeper = (x <= 0) & (gradient < 0) | ~passes & (x > 0) & (gradient > 0)
    silent = true.flatten(1).norm(dim=1) == 0
    return torch.where(silent.view(-1, *[1] * (x.dim() - 1)), gradient * ~deeper, true)


class RuledSmooth(torch.autograd.Function):
    """An activation that passes what a ReLU would under RULE, times its own slope"""

    @staticmethod
    def forward(context, x, function):
        context.function = function
        context.save_for_backward(x)
        return function(x)

    @staticmethod
    def backward(context, gradient):
        x = context.saved_tensors[0].detach().requires_grad_(True)
        if RULE in ('guided', 'deconvnet'):
            gradient = gradient * (gradient > 0)
        with torch.enable_grad():
            gradient, = torch.autograd.grad(context.function(x), x, gradient)
        return gradient * (x > 0) if RULE == 'guided' else gradient, None


def install_smooth(name):
    function = getattr(F, name)
    setattr(F, name, lambda x, inplace=False, **settings: RuledSmooth.apply(x, function))


def doubtful(x):
    """Values that are about as large, in another order for each sign of DOUBT"""
    if DOUBT == 0:
        return x
    signs = torch.randint(2, x.shape, generator=torch.Generator().manual_seed(1)) * 2 - 1
    return x + doubt(x) * signs


def install_rules():
    pool = F.max_pool2d
    F.max_pool2d = lambda x, *arguments, **settings: pool(doubtful(x), *arguments, **settings)
    for name in ('silu', 'hardswish'):
        install_smooth(name)
    F.relu = lambda x, inplace=False: Ruled.apply(x, float('inf'))
    F.hardtanh = lambda x, low, high, inplace=False: Ruled.apply(x, high)


def randomize(network):
    """Every weight matters, with a spread of values that lasts"""
    for module in network.modules():
        if isinstance(module, torch.nn.BatchNorm2d):
            module.weight.data.uniform_(0.5, 1.5)
            module.bias.data.normal_(0, 0.2)
            module.running_mean.normal_(0, 0.2)
            module.running_var.uniform_(0.5, 1.5)
        elif getattr(module, 'bias', None) is not None:
            module.bias.data.normal_(0, 0.05)
    for parameter in network.parameters():
        parameter.requires_grad_(False)
    return network.eval()


def save_safetensors(state, path):
    """The format by its description: length, JSON header, bytes"""
    header, offset = {}, 0
    kinds = {torch.float32: 'F32', torch.int64: 'I64'}
    for name, value in state.items():
        size = value.numel() * value.element_size()
        header[name] = {'dtype': kinds[value.dtype], 'shape': list(value.shape),
                        'data_offsets': [offset, offset + size]}
        offset += size
    text = json.dumps(header).encode()
    text += b' ' * (-len(text) % 8)
    with open(path, 'wb') as file:
        file.write(struct.pack('<Q', len(text)) + text)
        for value in state.values():
            file.write(value.contiguous().numpy().tobytes())


def save_zip(state, path):
    torch.save(state, path)


def save_stream(state, path):
    torch.save({'epoch': 3, 'state_dict': {'module.' + k: v for k, v in state.items()}},
               path, _use_new_zipfile_serialization=False)


FORMATS = [('zip.pth', save_zip), ('stream.pth', save_stream),
           ('st.safetensors', save_safetensors)]


def is_gradient(name):
    """Whether what expect() has under this name is a gradient"""
    return name in RULES or name.endswith('.gradient')


def expect(network, images, layers, choose_seed):
    """All that engine_tool writes, and the seed of its gradients; choose_seed makes it of
    the logits. layers: names of modules."""
    global RULE
    outputs = {}
    hooks = []
    for name in layers:
        def keep(module, arguments, output, name=name):
            output.retain_grad()
            outputs[name] = output
        hooks.append(network.get_submodule(name).register_forward_hook(keep))
    expected = {}
    for RULE in RULES:
        x = torch.from_numpy(images).requires_grad_(True)
        logits = network(x)
        seed = choose_seed(logits.detach())
        logits.backward(seed)
        expected[RULE] = x.grad.numpy()
        if RULE == 'plain':
            expected['logits'] = logits.detach().numpy()
            for name, output in outputs.items():
                expected[name] = output.detach().numpy()
                expected[name + '.gradient'] = output.grad.numpy()
    for hook in hooks:
        hook.remove()
    return expected, seed.numpy()


def expect_either(network, images, layers, choose_seed):
    """What expect() gives when all that is in doubt falls to one side, and to the other"""
    global DOUBT
    either = []
    for DOUBT in (ROUNDING, -ROUNDING):
        either.append(expect(network, images, layers, choose_seed)[0])
    DOUBT = 0.0
    return either

"""Every network that ships says what torchvision says.

Each description is dumped by graph_dump and held against torchvision's module of the
same name: names and shapes of all tensors, the output shape of every module (leaf or
block) on the usual input and on one that is not square, and for the latter, by carrying
the dumped graph out with torch's functions on random weights, the logits.
"""

import json
import os
import re
import subprocess
import sys
import warnings

SOURCE = os.environ["top_srcdir"]
DUMP = os.path.join(os.environ["top_builddir"], "tests", "model", "graph_dump")
ORACLE = os.environ.get("PYTHON_ORACLE", "")
SANITIZED = "UNDER_SANITIZERS" in os.environ

# What Grad-CAM explains by default: the last feature map before pooling to scores.
LAST_CONV = {
    "alexnet": "features.11",
    "deeplabv3_resnet50": "classifier.3",
    "densenet121": "relu",
    "efficientnet_b0": "features.8.2",
    "efficientnet_b1": "features.8.2",
    "efficientnet_b2": "features.8.2",
    "efficientnet_b3": "features.8.2",
    "efficientnet_lite0": "_swish",
    "efficientnet_lite1": "_swish",
    "efficientnet_lite2": "_swish",
    "efficientnet_lite3": "_swish",
    "efficientnet_lite4": "_swish",
    "fcn_resnet50": "classifier.2",
    "googlenet": "inception5b",
    "inception_v3": "Mixed_7c",
    "lraspp_mobilenet_v3_large": "classifier.mul",
    "mnasnet1_0": "layers.16",
    "mobilenet_v2": "features.18.2",
    "mobilenet_v3_large": "features.16.2",
    "mobilenet_v3_small": "features.12.2",
    "regnet_y_400mf": "trunk_output.block4.block4-5.activation",
    "resnet18": "layer4.1.relu",
    "resnet34": "layer4.2.relu",
    "resnet50": "layer4.2.relu",
    "resnet101": "layer4.2.relu",
    "resnet152": "layer4.2.relu",
    "resnext50_32x4d": "layer4.2.relu",
    "shufflenet_v2_x1_0": "conv5.2",
    "squeezenet1_0": "features.12",
    "squeezenet1_1": "features.12",
    "vgg11": "features.19",
    "vgg11_bn": "features.27",
    "vgg13": "features.23",
    "vgg13_bn": "features.33",
    "vgg16": "features.29",
    "vgg16_bn": "features.42",
    "vgg19": "features.35",
    "vgg19_bn": "features.51",
    "wide_resnet50_2": "layer4.2.relu",
}

# Those of which tests/oracle/transformer_networks.py makes sure
TRANSFORMERS = ("convnext_", "maxvit_", "swin_", "vit_")

if "--oracle" not in sys.argv:
    if not ORACLE:
        print("SKIP: no Python with torch and torchvision (set PYTHON_ORACLE)")
        sys.exit(77)
    os.execvp(ORACLE, [ORACLE, __file__, "--oracle"])

import torch
import torch.nn.functional as F
import torchvision

failures = 0


def builder(name):
    """torchvision's function that builds a network, or None"""
    return getattr(torchvision.models, name, None) or segmenter(name)


def segmenter(name):
    return getattr(torchvision.models.segmentation, name, None)


def check(fact, holds, detail=""):
    global failures
    if not holds:
        failures += 1
        print("FAIL:", fact, detail)


def dump(name, height, width):
    text = subprocess.run(
        [DUMP, os.path.join(SOURCE, "models", name + ".ini"), str(height), str(width)],
        check=True, stdout=subprocess.PIPE, universal_newlines=True).stdout
    graph = {"nodes": [], "weights": {}, "shapes": {}, "ignore": [], "rename": []}
    for line in text.splitlines():
        kind, *fields = line.split("\t")
        extents = lambda text: tuple(int(n) for n in text.split(","))
        if kind == "node":
            layer, operation, inputs, shape, settings = fields
            graph["nodes"].append((layer, operation, inputs.split(","),
                                   json.loads(settings)))
            graph["shapes"][layer] = extents(shape)
        elif kind == "weight":
            graph["weights"][fields[0]] = extents(fields[1])
        elif kind == "block":
            graph["shapes"].setdefault(fields[0], extents(fields[1]))
        elif kind in ("ignore", "rename"):
            graph[kind].append(fields)
        else:
            graph[kind] = fields[0]
    return graph


def apply(layer, operation, settings, inputs, weights):
    """One operation in torch's own words"""
    x = inputs[0]
    top, bottom, left, right = settings.get("padding", (0, 0, 0, 0))
    weight = lambda role: weights.get(layer + "." + role)
    if operation == "conv2d":
        x = F.pad(x, (left, right, top, bottom))
        return F.conv2d(x, weight("weight"), weight("bias"), settings["stride"], 0,
                        settings["dilation"], settings["groups"])
    if operation == "batch_norm2d":
        return F.batch_norm(x, weight("running_mean"), weight("running_var"),
                            weight("weight"), weight("bias"), eps=settings["eps"])
    if operation in ("relu", "relu6", "silu", "hardswish", "hardsigmoid", "sigmoid"):
        return getattr(F, operation)(x)
    if operation == "max_pool2d":
        return F.max_pool2d(x, settings["kernel"], settings["stride"], (top, left),
                            settings["dilation"], settings["ceil_mode"])
    if operation == "avg_pool2d":
        return F.avg_pool2d(x, settings["kernel"], settings["stride"], (top, left),
                            settings["ceil_mode"], settings["count_include_pad"])
    if operation == "adaptive_avg_pool2d":
        return F.adaptive_avg_pool2d(x, settings["output"])
    if operation == "linear":
        return F.linear(x, weight("weight"), weight("bias"))
    if operation == "flatten":
        return torch.flatten(x, 1)
    if operation == "add":
        return sum(inputs)
    if operation == "slice":
        return x[:, slice(*settings["range"])]
    if operation == "channel_shuffle":
        return F.channel_shuffle(x, settings["groups"])
    if operation == "mul":
        return inputs[0] * inputs[1]
    if operation == "interpolate":
        return F.interpolate(x, inputs[1].shape[2:], align_corners=settings["align_corners"],
                             mode=("nearest", "bilinear")[settings["mode"]])
    if operation == "concat":
        return torch.cat(inputs, 1)
    assert operation == "dropout", operation
    return x


def carry_out(graph, x, weights):
    values = {"input": x}
    for layer, operation, inputs, settings in graph["nodes"][1:]:
        values[layer] = apply(layer, operation, settings,
                              [values[i] for i in inputs], weights)
        check("%s has the shape that was inferred" % layer,
              tuple(values[layer].shape[1:]) == graph["shapes"][layer])
    return values[graph["logits"]]


def modules(name):
    arguments = {}
    if name in ("googlenet", "inception_v3"):
        arguments["aux_logits"] = False
    if name in ("googlenet", "inception_v3") or name.startswith("vgg"):
        arguments["init_weights"] = False
    if segmenter(name):
        arguments["weights_backbone"] = None
    return builder(name)(**arguments).eval()


def initialize_nothing():
    """Weights get values of randomize; those that modules draw first would take longer."""
    for name in ("uniform_", "normal_", "trunc_normal_", "kaiming_uniform_",
                 "kaiming_normal_", "xavier_uniform_"):
        setattr(torch.nn.init, name, lambda tensor, *arguments, **settings: tensor)


# Values to draw from are fewer than the weights of the largest networks, which repeat them.
NORMAL = torch.randn(3_000_017, generator=torch.Generator().manual_seed(7))
UNIFORM = torch.rand(100_003, generator=torch.Generator().manual_seed(7))


def fill(tensor, values, start):
    """Give a tensor the values from a position on; returns where the next begin."""
    count = tensor.numel()
    repeats = (start + count) // len(values) + 1
    tensor.copy_(values.repeat(repeats)[start:start + count].view_as(tensor))
    return (start + count) % len(values)


def randomize(network):
    """Running statistics and weights that make a wrong eps or order show"""
    normal = uniform = 0
    for key, tensor in network.state_dict().items():
        if key.endswith("running_var"):
            uniform = fill(tensor, UNIFORM, uniform)
            tensor.mul_(0.099).add_(0.001)
        elif key.endswith(("running_mean", "bias")):
            normal = fill(tensor, NORMAL, normal)
            tensor.mul_(0.1)
        elif tensor.dim() > 1:
            normal = fill(tensor, NORMAL, normal)
            tensor.mul_((2 / tensor[0].numel()) ** 0.5)
        elif tensor.is_floating_point():
            uniform = fill(tensor, UNIFORM, uniform)
            tensor.mul_(0.2).add_(0.1)


def module_shapes(network, x):
    shapes = {}
    hooks = []
    for path, module in network.named_modules():
        def remember(module, inputs, output, path=path):
            if not isinstance(output, dict):
                shapes[path] = tuple(output.shape[1:])
        if path:
            hooks.append(module.register_forward_hook(remember))
    with torch.no_grad():
        logits = network(x)
    for hook in hooks:
        hook.remove()
    return shapes, logits["out"] if isinstance(logits, dict) else logits


def compare_tensors(name, graph, state):
    theirs = {key: tuple(value.shape) for key, value in state.items()}
    check("%s: the same tensors" % name, graph["weights"] == theirs,
          sorted(set(graph["weights"].items()) ^ set(theirs.items()))[:10])


def compare_shapes(name, network, x):
    height, width = x.shape[2:]
    graph = dump(name, height, width)
    shapes, logits = module_shapes(network, x)
    for path, shape in shapes.items():
        check("%s at %dx%d: shape of %s" % (name, height, width, path),
              graph["shapes"].get(path) == shape,
              "%s, torchvision has %s" % (graph["shapes"].get(path), shape))
    return graph, len(shapes), logits


def compare(name, usual):
    network = modules(name)
    randomize(network)
    state = {key: value for key, value in network.state_dict().items()
             if not key.endswith("num_batches_tracked")}
    generator = torch.Generator().manual_seed(1)
    graph, _, _ = compare_shapes(
        name, network, torch.randn(1, 3, usual, usual, generator=generator))
    compare_tensors(name, graph, state)

    x = torch.randn(1, 3, 128, 161, generator=generator)
    graph, count, logits = compare_shapes(name, network, x)
    with torch.no_grad():
        ours = carry_out(graph, x, state)
    error = ((ours - logits).abs().max() / logits.abs().max()).item()
    check("%s: logits" % name, error < 1e-4, error)
    print("%s: %d modules, logits differ by %.1e" % (name, count, error))


def compare_published_names():
    """Published files hold more than the networks, or under names of old."""
    for name in ("googlenet", "inception_v3"):
        graph = dump(name, 299, 299)
        whole = getattr(torchvision.models, name)(init_weights=False).state_dict()
        ignored = {key for key in whole if any(key.startswith(prefix)
                                               for prefix, in graph["ignore"])}
        kept = {key for key in whole if not key.endswith("num_batches_tracked")}
        check("%s: what is ignored is what has no place" % name,
              kept - ignored == set(graph["weights"]))

    for name in ("deeplabv3_resnet50", "fcn_resnet50"):
        whole = segmenter(name)(weights_backbone=None, aux_loss=True).state_dict()
        kept = {key for key in whole if not key.startswith("aux_classifier.")
                and not key.endswith("num_batches_tracked")}
        graph = dump(name, 96, 96)
        check("%s: what is ignored is what has no place" % name,
              kept == set(graph["weights"]) and graph["ignore"] == [["aux_classifier."]])

    graph = dump("densenet121", 224, 224)
    for key in graph["weights"]:
        old = re.sub(r"(denselayer\d+\.(?:norm|conv))([12]\.)", r"\1.\2", key)
        for before, after in graph["rename"]:
            old = old.replace(before, after, 1)
        check("densenet121: the name of old of %s" % key, old == key, old)


def main():
    warnings.simplefilter("ignore")
    initialize_nothing()
    shipped = {file[:-4] for file in os.listdir(os.path.join(SOURCE, "models"))
               if file.endswith(".ini")}
    named = {name for name in shipped
             if builder(name) and not name.startswith(TRANSFORMERS)}
    check("torchvision's networks that ship are in this test, and those in it ship",
          named <= set(LAST_CONV) <= shipped, (named, set(LAST_CONV) - shipped))
    for name in sorted(LAST_CONV):
        usual = 299 if name == "inception_v3" else 96 if segmenter(name) else 224
        graph = dump(name, usual, usual)
        check("%s: last_features" % name, graph["last_features"] == LAST_CONV[name],
              graph["last_features"])
        check("%s: its classes" % name, graph["shapes"][graph["logits"]]
              == ((21, usual, usual) if segmenter(name) else (1000,)))
        # What PyTorch makes of a dump does not depend on how this program was built.
        if builder(name) and not SANITIZED:
            compare(name, usual)
    compare_published_names()
    sys.exit(1 if failures else 0)


main()

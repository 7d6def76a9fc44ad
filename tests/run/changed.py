"""What changed activations at a layer lead to, beside PyTorch's: for the tests beside it."""
import engine_tool
import numpy as np


def compare(scratch, engine, layer, oracle):
    """Arrays of the job named as the layer, with those that oracle(layer) gives: logits, those
    of variants, and a gradient"""
    what = "%s: from %s: " % (engine, layer)
    ours = {name: np.load(scratch.path("out", layer, "small", name + ".npy"))
            for name in ("logits", "variants", "gradient")}
    error = engine_tool.relative_error(ours["variants"][:2], ours["logits"])
    scratch.check(what + "unchanged values give the same logits", error < 1e-6, error)
    for name, theirs in zip(ours, oracle(layer)):
        error = engine_tool.relative_error(ours[name], theirs.numpy())
        scratch.check(what + name + " are PyTorch's", error < 1e-5, error)

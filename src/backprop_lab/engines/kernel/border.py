"""Which trainings the kernel computes, and which it leaves to others. Needs no Numba to say so."""

import importlib.util
import math

from backprop_lab.config.types import Config
from backprop_lab.options import discovery
from backprop_lab.training.chain import described

# Where the weights and gradients of sixteen members leave the second-level cache, a library for matrices is faster.
LARGEST_LAYER = 16_384


def is_installed() -> bool:
    """Whether Numba is there."""
    try:
        return importlib.util.find_spec("numba") is not None
    except ValueError:  # somebody has ruled it out
        return False


def why_not(config: Config) -> str:
    """Why the kernel cannot compute a training, in a few words; empty if it can."""
    if not is_installed():
        return "numba is not installed"
    if hasattr(config.model.option, "build") or (layers := described(config.model, 2, 1)) is None:
        return f"model={config.model.name} is not built from layers in a row"
    chosen = [("activation", layer.activation) for layer in layers]
    chosen += [(choice.group, choice.name) for choice in (config.loss, config.penalty, config.optimizer)]
    own = [option for option in dict.fromkeys(chosen) if discovery.is_own(*option)]
    if own:
        from backprop_lab.engines.kernel.program import program

        for group, name in own:
            if refusal := program().refused.get((group, name)):
                return f"Numba does not compile {group}={name} ({refusal})"
    return ""


def why_slower(config: Config) -> str:
    """Why others compute it faster; empty if they do not."""
    layers = described(config.model, 2, 1) or []
    largest = max(layers, key=lambda layer: layer.inputs * layer.units)
    if math.prod(sizes := (largest.inputs, largest.units)) <= LARGEST_LAYER:
        return ""
    return f"a layer of {sizes[0]:,} x {sizes[1]:,} is large"

"""Hidden units that learn no more, or do not bend: by what they get from all training points."""

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from types import ModuleType

import numpy as np
from torch import Tensor, nn

from backprop_lab.training.chain import Layer

# A unit is saturated where it is beyond this share of its activation's range, on that share of the points.
SATURATED_RANGE, SATURATED_POINTS = 0.97, 0.9


@dataclass(frozen=True)
class UnitStates:
    """Of the units of one layer, [units] bool."""

    dead: np.ndarray
    """Units of an activation with a flat part that are on it for all points: no gradient passes."""
    always_on: np.ndarray
    """Units of such an activation that pass on all points what they get, and so are linear."""
    saturated: np.ndarray
    """Units of an activation between two ends that are beyond 97 % of its range on at least 90 % of the points."""


def unit_states(activation: ModuleType, z: Tensor) -> UnitStates:
    """By what the units give to their activation, ``z`` [n, units]."""
    dead = always_on = saturated = np.zeros(z.shape[1], bool)
    a = activation.value(z)
    if hasattr(activation, "CAN_DIE"):
        slope = activation.slope(z, a)
        dead, always_on = ((slope == flat).all(dim=0).numpy() for flat in (0, 1))
    if hasattr(activation, "RANGE"):
        low, high = activation.RANGE
        beyond = (a - middle_of(activation)).abs() > SATURATED_RANGE * (high - low) / 2
        saturated = (beyond.double().mean(dim=0) >= SATURATED_POINTS).numpy()
    return UnitStates(dead, always_on, saturated)


def middle_of(activation: ModuleType) -> float:
    """The value above which a unit counts as active: the middle of its activation's range, or 0."""
    low, high = getattr(activation, "RANGE", (0.0, 0.0))
    return float(low + high) / 2


@contextmanager
def recorded_sums(network: nn.Module, layers: Sequence[Layer]) -> Iterator[list[Tensor]]:
    """A list to which each call of ``network`` adds what each of ``layers`` gives to its activation, [n, units]."""
    sums: list[Tensor] = []
    modules = [network.get_submodule(layer.weight.removesuffix(".weight")) for layer in layers]
    hooks = [module.register_forward_hook(lambda module, inputs, output: sums.append(output)) for module in modules]
    try:
        yield sums
    finally:
        for hook in hooks:
            hook.remove()

"""max(0, z). The slope at 0 is 0, as in torch."""

from collections.abc import Callable

from backprop_lab.options.arithmetic import Quantity, below

ALSO_CALLED = ("rectifier",)
CAN_DIE = True


def value(z: Quantity) -> Quantity:
    return below(z, 0.0, 0.0, z)


def slope(z: Quantity, a: Quantity) -> Quantity:
    return below(0.0, z, 1.0, 0.0)


def on_torch() -> Callable:
    import torch

    return torch.relu

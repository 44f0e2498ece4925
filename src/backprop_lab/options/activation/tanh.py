"""The hyperbolic tangent: between -1 and 1."""

from collections.abc import Callable

from backprop_lab.options import arithmetic
from backprop_lab.options.arithmetic import Quantity

RANGE = (-1.0, 1.0)


def value(z: Quantity) -> Quantity:
    return arithmetic.tanh(z)


def slope(z: Quantity, a: Quantity) -> Quantity:
    return 1.0 - a * a


def on_torch() -> Callable:
    import torch

    return torch.tanh

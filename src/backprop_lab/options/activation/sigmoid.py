"""1 / (1 + exp(-z)): between 0 and 1."""

from collections.abc import Callable

from backprop_lab.options import arithmetic
from backprop_lab.options.arithmetic import Quantity

ALSO_CALLED = ("logistic",)
RANGE = (0.0, 1.0)


def value(z: Quantity) -> Quantity:
    return arithmetic.sigmoid(z)


def slope(z: Quantity, a: Quantity) -> Quantity:
    return a * (1.0 - a)


def on_torch() -> Callable:
    import torch

    return torch.sigmoid

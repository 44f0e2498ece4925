"""1 / (1 + exp(-z)): between 0 and 1."""

from collections.abc import Callable

from backprop_lab.options import arithmetic
from backprop_lab.options.arithmetic import Quantity
from backprop_lab.options.text import Line, number

ALSO_CALLED = ("logistic",)
RANGE = (0.0, 1.0)


def value(z: Quantity) -> Quantity:
    return arithmetic.sigmoid(z)


def slope(z: Quantity, a: Quantity) -> Quantity:
    return a * (1.0 - a)


def on_torch() -> Callable:
    import torch

    return torch.sigmoid


def derivative(h: str, z: str, a: float, total: float) -> Line:
    value = number(a)
    return f"∂{h}/∂{z} = {h}·(1 − {h})", f"{value}·(1 − {value}) = {number(slope(total, a))}"

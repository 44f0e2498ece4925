"""z itself: the network stays linear."""

from collections.abc import Callable

from backprop_lab.options.arithmetic import Quantity, below
from backprop_lab.options.text import Line

ALSO_CALLED = ("linear", "none")
IS_LINEAR = True


def value(z: Quantity) -> Quantity:
    return z


def slope(z: Quantity, a: Quantity) -> Quantity:
    return below(0.0, z, 1.0, 1.0)


def on_torch() -> Callable:
    def identity(z: Quantity) -> Quantity:
        return z

    return identity


def derivative(h: str, z: str, a: float, total: float) -> Line:
    return f"∂{h}/∂{z} = 1", "1"

"""z itself: the network stays linear."""

from collections.abc import Callable

from backprop_lab.options.arithmetic import Quantity, below

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

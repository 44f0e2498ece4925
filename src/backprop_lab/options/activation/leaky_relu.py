"""z, or z / 100 if z is below 0: a ReLU that always passes some gradient."""

from collections.abc import Callable

from backprop_lab.options.arithmetic import Quantity, below

SLOPE_BELOW = 0.01  # torch's


def value(z: Quantity) -> Quantity:
    return below(0.0, z, z, SLOPE_BELOW * z)


def slope(z: Quantity, a: Quantity) -> Quantity:
    return below(0.0, z, 1.0, SLOPE_BELOW)


def on_torch() -> Callable:
    import torch.nn.functional as F

    return F.leaky_relu

"""The Gaussian error linear unit in its tanh form (Hendrycks and Gimpel 2016): z/2 (1 + tanh(k (z + c z^3)))."""

import functools
from collections.abc import Callable

from backprop_lab.options.arithmetic import Quantity, tanh

K = 0.7978845608028654  # sqrt(2 / pi)
C = 0.044715


def value(z: Quantity) -> Quantity:
    return 0.5 * z * (1.0 + tanh(K * (z + C * z * z * z)))


def slope(z: Quantity, a: Quantity) -> Quantity:
    t = tanh(K * (z + C * z * z * z))
    return 0.5 * (1.0 + t) + 0.5 * z * (1.0 - t * t) * K * (1.0 + 3.0 * C * z * z)


def on_torch() -> Callable:
    import torch.nn.functional as F

    return functools.partial(F.gelu, approximate="tanh")

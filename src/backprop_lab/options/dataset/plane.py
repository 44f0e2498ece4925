"""A plane over two inputs, as a regression."""

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    import numpy as np

ALSO_CALLED = ("reg_plane", "tilted_plane")


def sample(n: int, generator: "np.random.Generator") -> tuple["np.ndarray", "np.ndarray"]:
    """``n`` points uniform on [-1, 1] x [-1, 1]."""
    x = generator.uniform(-1.0, 1.0, (n, 2))
    return x, rule(x)


def rule(x: "np.ndarray") -> "np.ndarray":
    """y = (x1 + x2) / 2."""
    return x.sum(axis=1) / 2

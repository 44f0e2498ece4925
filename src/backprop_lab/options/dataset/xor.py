"""Exclusive or: the smallest problem that is not linearly separable."""

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    import numpy as np

OWN_POINTS = 4


def sample(n: int | None, generator: "np.random.Generator") -> tuple["np.ndarray", "np.ndarray"]:
    """The corners (0,0), (0,1), (1,0), (1,1) of the unit square, or ``n`` points uniform on it.

    Class 1 if exactly one coordinate is above one half.
    """
    import numpy as np

    corners = np.array([[0.0, 0.0], [0.0, 1.0], [1.0, 0.0], [1.0, 1.0]])
    x = corners if n is None else generator.uniform(0.0, 1.0, (n, 2))
    return x, rule(x)


def rule(x: "np.ndarray") -> "np.ndarray":
    high = x > 0.5
    return (high[:, 0] != high[:, 1]).astype(float)

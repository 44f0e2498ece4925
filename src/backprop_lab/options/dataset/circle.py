"""Inside or outside a circle around the origin."""

from typing import TYPE_CHECKING

from backprop_lab.options.rules import ABOVE_0, real

if TYPE_CHECKING:
    import numpy as np

ALSO_CALLED = ("circles", "make_circles")
KNOBS = {"radius": real("radius of the circle", ABOVE_0)}


def sample(n: int, generator: "np.random.Generator", *, radius: float) -> tuple["np.ndarray", "np.ndarray"]:
    """``n`` points uniform on [-1, 1] x [-1, 1]; class 1 if x1^2 + x2^2 <= radius^2."""
    x = generator.uniform(-1.0, 1.0, (n, 2))
    return x, rule(x, radius=radius)


def rule(x: "np.ndarray", *, radius: float) -> "np.ndarray":
    return (x[:, 0] ** 2 + x[:, 1] ** 2 <= radius**2).astype(float)

"""Two round clusters that overlap a little: a straight line is the best boundary."""

from typing import TYPE_CHECKING

from backprop_lab.options.rules import ABOVE_0, real

if TYPE_CHECKING:
    import numpy as np

ALSO_CALLED = ("gaussian_clusters", "two_clusters")
KNOBS = {"spread": real("standard deviation of each cluster", ABOVE_0)}
CENTRE = 0.5


def sample(n: int, generator: "np.random.Generator", *, spread: float) -> tuple["np.ndarray", "np.ndarray"]:
    """Half of ``n`` points around (-1/2, -1/2), class 0, and half around (1/2, 1/2), class 1, in random order."""
    import numpy as np

    y = generator.permutation(np.arange(n) % 2).astype(float)
    return (2 * y[:, None] - 1) * CENTRE + spread * generator.standard_normal((n, 2)), y


def rule(x: "np.ndarray", *, spread: float) -> "np.ndarray":
    """The nearer cluster, which is the more probable one."""
    return (x.sum(axis=1) > 0).astype(float)

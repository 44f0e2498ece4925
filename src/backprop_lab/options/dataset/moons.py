"""Two interleaving half circles."""

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    import numpy as np


ALSO_CALLED = ("make_moons",)


def sample(n: int, generator: "np.random.Generator") -> tuple["np.ndarray", "np.ndarray"]:
    """scikit-learn's ``make_moons``: ``n`` points evenly spaced on two half circles, in random order."""
    # scikit-learn takes most of a second to import, so only import it for this data set.
    from sklearn.datasets import make_moons

    x, y = make_moons(n_samples=n, shuffle=False)
    order = generator.permutation(n)
    return x[order], y[order].astype(float)


def rule(x: "np.ndarray") -> "np.ndarray":
    """The nearer half circle: the upper one around (0, 0) is class 0, the lower one around (1, 0.5) is class 1."""
    import numpy as np

    return (_distance(np.array([1.0, 0.5]) - x) < _distance(x)).astype(float)


def _distance(x: "np.ndarray") -> "np.ndarray":
    """The distance to the upper half of the unit circle."""
    import numpy as np

    to_ends = np.minimum(np.hypot(x[:, 0] - 1, x[:, 1]), np.hypot(x[:, 0] + 1, x[:, 1]))
    return np.where(x[:, 1] >= 0, np.abs(np.hypot(x[:, 0], x[:, 1]) - 1), to_ends)

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

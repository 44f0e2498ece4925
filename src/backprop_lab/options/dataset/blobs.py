"""Round clusters around the points of a circle, one for each class."""

from typing import TYPE_CHECKING

from backprop_lab.options.rules import ABOVE_0, Range, real, whole

if TYPE_CHECKING:
    import numpy as np

ALSO_CALLED = ("make_blobs", "clusters")
KNOBS = {
    "classes": whole("number of clusters", 2, 20),
    "spread": real("standard deviation of each cluster; their centres are on a circle of radius 1", ABOVE_0),
    "imbalance": real(
        "points of the first class for each point of the last; the others in equal steps between",
        Range("a number from 1 to 1,000", 1, 1000),
    ),
}


def sample(
    n: int, generator: "np.random.Generator", *, classes: int, spread: float, imbalance: float
) -> tuple["np.ndarray", "np.ndarray"]:
    """``n`` points in random order, of each class as many as its share says, rounded."""
    import numpy as np

    ends = np.round(n * np.cumsum(_shares(classes, imbalance))).astype(int)
    y = generator.permutation(np.searchsorted(ends, np.arange(n), side="right"))
    return _centres(classes)[y] + spread * generator.standard_normal((n, 2)), y.astype(float)


def rule(x: "np.ndarray", *, classes: int, spread: float, imbalance: float) -> "np.ndarray":
    """The most probable class: the nearest cluster, if all are equally large."""
    import numpy as np

    away = ((x[:, None] - _centres(classes)) ** 2).sum(axis=2)
    return np.argmax(np.log(_shares(classes, imbalance)) - away / (2 * spread**2), axis=1).astype(float)


def _centres(classes: int) -> "np.ndarray":
    import numpy as np

    angle = 2 * np.pi * np.arange(classes) / classes
    return np.stack([np.cos(angle), np.sin(angle)], axis=1)


def _shares(classes: int, imbalance: float) -> "np.ndarray":
    import numpy as np

    weights = np.linspace(imbalance, 1.0, classes)
    return weights / weights.sum()

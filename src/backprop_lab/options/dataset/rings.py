"""Rings around the origin, which belong to class 1 and class 0 by turns."""

from typing import TYPE_CHECKING

from backprop_lab.options.rules import whole

if TYPE_CHECKING:
    import numpy as np

ALSO_CALLED = ("concentric", "donut", "annulus")
KNOBS = {"rings": whole("number of rings, the innermost a disc", 2, 8)}
GAP = 0.1
"""Between a ring and the edge of its share of the radius, as a part of that share."""


def sample(n: int, generator: "np.random.Generator", *, rings: int) -> tuple["np.ndarray", "np.ndarray"]:
    """``n`` points in the unit disc, equally many in each ring, uniform in radius and angle."""
    import numpy as np

    ring = generator.permutation(np.arange(n) % rings)
    radius = (ring + generator.uniform(GAP, 1 - GAP, n)) / rings
    angle = generator.uniform(0, 2 * np.pi, n)
    x = radius[:, None] * np.stack([np.cos(angle), np.sin(angle)], axis=1)
    return x, rule(x, rings=rings)


def rule(x: "np.ndarray", *, rings: int) -> "np.ndarray":
    """Class 1 in the innermost ring and every second one from there; beyond the last as in the last."""
    import numpy as np

    ring = np.minimum(np.floor(rings * np.hypot(x[:, 0], x[:, 1])), rings - 1)
    return (ring % 2 == 0).astype(float)

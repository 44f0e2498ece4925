"""Arms of a spiral, one for each class."""

from typing import TYPE_CHECKING

from backprop_lab.options.rules import ABOVE_0, real, whole

if TYPE_CHECKING:
    import numpy as np

ALSO_CALLED = ("spirals", "two_spirals", "swirl")
KNOBS = {
    "classes": whole("number of arms", 2, 6),
    "turns": real("turns of each arm", ABOVE_0),
}
INNERMOST = 0.1
"""At the origin all arms would meet."""


def sample(
    n: int, generator: "np.random.Generator", *, classes: int, turns: float
) -> tuple["np.ndarray", "np.ndarray"]:
    """``n`` points in random order, equally many on each arm, which goes from the middle to the unit circle."""
    import numpy as np

    y = generator.permutation(np.arange(n) % classes)
    radius = generator.uniform(INNERMOST, 1.0, n)
    angle = 2 * np.pi * (turns * radius + y / classes)
    return radius[:, None] * np.stack([np.cos(angle), np.sin(angle)], axis=1), y.astype(float)


def rule(x: "np.ndarray", *, classes: int, turns: float) -> "np.ndarray":
    """The arm that is nearest along the circle through a point."""
    import numpy as np

    turned = np.arctan2(x[:, 1], x[:, 0]) / (2 * np.pi) - turns * np.hypot(x[:, 0], x[:, 1])
    return np.round(turned * classes) % classes

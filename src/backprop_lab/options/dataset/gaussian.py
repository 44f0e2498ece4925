"""Three hills and three hollows over two inputs, as a regression."""

from typing import TYPE_CHECKING

from backprop_lab.options.rules import ABOVE_0, real

if TYPE_CHECKING:
    import numpy as np

ALSO_CALLED = ("reg_gauss", "hills")
KNOBS = {"width": real("standard deviation of each hill and hollow", ABOVE_0)}
# x1, x2, height: in two rows, a hill beside a hollow, as in the TensorFlow Playground.
HILLS = ((-0.7, 0.4, 1), (0, 0.4, -1), (0.7, 0.4, 1), (-0.7, -0.4, -1), (0, -0.4, 1), (0.7, -0.4, -1))


def sample(n: int, generator: "np.random.Generator", *, width: float) -> tuple["np.ndarray", "np.ndarray"]:
    """``n`` points uniform on [-1, 1] x [-1, 1]."""
    x = generator.uniform(-1.0, 1.0, (n, 2))
    return x, rule(x, width=width)


def rule(x: "np.ndarray", *, width: float) -> "np.ndarray":
    """The sum of the hills, each height * exp(-distance^2 / (2 width^2))."""
    import numpy as np

    height = np.zeros(len(x))
    for *centre, sign in HILLS:
        away = (x - centre) / width
        height += sign * np.exp(-(away**2).sum(axis=1) / 2)
    return height

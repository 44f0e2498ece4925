"""The squares of a checkerboard."""

from typing import TYPE_CHECKING

from backprop_lab.options.rules import whole

if TYPE_CHECKING:
    import numpy as np

ALSO_CALLED = ("chessboard", "chess", "checkers")
KNOBS = {"squares": whole("number of squares along each side", 2, 8)}


def sample(n: int, generator: "np.random.Generator", *, squares: int) -> tuple["np.ndarray", "np.ndarray"]:
    """``n`` points uniform on [-1, 1] x [-1, 1]."""
    x = generator.uniform(-1.0, 1.0, (n, 2))
    return x, rule(x, squares=squares)


def rule(x: "np.ndarray", *, squares: int) -> "np.ndarray":
    """Class 0 in the lower left square, and by turns from there."""
    import numpy as np

    return np.floor((x + 1) / 2 * squares).sum(axis=1) % 2

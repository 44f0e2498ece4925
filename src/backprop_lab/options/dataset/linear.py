"""A straight line, as a regression."""

from typing import TYPE_CHECKING

from backprop_lab.options.rules import ANY, real

if TYPE_CHECKING:
    import numpy as np

ALSO_CALLED = ("line", "regression")
KNOBS = {"slope": real("slope of the line", ANY), "intercept": real("value of the line at x = 0", ANY)}
OWN_POINTS = 4


def sample(
    n: int | None, generator: "np.random.Generator", *, slope: float, intercept: float
) -> tuple["np.ndarray", "np.ndarray"]:
    """y = slope * x + intercept at x = 1, 2, 3, 4, or at ``n`` places drawn uniformly from [1, 4]."""
    import numpy as np

    x = np.arange(1.0, 5.0) if n is None else generator.uniform(1.0, 4.0, n)
    return x[:, None], rule(x[:, None], slope=slope, intercept=intercept)


def rule(x: "np.ndarray", *, slope: float, intercept: float) -> "np.ndarray":
    return slope * x[:, 0] + intercept

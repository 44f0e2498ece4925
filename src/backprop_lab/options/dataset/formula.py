"""Classes or values by a formula of one's own, such as ``x2 > sin(3*x1)`` or ``x1 * x2``."""

from typing import TYPE_CHECKING

from backprop_lab.options import expression
from backprop_lab.options.expression import ExpressionError
from backprop_lab.options.rules import ABOVE_0, Rule, real

if TYPE_CHECKING:
    import numpy as np

ALSO_CALLED = ("function", "expression", "equation")
KNOBS = {
    "formula": Rule(
        lambda v: isinstance(v, str) and v.strip() != "",
        "a condition for class 1, such as 'x2 > sin(3*x1)', or a value, such as 'x1 * x2'",
        "a condition for class 1, or a value; of x1, x2, r = sqrt(x1^2 + x2^2), + - * / ^, comparisons, and, or, not, "
        "sin, cos, exp, sqrt, abs, pi",
    ),
    "extent": real("points are uniform on the square from -extent to extent", ABOVE_0),
}


def task_of(*, formula: str, extent: float) -> str:
    """A condition has two classes."""
    return "binary" if expression.parsed(formula).is_condition else "regression"


def refusal(*, formula: str, extent: float) -> tuple[str, str, str] | None:
    try:
        expression.parsed(formula)
    except ExpressionError as wrong:
        return "formula", formula, f"{KNOBS['formula'].allowed}; this one has {wrong}"
    return None


def sample(
    n: int, generator: "np.random.Generator", *, formula: str, extent: float
) -> tuple["np.ndarray", "np.ndarray"]:
    x = generator.uniform(-extent, extent, (n, 2))
    return x, rule(x, formula=formula, extent=extent)


def rule(x: "np.ndarray", *, formula: str, extent: float) -> "np.ndarray":
    import numpy as np

    with np.errstate(all="ignore"):  # what is not finite is refused with its point
        y: np.ndarray = expression.parsed(formula).of(x)
    return y.astype(float)

"""Exercises of lesson 1. Solutions are computed by nudging."""

from backprop_lab.autograd.derivative import gradient, rate_of_change
from exercises.checking import Exercise

# The change of f(x) = x^2 from x to x + h, and the slope of the secant.
two_legs = Exercise(
    lambda: {
        f"{name} at x = {x}, h = {h}": value
        for x, h in ((1, 2), (-3, 1))
        for name, value in (
            ("dy", (x + h) ** 2 - x**2),
            ("rate", rate_of_change(lambda number: number**2, x, h)),
        )
    }
)

# The partial derivatives of x^2 + y^3 - z at (2, 3, 4) that the lesson leaves out.
partials = Exercise(
    lambda: dict(zip(("df/dy", "df/dz"), gradient(lambda x, y, z: x**2 + y**3 - z, [2, 3, 4])[1:], strict=True))
)

# A function of x: the derivative of x^3 - 2x.
derivative_of_a_cubic = Exercise(
    lambda x: {"df/dx": gradient(lambda number: number**3 - 2 * number, [x])[0]},
    cases=[(1.5,), (-2.0,), (0.0,), (1.0,)],
)

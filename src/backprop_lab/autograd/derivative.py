"""Numerical derivatives: nudge a number and see what happens.

``f`` is a plain function of numbers; it may also take and return ``Value``.
"""

from collections.abc import Callable, Sequence
from typing import TypeAlias

from backprop_lab.autograd.value import Value, as_value, zero_grad

Function: TypeAlias = Callable[..., "Value | float"]

# The central difference has an error of about h^2 (the next Taylor term) plus about 1e-16 / h (rounding); their sum is
# smallest near the cube root of 1e-16.
STEP = 6e-6


def rate_of_change(f: Function, x: float, h: float) -> float:
    """(f(x + h) - f(x)) / h: the slope of the straight line from x to x + h."""
    return (_number(f(x + h)) - _number(f(x))) / h


def partial(f: Function, point: Sequence[float], index: int, h: float = 1e-5) -> float:
    """The rate of change of f when only the number at ``index`` is nudged, by h."""
    nudged = [number + h * (i == index) for i, number in enumerate(point)]
    return (_number(f(*nudged)) - _number(f(*point))) / h


def gradient(f: Function, point: Sequence[float]) -> list[float]:
    """All partial derivatives by central differences, (f(x + h) - f(x - h)) / 2h with h proportional to x."""
    slopes = []
    for index, number in enumerate(point):
        h = STEP * max(1.0, abs(number))
        above, below = ([*point[:index], number + sign * h, *point[index + 1 :]] for sign in (1, -1))
        slopes.append((_number(f(*above)) - _number(f(*below))) / (2 * h))
    return slopes


def check(f: Callable[..., Value], point: Sequence[float]) -> float:
    """The largest difference between the gradient by backpropagation and by nudging, relative where it exceeds 1."""
    values = [Value(number) for number in point]
    f(*values).backward()
    nudged = gradient(lambda *numbers: f(*map(Value, numbers)), point)  # f may use methods of Value
    pairs = zip((value.grad for value in values), nudged, strict=True)
    return max(abs(exact - slope) / max(1.0, abs(exact)) for exact, slope in pairs)


def check_network(loss: Callable[[], Value], parameters: Sequence[Value]) -> float:
    """The same for a network: ``loss`` recomputes it from ``parameters``, which are restored afterwards."""

    def at(*numbers: float) -> Value:
        before = [parameter.data for parameter in parameters]
        try:
            for parameter, number in zip(parameters, numbers, strict=True):
                parameter.data = number
            return loss()
        finally:
            for parameter, number in zip(parameters, before, strict=True):
                parameter.data = number

    zero_grad(parameters)
    loss().backward()
    nudged = gradient(at, [float(parameter.data) for parameter in parameters])
    pairs = zip((parameter.grad for parameter in parameters), nudged, strict=True)
    return max(abs(exact - slope) / max(1.0, abs(exact)) for exact, slope in pairs)


def _number(value: "Value | float") -> float:
    return float(as_value(value).data)

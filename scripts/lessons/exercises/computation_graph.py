"""Exercises of lesson 2. Solutions are computed with the scalar engine."""

from collections.abc import Mapping, Sequence

from backprop_lab.autograd import Value
from exercises.checking import Exercise


def _passes(shown: Sequence[str], nodes: Mapping[str, Value], result: str) -> dict[str, float]:
    """The data of ``shown`` after the forward pass, and all gradients except that of ``result``."""
    nodes[result].backward()
    gradients = {f"d{result}/d{name}": node.grad for name, node in nodes.items() if name != result}
    return {name: nodes[name].data for name in shown} | gradients


# c = a + b and L = c * d, with other numbers than in the lesson.
def _another_point() -> dict[str, float]:
    a, b, d = Value(2), Value(-6), Value(-3)
    c = a + b
    return _passes(["c", "L"], {"c": c, "d": d, "a": a, "b": b, "L": c * d}, "L")


# (a * b + c) * d: a product inside a sum inside a product.
def _another_shape() -> dict[str, float]:
    a, b, c, d = Value(3), Value(-2), Value(4), Value(5)
    e = a * b
    s = e + c
    return _passes(["L"], {"s": s, "d": d, "e": e, "c": c, "a": a, "b": b, "L": s * d}, "L")


# The gradient of (w * x - y) ** 2, as a function of w, x and y.
def _squared_error(w: float, x: float, y: float) -> dict[str, float]:
    nodes = {"w": Value(w), "x": Value(x), "y": Value(y)}
    nodes["loss"] = (nodes["w"] * nodes["x"] - nodes["y"]) ** 2
    return _passes([], nodes, "loss")


another_point = Exercise(_another_point)
another_shape = Exercise(_another_shape)
squared_error_slopes = Exercise(
    _squared_error, cases=[(-2.0, 0.7, 3.0), (1.0, 1.0, 2.0), (1.0, 3.0, 2.0), (0.0, 4.0, -1.0)]
)

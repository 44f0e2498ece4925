"""Exercises of lesson 7. Solutions are found by trying lines, solving equations, and searching."""

import itertools
from collections.abc import Iterable

import numpy as np

from exercises.checking import Exercise, Terms

CORNERS = np.array([[0.0, 0.0], [0.0, 1.0], [1.0, 0.0], [1.0, 1.0]])
XOR = np.array([0.0, 1.0, 1.0, 0.0])
FUNCTIONS = ("0, 0, 0, 1", "0, 1, 1, 1", "1, 1, 1, 0", "1, 0, 0, 1", "0, 1, 0, 1")


def separable(functions: Iterable[str]) -> dict[str, bool]:
    """Whether a line with small integer weights and a half-integer bias separates the corners correctly.

    These suffice: every separable function of two binary inputs is separated by one of them.
    """
    weights = range(-2, 3)
    lines = np.array(list(itertools.product(weights, weights, np.arange(-2.5, 3.0))))
    sides = (CORNERS @ lines[:, :2].T + lines[:, 2] > 0).T
    wanted = {name: np.array([value == "1" for value in name.split(", ")]) for name in functions}
    return {name: bool((sides == ones).all(axis=1).any()) for name, ones in wanted.items()}


def _output_layer() -> Terms:
    total = CORNERS.sum(axis=1)
    columns = np.stack([np.maximum(total, 0), np.maximum(total - 1, 0), np.ones(4)], axis=1)
    solution, *_ = np.linalg.lstsq(columns, XOR)
    return dict(zip(("v1", "v2", "c"), map(float, solution), strict=True))


def _constant_answer() -> Terms:
    p = np.linspace(0.001, 0.999, 999)[:, None]
    squares = ((p - XOR) ** 2).mean(axis=1)
    best = int(squares.argmin())
    entropy = -(XOR * np.log(p) + (1 - XOR) * np.log(1 - p)).mean(axis=1)
    return {"p": float(p[best, 0]), "mean squared error": float(squares[best]), "cross-entropy": float(entropy[best])}


# For each function of two binary inputs, whether a straight line separates its classes.
one_line_enough = Exercise(lambda: separable(FUNCTIONS))

# The output layer over two given relu units.
output_layer = Exercise(_output_layer)

# The best constant, and its losses.
constant_answer = Exercise(_constant_answer, tolerance=2e-3)

"""Duchi, Hazan and Singer 2011: divides each gradient by the root of the sum of all its squares so far."""

from typing import Any

from backprop_lab.options.arithmetic import Quantity, plus, sqrt
from backprop_lab.options.optimizer import LEARNING_RATE, WEIGHT_DECAY

KNOBS = {"lr": LEARNING_RATE, "weight_decay": WEIGHT_DECAY}
SLOTS = ("sum",)
TORCH = "Adagrad"
EPSILON = 1e-10


def slots(**_: Any) -> tuple[str, ...]:
    return SLOTS


def coefficients(step: Quantity, lr: Quantity, weight_decay: Quantity) -> tuple[Quantity, ...]:
    return lr, weight_decay


def update(
    weight: Quantity, gradient: Quantity, squares: Quantity, lr: Quantity, weight_decay: Quantity
) -> tuple[Quantity, Quantity]:
    gradient = plus(gradient, weight_decay, weight)
    squares = squares + gradient * gradient
    return plus(weight, -lr, gradient / (sqrt(squares) + EPSILON)), squares

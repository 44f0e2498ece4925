"""Duchi, Hazan and Singer 2011: divides each gradient by the root of the sum of all its squares so far."""

from typing import Any

from backprop_lab.options.arithmetic import Quantity, plus, sqrt
from backprop_lab.options.optimizer import LEARNING_RATE, WEIGHT_DECAY, decayed
from backprop_lab.options.text import Line, number, wrapped

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


def lines(
    w: str, weight: float, gradient: float, before: dict[str, float], after: dict[str, float], step: int,
    *, lr: float, weight_decay: float,
) -> list[Line]:  # fmt: skip
    gradient, said = decayed(w, weight, gradient, weight_decay)
    squares = after["sum"]
    added = f"{number(before['sum'])} + ({number(gradient)})²"
    said.append(("s ← s + g²", f"{added} = {number(squares)}"))
    scaled = f"{wrapped(gradient)} / (√({number(squares)}) + {number(EPSILON)})"
    return [*said, (f"{w} ← {w} − lr·g / (√s + ε)", f"{number(weight)} − {number(lr)}·{scaled}")]

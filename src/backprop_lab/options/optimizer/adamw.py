"""Loshchilov and Hutter 2019: as Adam, but the weight decay acts on the weight itself and not through the gradient."""

from typing import Any

from backprop_lab.options.arithmetic import Quantity, sqrt
from backprop_lab.options.optimizer import EPSILON, adam
from backprop_lab.options.text import Line, number, wrapped

KNOBS, SLOTS, TORCH = adam.KNOBS, adam.SLOTS, "AdamW"


def slots(**_: Any) -> tuple[str, ...]:
    return SLOTS


def coefficients(step: Quantity, lr: Quantity, betas: Any, weight_decay: Quantity) -> tuple[Quantity, ...]:
    return adam.coefficients(step, lr, betas, weight_decay)


def update(
    weight: Quantity, gradient: Quantity, mean: Quantity, mean_square: Quantity, lr: Quantity, beta_1: Quantity,
    beta_2: Quantity, weight_decay: Quantity, correction_1: Quantity, correction_2: Quantity,
) -> tuple[Quantity, Quantity, Quantity]:  # fmt: skip
    weight = weight - lr * weight_decay * weight
    mean = beta_1 * mean + (1.0 - beta_1) * gradient
    mean_square = beta_2 * mean_square + (1.0 - beta_2) * gradient * gradient
    root = sqrt(mean_square / correction_2)
    return weight - lr * (mean / correction_1) / (root + EPSILON), mean, mean_square


def lines(
    w: str, weight: float, gradient: float, before: dict[str, float], after: dict[str, float], step: int,
    *, lr: float, betas: list[float], weight_decay: float,
) -> list[Line]:  # fmt: skip
    shrunk = weight - lr * weight_decay * weight
    said = []
    if weight_decay:
        numbers = f"{number(weight)} − {number(lr)}·{number(weight_decay)}·{wrapped(weight)} = {number(shrunk)}"
        said.append((f"{w} ← {w} − lr·weight_decay·{w}", numbers))
    return said + adam.step_lines(w, shrunk, gradient, before, after, step, lr=lr, betas=betas)

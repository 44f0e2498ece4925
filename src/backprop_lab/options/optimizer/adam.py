"""Kingma and Ba 2015, algorithm 1: a step of lr times the mean gradient over its root mean square."""

from typing import Any

from backprop_lab.options.arithmetic import Quantity, sqrt
from backprop_lab.options.optimizer import EPSILON, LEARNING_RATE, WEIGHT_DECAY
from backprop_lab.options.rules import Rule, is_real


def _are_betas(value: Any) -> bool:
    return isinstance(value, list) and len(value) == 2 and all(is_real(beta) and 0 <= beta < 1 for beta in value)


KNOBS = {
    "lr": LEARNING_RATE,
    "betas": Rule(
        _are_betas,
        "a list of two numbers, each from 0 and below 1",
        "decay rates of the running means of the gradient and of its square",
    ),
    "weight_decay": WEIGHT_DECAY,
}
SLOTS = ("exp_avg", "exp_avg_sq")
TORCH = "Adam"


def slots(**_: Any) -> tuple[str, ...]:
    return SLOTS


def coefficients(step: Quantity, lr: Quantity, betas: Any, weight_decay: Quantity) -> tuple[Quantity, ...]:
    """Both means start at 0; dividing by the last two coefficients removes that bias."""
    beta_1, beta_2 = betas
    return lr, beta_1, beta_2, weight_decay, 1.0 - beta_1**step, 1.0 - beta_2**step


def update(
    weight: Quantity, gradient: Quantity, mean: Quantity, mean_square: Quantity, lr: Quantity, beta_1: Quantity,
    beta_2: Quantity, weight_decay: Quantity, correction_1: Quantity, correction_2: Quantity,
) -> tuple[Quantity, Quantity, Quantity]:  # fmt: skip
    gradient = gradient + weight_decay * weight
    mean = beta_1 * mean + (1.0 - beta_1) * gradient
    mean_square = beta_2 * mean_square + (1.0 - beta_2) * gradient * gradient
    root = sqrt(mean_square / correction_2)
    return weight - lr * (mean / correction_1) / (root + EPSILON), mean, mean_square

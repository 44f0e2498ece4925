"""Loshchilov and Hutter 2019: Adam with the weight decay applied to the weight itself, not to the gradient."""

from backprop_lab.options.arithmetic import Quantity
from backprop_lab.options.optimizer import adam
from backprop_lab.options.optimizer.adam import update as moved_by_adam

KNOBS, SLOTS, TORCH = adam.KNOBS, adam.SLOTS, "AdamW"
slots, coefficients = adam.slots, adam.coefficients


def update(
    weight: Quantity, gradient: Quantity, mean: Quantity, mean_square: Quantity, lr: Quantity, beta_1: Quantity,
    beta_2: Quantity, weight_decay: Quantity, correction_1: Quantity, correction_2: Quantity,
) -> tuple[Quantity, Quantity, Quantity]:  # fmt: skip
    weight = weight - lr * weight_decay * weight
    return moved_by_adam(
        weight, gradient, mean, mean_square, lr, beta_1, beta_2, 0.0, correction_1, correction_2
    )  # fmt: skip

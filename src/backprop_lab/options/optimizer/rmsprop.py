"""Tieleman and Hinton 2012: divides each gradient by the root of the running mean of its square."""

from typing import Any

from backprop_lab.options.arithmetic import Quantity, plus, sqrt
from backprop_lab.options.optimizer import EPSILON, LEARNING_RATE, WEIGHT_DECAY
from backprop_lab.options.rules import FROM_0_BELOW_1, real

KNOBS = {
    "lr": LEARNING_RATE,
    "alpha": real("decay rate of the running mean of the squared gradient", FROM_0_BELOW_1),
    "momentum": real("momentum", FROM_0_BELOW_1),
    "weight_decay": WEIGHT_DECAY,
}
SLOTS = ("square_avg", "momentum_buffer")
TORCH = "RMSprop"


def slots(momentum: float, **_: Any) -> tuple[str, ...]:
    return SLOTS if momentum > 0 else SLOTS[:1]


def coefficients(
    step: Quantity, lr: Quantity, alpha: Quantity, momentum: Quantity, weight_decay: Quantity
) -> tuple[Quantity, ...]:
    return lr, alpha, momentum, weight_decay


def update(
    weight: Quantity, gradient: Quantity, square: Quantity, velocity: Quantity, lr: Quantity, alpha: Quantity,
    momentum: Quantity, weight_decay: Quantity,
) -> tuple[Quantity, Quantity, Quantity]:  # fmt: skip
    gradient = plus(gradient, weight_decay, weight)
    square = alpha * square + (1.0 - alpha) * gradient * gradient
    velocity = momentum * velocity + gradient / (sqrt(square) + EPSILON)
    return plus(weight, -lr, velocity), square, velocity

"""w <- w - lr * v with the velocity v <- momentum * v + g; Nesterov's step is along g + momentum * v."""

from typing import Any

from backprop_lab.options.arithmetic import Quantity, below, plus
from backprop_lab.options.optimizer import LEARNING_RATE, WEIGHT_DECAY
from backprop_lab.options.rules import FROM_0_BELOW_1, flag, real

KNOBS = {
    "lr": LEARNING_RATE,
    "momentum": real("momentum", FROM_0_BELOW_1),
    "nesterov": flag("Nesterov's momentum"),
    "weight_decay": WEIGHT_DECAY,
}
SLOTS = ("momentum_buffer",)
TORCH = "SGD"


def slots(momentum: float, **_: Any) -> tuple[str, ...]:
    return SLOTS if momentum > 0 else ()


def refusal(momentum: float, nesterov: bool, **_: Any) -> tuple[str, Any, str] | None:
    return ("nesterov", True, "false if optimizer.momentum is 0") if nesterov and momentum == 0 else None


def coefficients(
    step: Quantity, lr: Quantity, momentum: Quantity, nesterov: Quantity, weight_decay: Quantity
) -> tuple[Quantity, ...]:
    return lr, momentum, nesterov, weight_decay


def update(
    weight: Quantity, gradient: Quantity, velocity: Quantity, lr: Quantity, momentum: Quantity, nesterov: Quantity,
    weight_decay: Quantity,
) -> tuple[Quantity, Quantity]:  # fmt: skip
    gradient = plus(gradient, weight_decay, weight)
    velocity = momentum * velocity + gradient
    ahead = plus(gradient, momentum, velocity)
    return plus(weight, -lr, below(0.0, nesterov, ahead, velocity)), velocity

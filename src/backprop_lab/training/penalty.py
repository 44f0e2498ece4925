"""The regularization penalty on a network's weights."""

from collections.abc import Mapping
from typing import Any

import numpy as np

from backprop_lab.config.types import Choice
from backprop_lab.options.arithmetic import Quantity
from backprop_lab.training.state import State

COLUMN = "penalty"


def has_value(penalty: Choice) -> bool:
    return hasattr(penalty.option, "value")


def counts(weight: Any) -> bool:
    """Whether the penalty covers a parameter: weights of layers, but not biases."""
    return bool(weight.ndim >= 2)


def total(penalty: Choice, weights: Mapping[str, Quantity]) -> Quantity:
    """The penalty of a network from its weights by name, arrays or tensors."""
    value, arguments = penalty.option.value, penalty.arguments
    return sum(value(weight, *arguments).sum() for weight in weights.values() if counts(weight))


def add_slopes(penalty: Choice, weights: Mapping[str, Quantity], gradients: dict[str, Quantity]) -> None:
    """Add the penalty's derivative to the gradients, in place."""
    if has_value(penalty):
        slope, arguments = penalty.option.slope, penalty.arguments
        for name, weight in weights.items():
            if counts(weight):
                gradients[name] = gradients[name] + slope(weight, *arguments)


def column(penalty: Choice, state: State) -> dict[str, float]:
    """The entry of a row: the penalty at the end of its epoch. Empty if there is no penalty."""
    if not has_value(penalty):
        return {}
    with np.errstate(over="ignore"):
        return {COLUMN: float(total(penalty, {n: w.astype(np.float64) for n, w in state.weights.items()}))}

"""Mean squared error: (f - y)^2 of a value; for classes, (p - y)^2 of the probability p = sigmoid(z)."""

from collections.abc import Callable
from typing import Any

from backprop_lab.options.arithmetic import Quantity, sigmoid
from backprop_lab.options.loss import Form

ALSO_CALLED = ("mean_squared_error", "MSELoss", "squared_error", "l2")
DEFAULT_OF = ("regression",)


def value(f: Quantity, y: Quantity) -> Quantity:
    away = f - y
    return away * away


def slope(f: Quantity, y: Quantity) -> Quantity:
    return 2.0 * (f - y)


def value_of_probability(z: Quantity, y: Quantity) -> Quantity:
    away = sigmoid(z) - y
    return away * away


def slope_of_probability(z: Quantity, y: Quantity) -> Quantity:
    """dp/dz is p (1 - p)."""
    p = sigmoid(z)
    return 2.0 * (p - y) * p * (1.0 - p)


def guess(y: Any) -> float:
    """The loss of predicting the mean."""
    return float(y.var())


def on_torch() -> Callable:
    import torch.nn.functional as F

    return F.mse_loss


def of_probability_on_torch() -> Callable:
    import torch
    import torch.nn.functional as F

    def mse_of_probability(logits: "torch.Tensor", targets: "torch.Tensor") -> "torch.Tensor":
        return F.mse_loss(torch.sigmoid(logits), targets)

    return mse_of_probability


FORMS = {
    "binary": Form(value_of_probability, slope_of_probability, "logit", guess, of_probability_on_torch),
    "regression": Form(value, slope, "value", guess, on_torch),
}

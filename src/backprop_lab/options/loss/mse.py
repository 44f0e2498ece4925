"""Mean squared error: (f - y)^2 of a value; for classes, (p - y)^2 of the probability p = sigmoid(z)."""

from collections.abc import Callable
from typing import Any

from backprop_lab.options.arithmetic import Quantity, sigmoid
from backprop_lab.options.loss import Form, Words
from backprop_lab.options.text import Line, number, wrapped

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


def _forward(f: float, y: float, loss: float) -> list[Line]:
    return [("loss = (f − y)²", f"({number(f)} − {wrapped(y)})² = {number(loss)}")]


def _derivatives(f: float, y: float, slope: float) -> list[Line]:
    return [("∂loss/∂f = 2·(f − y)", f"2·({number(f)} − {wrapped(y)}) = {number(2 * (f - y))}")]


def _forward_of_probability(z: float, y: float, loss: float) -> list[Line]:
    p = number(sigmoid(z))
    return [
        ("p = sigmoid(z)", f"sigmoid({number(z)}) = {p}"),
        ("loss = (p − y)²", f"({p} − {number(y)})² = {number(loss)}"),
    ]


def _derivatives_of_probability(z: float, y: float, slope: float) -> list[Line]:
    p = sigmoid(z)
    said = number(p)
    return [
        ("∂loss/∂p = 2·(p − y)", f"2·({said} − {number(y)}) = {number(2 * (p - y))}"),
        ("∂p/∂z = p·(1 − p)", f"{said}·(1 − {said}) = {number(p * (1 - p))}"),
    ]


def _products_of_probability(z: float, y: float, slope: float) -> list[Line]:
    p = sigmoid(z)
    numbers = f"{number(2 * (p - y))}·{number(p * (1 - p))} = {number(slope)}"
    return [("∂loss/∂z = ∂loss/∂p·∂p/∂z", numbers)]


FORMS = {
    "binary": Form(
        value_of_probability, slope_of_probability, "logit", guess, of_probability_on_torch,
        Words(_forward_of_probability, _derivatives_of_probability, _products_of_probability),
    ),
    "regression": Form(value, slope, "value", guess, on_torch, Words(_forward, _derivatives)),
}  # fmt: skip

"""Binary cross-entropy of a logit: softplus(z) - y z, which is -ln p for class 1 and -ln(1 - p) for class 0."""

from collections.abc import Callable
from typing import Any

from backprop_lab.options.arithmetic import Quantity, absolute, below, exp, log1p, sigmoid
from backprop_lab.options.loss import Form, Words, entropy
from backprop_lab.options.text import Line, number

ALSO_CALLED = ("binary_crossentropy", "BCELoss", "BCEWithLogitsLoss", "log_loss")
DEFAULT_OF = ("binary",)


def value(z: Quantity, y: Quantity) -> Quantity:
    return below(z, 0.0, 0.0, z) + log1p(exp(-absolute(z))) - y * z


def slope(z: Quantity, y: Quantity) -> Quantity:
    return sigmoid(z) - y


def guess(y: Any) -> float:
    share = float(y.mean())
    return entropy(share, 1.0 - share)


def on_torch() -> Callable:
    import torch.nn.functional as F

    return F.binary_cross_entropy_with_logits


def forward(z: float, y: float, loss: float) -> list[Line]:
    p = number(sigmoid(z))
    lines = [("p = sigmoid(z)", f"sigmoid({number(z)}) = {p}")]
    if y == 1:
        return [*lines, ("loss = −ln p, because y = 1", f"−ln({p}) = {number(loss)}")]
    return [*lines, ("loss = −ln(1 − p), because y = 0", f"−ln({number(sigmoid(-z))}) = {number(loss)}")]


def derivatives(z: float, y: float, slope: float) -> list[Line]:
    p = sigmoid(z)
    return [("∂loss/∂z = p − y", f"{number(p)} − {number(y)} = {number(p - y)}")]


FORMS = {"binary": Form(value, slope, "logit", guess, on_torch, Words(forward, derivatives), is_log_loss=True)}

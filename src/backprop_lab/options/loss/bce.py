"""Binary cross-entropy of a logit: softplus(z) - y z, which is -ln p for class 1 and -ln(1 - p) for class 0."""

from collections.abc import Callable
from typing import Any

from backprop_lab.options.arithmetic import Quantity, absolute, below, exp, log1p, sigmoid
from backprop_lab.options.loss import Form, entropy

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


FORMS = {"binary": Form(value, slope, "logit", guess, on_torch, is_log_loss=True)}

"""The hinge loss of a support vector machine: max(0, 1 - s z) with s = 1 for class 1 and -1 for class 0.

The output is a margin: its sign is the class; it is not a probability.
"""

from typing import Any

from backprop_lab.options.arithmetic import Quantity, below
from backprop_lab.options.loss import Form, Words
from backprop_lab.options.text import Line, number, wrapped

ALSO_CALLED = ("svm", "HingeEmbeddingLoss", "binary_hinge")


def value(z: Quantity, y: Quantity) -> Quantity:
    short = 1.0 - (2.0 * y - 1.0) * z
    return below(short, 0.0, 0.0, short)


def slope(z: Quantity, y: Quantity) -> Quantity:
    """0 at the corner, where s z is 1."""
    sign = 2.0 * y - 1.0
    return below(sign * z, 1.0, -sign, 0.0 * sign)


def guess(y: Any) -> float:
    """The loss of predicting a margin of 1 for the larger class."""
    share = float(y.mean())
    return 2.0 * min(share, 1.0 - share)


def forward(z: float, y: float, loss: float) -> list[Line]:
    s = 2 * y - 1
    return [("loss = max(0, 1 − s·z), s = 2·y − 1", f"max(0, 1 − {wrapped(s)}·{wrapped(z)}) = {number(loss)}")]


def derivatives(z: float, y: float, slope: float) -> list[Line]:
    s = 2 * y - 1
    side = "<" if s * z < 1 else "≥"
    return [("∂loss/∂z = −s if s·z < 1, else 0", f"{number(s * z)} {side} 1, so {number(slope)}")]


FORMS = {"binary": Form(value, slope, "margin", guess, words=Words(forward, derivatives))}

"""The hinge loss of a support vector machine: max(0, 1 - s z) with s = 1 for class 1 and -1 for class 0.

The output is a margin: its sign is the class; it is not a probability. For several classes, max(0, 1 + z_r - z_c) of
the output z_c of a point's class and the largest other one, z_r: Crammer and Singer 2001.
"""

from collections.abc import Sequence
from typing import Any

from backprop_lab.options.arithmetic import Quantity, below
from backprop_lab.options.class_form import ClassForm
from backprop_lab.options.loss import Form

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


def part(z: Quantity, is_own: Quantity, own: Quantity, rival: Quantity) -> Quantity:
    """1 for the largest output of another class, so that the total is how many are equally large."""
    return (1.0 - is_own) * below(z, rival, 0.0 * z, 1.0 + 0.0 * z)


def loss_of_classes(total: Quantity, own: Quantity, rival: Quantity) -> Quantity:
    short = 1.0 + rival - own
    return below(short, 0.0, 0.0, short)


def derivative(part: Quantity, total: Quantity, is_own: Quantity, own: Quantity, rival: Quantity) -> Quantity:
    """Shared among the outputs that are equally large, and 0 at the corner, where z_c - z_r is 1."""
    toward = part / total - is_own
    return below(own - rival, 1.0, toward, 0.0 * toward)


def guess_by_shares(shares: Sequence[float]) -> float:
    """The loss of predicting the largest class with a margin of 1, or all classes alike."""
    return min(1.0, 2.0 * (1.0 - max(shares)))


FORMS = {
    "binary": Form(value, slope, "margin", guess),
    "multiclass": ClassForm(part, loss_of_classes, derivative, "margin", guess_by_shares),
}

"""Huber 1964: half the squared residual up to ``delta``, beyond it a straight line, so that outliers pull less."""

from typing import Any

from backprop_lab.options.arithmetic import Quantity, absolute, below
from backprop_lab.options.loss import Form
from backprop_lab.options.rules import ABOVE_0, real

ALSO_CALLED = ("HuberLoss", "smooth_l1", "SmoothL1Loss")
KNOBS = {"delta": real("residual from which on the loss grows linearly", ABOVE_0)}


def value(f: Quantity, y: Quantity, delta: Quantity) -> Quantity:
    away = absolute(f - y)
    return below(away, delta, 0.5 * away * away, delta * (away - 0.5 * delta))


def slope(f: Quantity, y: Quantity, delta: Quantity) -> Quantity:
    """The residual, cut off at ``delta`` on both sides."""
    away = f - y
    return below(away, -delta, -delta, below(delta, away, delta, away))


def guess(y: Any, delta: float) -> float:
    """The loss of the best constant, at which the slopes add up to 0: found by halving an interval."""
    low, high = float(y.min()), float(y.max())
    for _ in range(100):
        middle = (low + high) / 2
        if float(slope(middle + 0.0 * y, y, delta).sum()) > 0:
            high = middle
        else:
            low = middle
    return float(value(low + 0.0 * y, y, delta).mean())


FORMS = {"regression": Form(value, slope, "value", guess)}

"""The absolute value of each weight: drives weights to 0."""

from backprop_lab.options.arithmetic import Quantity, absolute, below
from backprop_lab.options.penalty import STRENGTH

ALSO_CALLED = ("lasso",)
KNOBS = {"strength": STRENGTH}


def value(w: Quantity, strength: Quantity) -> Quantity:
    return strength * absolute(w)


def slope(w: Quantity, strength: Quantity) -> Quantity:
    """0 at 0, as in torch."""
    return strength * (below(0.0, w, 1.0, 0.0) - below(w, 0.0, 1.0, 0.0))

"""The square of each weight: keeps weights small."""

from backprop_lab.options.arithmetic import Quantity
from backprop_lab.options.penalty import STRENGTH

ALSO_CALLED = ("ridge", "weight_decay")
KNOBS = {"strength": STRENGTH}


def value(w: Quantity, strength: Quantity) -> Quantity:
    return strength * (w * w)


def slope(w: Quantity, strength: Quantity) -> Quantity:
    return 2.0 * strength * w

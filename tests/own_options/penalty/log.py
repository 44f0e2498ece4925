"""log(1 + w^2)."""

from backprop_lab.options.arithmetic import log1p
from backprop_lab.options.rules import FROM_0, real

KNOBS = {"strength": real("what a weight costs", FROM_0)}


def value(w, strength):
    return strength * log1p(w * w)


def slope(w, strength):
    return strength * 2.0 * w / (1.0 + w * w)

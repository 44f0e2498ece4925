"""Multiplies the learning rate by ``gamma`` in the course of each epoch, a little in every step."""

from backprop_lab.options.rules import ABOVE_0_UP_TO_1, real

ALSO_CALLED = ("ExponentialLR", "ExponentialDecay")
KNOBS = {"gamma": real("factor on the learning rate in the course of an epoch", ABOVE_0_UP_TO_1)}


def factor(step: int, steps: int, *, epochs: int, gamma: float) -> float:
    return gamma ** (step * epochs / steps)

"""Multiplies the learning rate by ``gamma`` every ``every_n_epochs`` epochs."""

from backprop_lab.options.rules import ABOVE_0_UP_TO_1, real, whole

ALSO_CALLED = ("StepLR",)
KNOBS = {
    "every_n_epochs": whole("epochs between two drops of the learning rate", 1, 100_000_000),
    "gamma": real("factor on the learning rate at each drop", ABOVE_0_UP_TO_1),
}


def factor(step: int, steps: int, *, epochs: int, every_n_epochs: int, gamma: float) -> float:
    epoch = step * epochs // steps
    return gamma ** (epoch // every_n_epochs)

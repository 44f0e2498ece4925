"""Half a cosine wave from 1 down to ``floor`` (Loshchilov and Hutter 2017, without restarts)."""

from backprop_lab.options.schedule import FLOOR, between

ALSO_CALLED = ("CosineAnnealingLR", "CosineDecay")
KNOBS = {"floor": FLOOR}


def factor(step: int, steps: int, *, epochs: int, floor: float) -> float:
    return between(1.0, floor, step / steps)

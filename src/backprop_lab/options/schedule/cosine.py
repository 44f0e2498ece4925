"""Half a cosine wave from 1 down to ``floor`` (Loshchilov and Hutter 2017, without restarts)."""

import math

from backprop_lab.options.rules import Range, real

ALSO_CALLED = ("CosineAnnealingLR", "CosineDecay")
KNOBS = {
    "floor": real(
        "final learning rate as a fraction of the initial one", Range("a number from 0 to 1", lambda v: 0 <= v <= 1)
    )
}


def factor(step: int, steps: int, *, epochs: int, floor: float) -> float:
    return floor + (1.0 - floor) * 0.5 * (1.0 + math.cos(math.pi * step / steps))

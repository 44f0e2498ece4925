"""Up to ``optimizer.lr`` along a line, then down to ``floor`` along half a cosine wave (Goyal et al. 2017)."""

from backprop_lab.options.schedule import FLOOR, RISE, between

ALSO_CALLED = ("linear_warmup", "LinearLR", "cosine_with_warmup", "constant_with_warmup")
KNOBS = {"rise": RISE, "floor": FLOOR}


def factor(step: int, steps: int, *, epochs: int, rise: float, floor: float) -> float:
    rising = rise * steps
    if step + 1 < rising:
        return (step + 1) / rising
    return between(1.0, floor, (step - rising) / (steps - rising)) if step > rising else 1.0

"""Up to ``optimizer.lr`` and down again, each along half a cosine wave (Smith and Topin 2018)."""

from backprop_lab.options.rules import FRACTION_OF_ONE, real
from backprop_lab.options.schedule import FLOOR, RISE, between

ALSO_CALLED = ("OneCycleLR", "onecycle", "1cycle")
KNOBS = {
    "rise": RISE,
    "start": real("first learning rate as a fraction of the largest one", FRACTION_OF_ONE),
    "floor": FLOOR,
}


def factor(step: int, steps: int, *, epochs: int, rise: float, start: float, floor: float) -> float:
    """torch's OneCycleLR without its momentum: ``floor`` in the last step."""
    top, last = rise * steps - 1, steps - 1
    if step < top:
        return between(start, 1.0, step / top)
    return between(1.0, floor, (step - top) / (last - top))

"""``schedule=``: the learning rate over time, as a closed form of the step.

``factor(step, steps, **knobs)`` multiplies the learning rate in step number ``step``, counted from 0, of a horizon of
``steps`` steps (the knob ``epochs``); after the horizon the last factor holds. Being a closed form, it needs no state
when a run is resumed. It may branch; a page can compute it too if functions are those of ``options.arithmetic``. A
schedule without ``factor`` keeps the learning rate constant.
"""

import math

from backprop_lab.options.arithmetic import Quantity, cos
from backprop_lab.options.rules import BETWEEN_0_AND_1, FRACTION_OF_ONE, or_null, real, whole

KNOBS = {
    "epochs": or_null(
        whole("epochs that the schedule covers; afterwards the last rate holds", 1, 100_000_000),
        "the epochs of the run when it starts",
    )
}
FLOOR = real("final learning rate as a fraction of the largest one", FRACTION_OF_ONE)
RISE = real("fraction of the steps in which the learning rate rises", BETWEEN_0_AND_1)


def between(first: Quantity, last: Quantity, share: Quantity) -> Quantity:
    """Half a cosine wave from ``first``, at a share of 0, to ``last``, at 1."""
    return last + (first - last) * 0.5 * (1.0 + cos(math.pi * share))

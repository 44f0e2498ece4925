"""``optimizer=``: how weights move. One formula for each serves every rung, batch and picture.

``update(weight, gradient, *slots, *coefficients) -> (weight, *slots)`` moves one weight, or arrays of them. It has no
branch, loop, keyword or ``**``, so that a compiler takes it, and first those formulas that it calls by name. ``SLOTS``
are what the optimizer keeps for each weight, by torch's names; ``slots(**knobs)`` says which of them these knobs need,
and for the others the update is given 0.0. ``coefficients(step, **knobs)`` are the numbers that the update takes, in
double precision, for the step with this number, counted from 1; ``lr`` has the schedule in it. ``TORCH`` is the class
in ``torch.optim`` that the rungs of torch take; without it they take the formula.

``refusal(**knobs)`` may give a knob, its value and what is allowed, for a combination that makes no sense.
``lines(...)`` are the words of the X-ray.
"""

from backprop_lab.options.rules import ABOVE_0, FROM_0, real
from backprop_lab.options.text import Line, number, sum_of

EPSILON = 1e-8
LEARNING_RATE = real("learning rate", ABOVE_0)
WEIGHT_DECAY = real("weight decay", FROM_0)


def decayed(w: str, weight: float, gradient: float, weight_decay: float) -> tuple[float, list[Line]]:
    """The gradient with the weight decay in it, and the line that says so."""
    if not weight_decay:
        return gradient, []
    total = gradient + weight_decay * weight
    _, numbers = sum_of([("", (gradient,)), ("", (weight_decay, weight))])
    return total, [(f"g ← g + weight_decay·{w}", f"{numbers} = {number(total)}")]

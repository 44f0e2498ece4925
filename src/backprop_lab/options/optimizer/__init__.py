"""``optimizer=``: the rule that updates the weights. Each has one formula for every rung, batch and picture.

``update(weight, gradient, *slots, *coefficients) -> (weight, *slots)`` updates one weight, or arrays of them. It has no
branch, loop, keyword or ``**``, so that it can be compiled, together with the formulas it calls by name. ``SLOTS``
are the optimizer's state for each weight, by torch's names; ``slots(**knobs)`` says which of them these knobs need,
the update gets 0.0 for the others. ``coefficients(step, **knobs)`` are the numbers that the update takes, in double
precision, for step number ``step``, counted from 1; ``lr`` includes the schedule. ``TORCH`` is the class in
``torch.optim`` that the torch rungs use; without it they use the formula.

``optimizer.clip_norm``, which every optimizer has, is applied to the gradients before the update sees them.

``refusal(**knobs)`` may return a knob, its value and what is allowed, for an invalid combination.
"""

import math

from backprop_lab.options.arithmetic import Quantity, below, sqrt
from backprop_lab.options.rules import ABOVE_0, FROM_0, or_null, real

EPSILON = 1e-8
LEARNING_RATE = real("learning rate", ABOVE_0)
WEIGHT_DECAY = real("weight decay", FROM_0)
KNOBS = {
    "clip_norm": or_null(real("longest gradient, over all weights together; a longer one is scaled", ABOVE_0), "any"),
}


def clip_factor(squares: Quantity, clip_norm: Quantity) -> Quantity:
    """The factor on the gradients, whose squares have the sum ``squares``: 1 up to the norm ``clip_norm``, which may be
    infinite.

    As ``torch.nn.utils.clip_grad_norm_``. Source: Pascanu, Mikolov and Bengio 2013.
    """
    share = clip_norm / (sqrt(squares) + 1e-6)
    return below(clip_norm, math.inf, below(1.0, share, 1.0, share), 1.0)

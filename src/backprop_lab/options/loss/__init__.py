"""``loss=``: the loss to minimize, the mean over points of a function of output and target.

``FORMS`` has a ``Form`` for each type of task that the loss supports. ``DEFAULT_OF`` names the types for which
``loss=auto`` chooses it. The callers of the formulas apply the mean and its 1/n.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Literal, TypeAlias

from backprop_lab.options.arithmetic import Quantity

Output: TypeAlias = Literal["logit", "margin", "value"]


@dataclass(frozen=True)
class Form:
    """A loss for one type of task.

    ``value(z, y)`` and ``slope(z, y)``, its derivative with respect to z, are for one point; further arguments are the
    loss's knobs in the order of its ``KNOBS``. ``output`` says what a network's outputs mean: a logit, whose sigmoid is
    the probability of class 1; a margin, whose sign is the class and which is not a probability; or a value.
    ``guess(y)`` is the loss of the best constant prediction for the targets ``y``, an array. ``on_torch()`` returns
    torch's own function of outputs and targets if there is one. ``is_log_loss`` says that it is -ln p of a point's
    class.
    """

    value: Callable[..., Quantity]
    slope: Callable[..., Quantity]
    output: Output
    guess: Callable[..., float]
    on_torch: Callable[[], Callable] | None = None
    is_log_loss: bool = False

    @property
    def symbol(self) -> str:
        """The symbol of an output: f if it is the prediction itself, else z."""
        return "f" if self.output == "value" else "z"

    @property
    def formulas(self) -> dict[str, Callable]:
        """What a compiler has to know, by name."""
        return {"value": self.value, "slope": self.slope}

    def at_point(self, z: Sequence[float], y: float, knobs: Sequence[float]) -> tuple[float, list[float]]:
        """The loss of one point and its derivative with respect to its only output, in Python's numbers."""
        return self.value(z[0], y, *knobs), [self.slope(z[0], y, *knobs)]


def entropy(*shares: float) -> float:
    """-p ln p, summed over the ``shares`` p."""
    import math

    return -sum(p * math.log(p) for p in shares if p > 0)

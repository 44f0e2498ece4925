"""The form of a loss for several classes, whose network has an output for each class."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any, Literal

from backprop_lab.options.arithmetic import Quantity, below, is_at, largest


@dataclass(frozen=True)
class ClassForm:
    """A loss of k outputs, one for each class, in three formulas of single numbers.

    ``own`` is the output of a point's class and ``rival`` the largest of the others. Each output z has
    ``part(z, is_own, own, rival)``, where ``is_own`` is 1 for the output of the point's class and 0 for the others;
    ``total`` is the sum of the parts. ``loss(total, own, rival)`` is the loss, and
    ``derivative(part, total, is_own, own, rival)`` its derivative with respect to an output. Further arguments are the
    loss's knobs in the order of its ``KNOBS``. ``output`` says what the outputs mean: logits, whose softmax are the
    probabilities of the classes, or margins. ``guess(shares)`` is the loss of the best constant prediction, from the
    share of each class. ``on_torch()`` returns torch's own function of outputs and targets if there is one.
    ``is_log_loss`` says that the loss is -ln p of a point's class.
    """

    part: Callable[..., Quantity]
    loss: Callable[..., Quantity]
    derivative: Callable[..., Quantity]
    output: Literal["logit", "margin"]
    guess_by_shares: Callable[..., float]
    on_torch: Callable[[], Callable] | None = None
    is_log_loss: bool = False

    symbol = "z"

    @property
    def formulas(self) -> dict[str, Callable]:
        """What a compiler has to know, by name."""
        return {"part": self.part, "loss": self.loss, "derivative": self.derivative}

    def value(self, z: Quantity, y: Quantity, *knobs: float) -> Quantity:
        """The loss of each point: of outputs [..., n, k] and targets [..., n], an array or tensor [..., n]."""
        _, _, own, rival, total = self._of_points(z, y, knobs)
        return self.loss(total, own, rival, *knobs)

    def slope(self, z: Quantity, y: Quantity, *knobs: float) -> Quantity:
        """The derivative of each point's loss with respect to its outputs, [..., n, k]."""
        parts, is_own, own, rival, total = self._of_points(z, y, knobs)
        return self.derivative(parts, total[..., None], is_own, own[..., None], rival[..., None], *knobs)

    def at_point(self, z: Sequence[float], y: float, knobs: Sequence[float]) -> tuple[float, list[float]]:
        """The loss of one point and its derivatives, in Python's numbers."""
        label = int(y)
        own, rival = z[label], max(other for i, other in enumerate(z) if i != label)
        is_own = [float(i == label) for i in range(len(z))]
        parts = [self.part(one, is_its, own, rival, *knobs) for one, is_its in zip(z, is_own, strict=True)]
        total = sum(parts[1:], parts[0])
        slopes = [
            self.derivative(part, total, is_its, own, rival, *knobs) for part, is_its in zip(parts, is_own, strict=True)
        ]
        return self.loss(total, own, rival, *knobs), slopes

    def guess(self, y: Any, *knobs: float) -> float:
        """The loss of the best constant prediction for the targets ``y``, an array."""
        import numpy as np

        counts = np.bincount(y.astype(int))
        return self.guess_by_shares([count / len(y) for count in counts.tolist()], *knobs)

    def _of_points(self, z: Quantity, y: Quantity, knobs: Sequence[float]) -> tuple[Quantity, ...]:
        is_own, own, rival = own_and_rival(z, y)
        parts = self.part(z, is_own, own[..., None], rival[..., None], *knobs)
        return parts, is_own, own, rival, parts.sum(-1)


def own_and_rival(z: Quantity, y: Quantity) -> tuple[Quantity, Quantity, Quantity]:
    """Of outputs [..., n, k] and targets [..., n]: 1 for the output of a point's class and 0 for the others,
    [..., n, k]; that output, and the largest of the others, [..., n]."""
    is_own = is_at(y, z)
    own = below(0.5, is_own, z, 0.0 * is_own).sum(-1)
    return is_own, own, largest(below(0.5, is_own, -float("inf") + 0.0 * is_own, z))

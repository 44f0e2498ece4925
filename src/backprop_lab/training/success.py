"""Whether a training has learned its task: one definition for page, receipt, table and pictures.

The final validation metric is compared with what predicting the same everywhere reaches, and with what the noise-free
rule of the data set reaches on the same points.
"""

from dataclasses import dataclass

import numpy as np

from backprop_lab.config.types import Dataset
from backprop_lab.training.points import Points, wrong

TOLERANCE = 0.03
"""A success may stay this far below the rule."""
SHARE = 0.85
"""Of the way from the same prediction everywhere to the rule, a success has gone at least this part."""
WORTH = 0.1
"""If the rule has gone less of the way from the same prediction everywhere to 1, there is nothing to learn."""
CHANCE = 0.05
"""Points are too few if predicting the same everywhere gets all of them right with this probability."""
FEWEST = 10
"""With fewer values a regression cannot be judged."""


@dataclass(frozen=True)
class Bar:
    """What a training can reach on its validation points.

    ``constant`` is the metric of the best constant prediction, ``rule`` that of the noise-free rule, 1 if the data set
    does not give one.
    """

    constant: float
    rule: float
    knows_rule: bool
    is_known: bool
    """Whether ``rule`` is what can be reached. Of a table nobody knows how much of its targets is noise."""
    are_few: bool
    """Whether the points are too few to tell a success from luck."""

    @property
    def leaves_something(self) -> bool:
        """Whether the rule is better than the same prediction everywhere, so that there is something to learn."""
        return self.rule > self.constant + WORTH * (1 - self.constant)

    @property
    def can_be_judged(self) -> bool:
        return self.is_known and self.leaves_something and not self.are_few

    @property
    def least(self) -> float | None:
        """The lowest metric of a success; None if it cannot be judged."""
        if not self.can_be_judged:
            return None
        return max(self.rule - TOLERANCE, self.constant + SHARE * (self.rule - self.constant))

    def is_reached(self, metric: float | None) -> bool | None:
        """Whether a final metric is a success; None if it cannot be judged."""
        least = self.least
        return None if least is None else metric is not None and metric >= least - 1e-9

    def leaves_nothing_to_mend(self, metric: float) -> bool:
        """Whether a metric is a success, or may be all that can be reached where nobody knows how much that is."""
        if not self.is_known:
            return metric >= self.constant + SHARE * (1 - self.constant)
        return self.is_reached(metric) is True

    def is_learned(self, metric: float) -> bool:
        """Whether a metric is a success, or would be one if all could be reached."""
        return self.leaves_nothing_to_mend(metric) and (self.is_known or metric >= 1 - TOLERANCE)


def bar_of(dataset: Dataset, val: Points) -> Bar:
    """What can be reached on the validation points ``val``, in float64. Raises ``ConfigError`` for a wrong ``rule``."""
    is_sample = dataset.n_samples is not None  # a data set's own points are all there are
    knows_rule = hasattr(dataset.option, "rule")
    # Who is judged by the points that were trained on can get all of them right.
    is_known = knows_rule or dataset.is_validated_on_itself
    answers = _answers(dataset, val) if knows_rule else val.y
    if dataset.task == "regression":
        are_constant = bool((val.y == val.y[0]).all())
        spread = ((val.y - val.y.mean()) ** 2).sum()
        best = 0.0 if are_constant else float(1 - ((val.y - answers) ** 2).sum() / spread)
        return Bar(0.0, best, knows_rule, is_known, is_sample and len(val) < FEWEST)
    constant = float(np.unique(val.y, return_counts=True)[1].max() / len(val))
    best = float(np.mean(np.round(answers) == val.y))
    return Bar(constant, best, knows_rule, is_known, is_sample and constant ** len(val) > CHANCE)


def _answers(dataset: Dataset, val: Points) -> np.ndarray:
    given = dataset.option.rule(val.x, **dataset.knobs)
    try:
        answers = np.asarray(given, dtype=np.float64)
    except (TypeError, ValueError):
        raise wrong(dataset, "rule", given, "an array of numbers, y of shape [n]") from None
    if answers.shape != val.y.shape:
        raise wrong(dataset, "rule", f"y of shape {list(answers.shape)} for {len(val):,} points", "y of shape [n]")
    if not np.isfinite(answers).all():
        raise wrong(dataset, "rule", "answers that are not finite", "finite numbers")
    return answers

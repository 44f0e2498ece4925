"""The learning rate of each step, as a factor of ``optimizer.lr``."""

from collections.abc import Callable
from typing import TypeAlias

from backprop_lab.config.types import Choice

Factor: TypeAlias = Callable[[int], float]


def factor_of(schedule: Choice, steps_per_epoch: int) -> Factor | None:
    """The factor on the learning rate in each step, counted from 1; None for a constant rate.

    After the schedule's horizon the last factor holds, so extending a run does not change its earlier rates.
    """
    option, knobs = schedule.option, schedule.knobs
    if not hasattr(option, "factor"):
        return None
    steps = int(knobs["epochs"]) * steps_per_epoch

    def factor(step: int) -> float:
        return float(option.factor(min(step, steps) - 1, steps, **knobs))

    return factor

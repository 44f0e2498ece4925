"""The learning rate of each step, as a share of ``optimizer.lr``."""

from collections.abc import Callable
from typing import TypeAlias

from backprop_lab.config.types import Choice

Factor: TypeAlias = Callable[[int], float]


def factor_of(schedule: Choice, steps_per_epoch: int) -> Factor | None:
    """What the learning rate is multiplied by in each step, counted from 1; None where it stays what it is.

    Behind the schedule's horizon the last factor holds, so a run that is given more epochs later on keeps its shape.
    """
    option, knobs = schedule.option, schedule.knobs
    if not hasattr(option, "factor"):
        return None
    steps = int(knobs["epochs"]) * steps_per_epoch

    def factor(step: int) -> float:
        return float(option.factor(min(step, steps) - 1, steps, **knobs))

    return factor

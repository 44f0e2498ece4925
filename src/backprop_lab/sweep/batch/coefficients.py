"""The coefficients of each member's update, from its own hyperparameters and schedule.

Axes: S steps of an epoch, M members. All in float64: a step counter in float32 would be wrong after some thousand
steps.
"""

import json
from collections.abc import Callable, Sequence
from typing import Any

import numpy as np

from backprop_lab.training.schedule import factor_of
from backprop_lab.training.task import Task


class Coefficients:
    """The coefficients of the optimizers of ``tasks``, which all have the same formula."""

    def __init__(self, tasks: Sequence[Task]) -> None:
        self.option = tasks[0].optimizer.option
        self.steps = tasks[0].steps_per_epoch
        self.knobs = _stacked([task.optimizer.knobs for task in tasks])
        self.factors = _Factors(tasks)

    def of(self, epoch: int) -> list[np.ndarray]:
        """The coefficients for the steps of an epoch, each [S, M]."""
        steps = np.arange((epoch - 1) * self.steps + 1, epoch * self.steps + 1)[:, None]
        knobs = self.knobs
        if self.factors.change:
            knobs = knobs | {"lr": knobs["lr"] * self.factors.of(steps[:, 0])}
        shape = (self.steps, self.factors.members)
        return [np.array(np.broadcast_to(number, shape)) for number in self.option.coefficients(steps, **knobs)]


class _Factors:
    """The schedules' factors on the learning rates; computed once for all members with the same schedule."""

    def __init__(self, tasks: Sequence[Task]) -> None:
        self.members = len(tasks)
        self.settings: dict[str, tuple[Callable[[int], float], list[int]]] = {}
        for member, task in enumerate(tasks):
            factor = factor_of(task.schedule, task.steps_per_epoch)
            if factor is not None:
                key = json.dumps([task.schedule.name, dict(task.schedule.knobs)], sort_keys=True)
                self.settings.setdefault(key, (factor, []))[1].append(member)

    @property
    def change(self) -> bool:
        return bool(self.settings)

    def of(self, steps: np.ndarray) -> np.ndarray:
        """[S, M]"""
        factors = np.ones((len(steps), self.members))
        for factor, members in self.settings.values():
            factors[:, members] = np.array([factor(int(step)) for step in steps])[:, None]
        return factors


def _stacked(knobs: Sequence[Any]) -> dict[str, Any]:
    """Every knob as [M]; a list of numbers as a tuple of [M]."""
    stacked: dict[str, Any] = {}
    for name, value in knobs[0].items():
        columns = np.array([own[name] for own in knobs], dtype=np.float64)
        stacked[name] = tuple(columns.T) if isinstance(value, list) else columns
    return stacked

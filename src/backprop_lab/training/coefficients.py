"""The coefficients of each member's update, from its own hyperparameters and schedule.

Axes: S steps, K coefficients, M members. All in float64: a step counter in float32 would be wrong after some thousand
steps.
"""

import json
from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np

from backprop_lab.config.types import Choice
from backprop_lab.options import discovery
from backprop_lab.training.schedule import factor_of
from backprop_lab.training.task import Task
from backprop_lab.training.updates import as_numbers


class Coefficients:
    """The coefficients of the optimizers of ``tasks``, which all have the same formula.

    They are computed once for all members with the same hyperparameters and schedule.
    """

    def __init__(self, tasks: Sequence[Task]) -> None:
        self.steps = tasks[0].steps_per_epoch
        self.members = len(tasks)
        self.settings: dict[str, tuple[Task, list[int]]] = {}
        for member, task in enumerate(tasks):
            key = _setting(task.optimizer) + _setting(task.schedule)
            self.settings.setdefault(key, (task, []))[1].append(member)

    def of(self, epochs: range) -> np.ndarray:
        """The coefficients of the steps of ``epochs``: [S, K, M], with S = 1 if they are the same in all steps."""
        made = [
            (members, _coefficients(task.optimizer, task.schedule, self.steps, epochs))
            for task, members in self.settings.values()
        ]
        length = max(of_one.shape[0] for _, of_one in made)
        together = np.empty((length, made[0][1].shape[1], self.members))
        for members, of_one in made:
            together[:, :, members] = of_one[:, :, None]
        return together


def _coefficients(optimizer: Choice, schedule: Choice, steps_per_epoch: int, epochs: range) -> np.ndarray:
    """[S or 1, K]"""
    steps = np.arange((epochs[0] - 1) * steps_per_epoch + 1, epochs[-1] * steps_per_epoch + 1)
    knobs: Mapping[str, Any] = as_numbers(optimizer.own_knobs)
    if factor_of(schedule, steps_per_epoch) is not None:
        knobs = {**knobs, "lr": knobs["lr"] * _factors(_setting(schedule), schedule.group, steps_per_epoch, epochs)}
    numbers = optimizer.option.coefficients(steps, **knobs)
    return np.stack(np.broadcast_arrays(*map(np.atleast_1d, numbers)), axis=1)


def _setting(choice: Choice) -> str:
    return json.dumps([choice.name, dict(choice.knobs)], sort_keys=True)


@discovery.remembered
def _factors(setting: str, group: str, steps_per_epoch: int, epochs: range) -> np.ndarray:
    """The factors of a schedule on the learning rate, [S]."""
    factor = factor_of(Choice(group, *json.loads(setting)), steps_per_epoch)
    assert factor is not None
    first, last = (epochs[0] - 1) * steps_per_epoch, epochs[-1] * steps_per_epoch
    return np.array([factor(step) for step in range(first + 1, last + 1)])

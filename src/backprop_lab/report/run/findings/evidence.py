"""The measurements that the rules use."""

from collections.abc import Mapping
from functools import cached_property
from typing import Any

import numpy as np

from backprop_lab.config.types import Config
from backprop_lab.report.run.measures import Measures
from backprop_lab.runs.run import Run
from backprop_lab.runs.status import Status
from backprop_lab.training.chain import Layer, layers_of
from backprop_lab.training.state import State
from backprop_lab.training.task import Task

FEW_POINTS = 16
RISE = 1.05  # a loss rises if it grows by more than this factor, and by more than 0.001 of the loss of guessing


class Evidence:
    """A run's curves from metrics.csv, [rows], and the measures of its F frames on all training points."""

    def __init__(self, run: Run, config: Config, task: Task, frames: list[State], measures: Measures) -> None:
        self.run = run
        self.config = config
        self.task = task
        self.frames = frames
        self.measures = measures
        self.status: Status = run.status
        self.stopped: Mapping[str, Any] | None = run.summary.get("stopped")
        self.history: Mapping[str, np.ndarray] = run.metrics()
        self.epoch = self.history["epoch"]
        self.train_loss = self.history["train_loss"]
        self.first_loss, self.last_loss = measures.losses[0, 0], measures.losses[-1, 0]
        self.train_metric, self.val_metric = (float(metric) for metric in measures.metric[-1])
        self.last_frame = len(frames) - 1
        self.last_epoch = int(self.epoch[-1]) if len(self.epoch) else frames[-1].epoch
        self.has_few_points = len(task.train) <= FEW_POINTS

    # -- the network ---------------------------------------------------------------------------------------------------

    @cached_property
    def layers(self) -> list[Layer]:
        """Empty for a model that is not sequential."""
        return layers_of(self.task) or []

    @cached_property
    def _mortal_layers(self) -> list[int]:
        """The indices of the hidden layers whose units can die."""
        return [i for i, layer in enumerate(self.layers[:-1]) if hasattr(layer.option, "CAN_DIE")]

    @property
    def mortal(self) -> list[np.ndarray]:
        """For each such layer, which units are dead, [F, units]."""
        return [self.measures.dead[i] for i in self._mortal_layers]

    @property
    def mortal_activation(self) -> str:
        """The names of their activations."""
        return " and ".join(dict.fromkeys(self.layers[i].activation for i in self._mortal_layers))

    @cached_property
    def update_ratio(self) -> np.ndarray:
        """Norm of updates ÷ norm of weights, [F, layers]; infinite where it overflows.

        0 in the first frame for layers that start at 0, of which any step is infinitely often as long.
        """
        ratio = np.where(np.isnan(self.measures.update_ratio), np.inf, self.measures.update_ratio)
        ratio[0, self.measures.weight_size[0] == 0] = 0.0
        return ratio

    # -- how good it is ------------------------------------------------------------------------------------------------

    @property
    def is_solved(self) -> bool:
        """Whether nothing is known to be better than what was reached."""
        return self.task.bar.leaves_nothing_to_mend(self.val_metric)

    @property
    def is_learned(self) -> bool:
        return self.task.bar.is_learned(self.val_metric)

    @property
    def is_guessing(self) -> bool:
        return bool(self.last_loss >= 0.98 * self.loss_of_guessing)

    @cached_property
    def loss_of_guessing(self) -> float:
        """The training loss of the best constant prediction."""
        y = self.task.train.y.astype(np.float64)
        return float(self.task.form.guess(y, *self.task.loss.arguments))

    # -- where the loss goes -------------------------------------------------------------------------------------------

    @cached_property
    def fall(self) -> float | None:
        """The relative fall of the mean training loss from the second-last to the last tenth of the rows."""
        if len(self.train_loss) < 2:
            return None
        before, now = self._last_tenths
        return 1 - now / before if before > 0 else 0.0

    @cached_property
    def part_of_fall(self) -> float:
        """The part of what the training loss has fallen since the first row that the last tenth of the rows fell."""
        (before, now), first = self._last_tenths, float(self.train_loss[0])
        return (before - now) / (first - now) if first > now else 0.0

    @property
    def _last_tenths(self) -> tuple[float, float]:
        """The mean training loss of the second-last and of the last tenth of the rows."""
        rows = tenth(self.train_loss)
        return float(self.train_loss[-2 * rows : -rows].mean()), float(self.train_loss[-rows:].mean())

    @cached_property
    def rises(self) -> np.ndarray:
        """Whether the training loss rose, for each row but the first."""
        before, now = self.train_loss[:-1], self.train_loss[1:]
        return (now > RISE * before) & (now - before > 0.001 * self.loss_of_guessing)

    # -- when ----------------------------------------------------------------------------------------------------------

    def frame_at(self, epoch: int) -> int:
        """The index of the last frame up to ``epoch``."""
        return max((i for i, frame in enumerate(self.frames) if frame.epoch <= epoch), default=0)

    @cached_property
    def most_dead(self) -> int:
        """The first frame from which on at least as many units are dead as at the end."""
        count = np.concatenate(self.mortal, axis=1).sum(axis=1)
        return since(count >= count[-1])


def since(holds: np.ndarray) -> int:
    """The index from which the boolean array ``holds`` is true to the end."""
    failing = np.flatnonzero(~holds)
    return int(failing[-1]) + 1 if len(failing) else 0


def tenth(rows: np.ndarray) -> int:
    """The number of rows in a tenth of them, at least one."""
    return max(1, len(rows) // 10)

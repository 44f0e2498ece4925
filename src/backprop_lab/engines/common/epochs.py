"""The loop around a rung that brings its own arithmetic: epochs, batches, and what is reported of them."""

from typing import Protocol

import numpy as np
import torch

from backprop_lab.training.metrics import Seen, quality
from backprop_lab.training.task import Moment, Row, State, Task, Watch


class Rung(Protocol):
    """One way of computing a step. Points ``x`` are [B, features]; targets, outputs and losses go with them as [B]."""

    def step(self, x: np.ndarray, y: np.ndarray) -> tuple[float, np.ndarray]:
        """Forward, loss, backward, update; gives the loss and the outputs from before the update."""

    def outputs(self, x: np.ndarray) -> np.ndarray:
        """What the network answers now: logits for classes, values for a regression."""

    def loss(self, outputs: np.ndarray, y: np.ndarray) -> float:
        """The mean loss of some outputs."""

    def state(self, epoch: int, step: int) -> State:
        """A copy of everything that changes."""


def run_epochs(task: Task, start: State, watch: Watch, rung: Rung) -> State:
    """Train from ``start`` to the task's last epoch and give the State there."""
    step = start.step
    for epoch in range(start.epoch + 1, task.epochs + 1):
        seen = Seen()
        for index in task.batches(epoch):
            batch = task.train[index]
            with np.errstate(over="ignore", invalid="ignore"):  # `watch` says what is not finite
                loss, outputs = rung.step(batch.x, batch.y)
            seen.add(torch.tensor(loss, dtype=torch.float64), torch.from_numpy(outputs), torch.from_numpy(batch.y))
            step += 1
        row = seen.row(task) | _validated(task, rung) if task.is_logged(epoch) else None
        watch(Moment(epoch, step, seen.loss(), row, lambda: rung.state(epoch, step)))  # noqa: B023
    return rung.state(task.epochs, step)


def _validated(task: Task, rung: Rung) -> Row:
    with np.errstate(over="ignore", invalid="ignore"):
        outputs = rung.outputs(task.val.x)
        loss = rung.loss(outputs, task.val.y)
    answers, targets = torch.from_numpy(outputs), torch.from_numpy(task.val.y)
    return {
        "val_loss": loss,
        f"val_{task.quality}": quality(task.kind, answers, targets),
    }

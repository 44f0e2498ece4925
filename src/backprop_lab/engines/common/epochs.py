"""The training loop for rungs with their own arithmetic: epochs, batches and reports."""

from typing import Protocol

import numpy as np
import torch

from backprop_lab.training import penalty
from backprop_lab.training.dropout import Masks, masks_of
from backprop_lab.training.epoch_end import EpochEnd, Row, Watch
from backprop_lab.training.metrics import EpochStats
from backprop_lab.training.state import State
from backprop_lab.training.task import Task


class Rung(Protocol):
    """One way of computing a step. Points ``x`` are [B, features], targets [B], outputs [B] or [B, classes]."""

    dropout: list[tuple[float, tuple[int, ...]]]
    """Share and shape of each layer with dropout, in order."""

    def step(self, x: np.ndarray, y: np.ndarray, masks: Masks) -> tuple[float, np.ndarray]:
        """Forward, loss, backward, update; returns the loss and the outputs from before the update."""

    def outputs(self, x: np.ndarray) -> np.ndarray:
        """The current outputs of the network."""

    def loss(self, outputs: np.ndarray, y: np.ndarray) -> float:
        """The mean loss of ``outputs``."""

    def state(self, epoch: int, step: int) -> State:
        """A copy of the current State."""


def run_epochs(task: Task, start: State, watch: Watch, rung: Rung) -> State:
    """Train from ``start`` to the task's last epoch; returns the final State."""
    step = start.step
    for epoch in range(start.epoch + 1, task.epochs + 1):
        stats = EpochStats()
        for index, masks in zip(task.batches(epoch), masks_of(task, epoch, rung.dropout), strict=True):
            batch = task.train[index]
            with np.errstate(over="ignore", invalid="ignore"):  # `watch` reports values that are not finite
                loss, outputs = rung.step(batch.x, batch.y, masks)
            stats.add(torch.tensor(loss, dtype=torch.float64), torch.from_numpy(outputs), torch.from_numpy(batch.y))
            step += 1
        state = rung.state(epoch, step)
        row = None
        if task.is_logged(epoch):
            row = stats.row(task) | _validated(task, rung) | penalty.column(task.penalty, state)
        watch(EpochEnd(epoch, step, stats.loss().item(), row, state))
    return rung.state(task.epochs, step)


def _validated(task: Task, rung: Rung) -> Row:
    with np.errstate(over="ignore", invalid="ignore"):
        outputs = rung.outputs(task.val.x)
        loss = rung.loss(outputs, task.val.y)
    metric = task.head.metric_of(torch.from_numpy(outputs), torch.from_numpy(task.val.y))
    return {"val_loss": loss, f"val_{task.head.metric}": metric.item()}

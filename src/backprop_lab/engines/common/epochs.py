"""The loop around a rung that brings its own arithmetic: epochs, batches, and what is reported of them."""

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
    """One way of computing a step. Points ``x`` are [B, features]; targets, outputs and losses go with them as [B]."""

    dropout: list[tuple[float, tuple[int, ...]]]
    """Share and shape of each layer with dropout, in order."""

    def step(self, x: np.ndarray, y: np.ndarray, masks: Masks) -> tuple[float, np.ndarray]:
        """Forward, loss, backward, update; gives the loss and the outputs from before the update."""

    def outputs(self, x: np.ndarray) -> np.ndarray:
        """What the network gives now."""

    def loss(self, outputs: np.ndarray, y: np.ndarray) -> float:
        """The mean loss of some outputs."""

    def state(self, epoch: int, step: int) -> State:
        """A copy of everything that changes."""


def run_epochs(task: Task, start: State, watch: Watch, rung: Rung) -> State:
    """Train from ``start`` to the task's last epoch and give the State there."""
    step = start.step
    for epoch in range(start.epoch + 1, task.epochs + 1):
        stats = EpochStats()
        for index, masks in zip(task.batches(epoch), masks_of(task, epoch, rung.dropout), strict=True):
            batch = task.train[index]
            with np.errstate(over="ignore", invalid="ignore"):  # `watch` says what is not finite
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

"""Trains a chunk of members together, as one tensor program: any network, on any device.

Members share nothing but the time of their steps, so none affects another's numbers: a member that diverges turns to
NaN without affecting the others, and the State of one that stops is kept.
"""

from collections.abc import Callable, Collection, Sequence

import numpy as np
import torch
from torch import Tensor
from torch.func import vmap

from backprop_lab.callbacks.watch import Stop
from backprop_lab.sweep.batch import ensemble
from backprop_lab.sweep.batch.batches import Batches
from backprop_lab.sweep.batch.best import Best
from backprop_lab.sweep.batch.ensemble import Shape
from backprop_lab.sweep.batch.history import History
from backprop_lab.sweep.batch.masks import MemberMasks
from backprop_lab.sweep.batch.states import States
from backprop_lab.training import penalty
from backprop_lab.training.coefficients import Coefficients
from backprop_lab.training.film import Film
from backprop_lab.training.first_state import first_state
from backprop_lab.training.metrics import EpochStats
from backprop_lab.training.outcome import Stopped
from backprop_lab.training.task import Task

# torch's kernels process 16 or 32 numbers at a time and the remainder one by one, which rounds differently in the last
# bit. With a multiple of this many members there is no remainder, so a member's bits depend neither on its position nor
# on the number of members.
UNIT = 32


def fit(tasks: Sequence[Task], frames: Collection[int], device: str, report: Callable[[int], None]) -> list[History]:
    """Train a member for each task, all of one shape; returns their histories in the same order.

    ``frames`` are the epochs to record. ``report`` is called at the end of each epoch with the number of steps that all
    members together took in it; an exception that it raises ends the training.
    """
    torch.set_num_threads(1)  # two only wait for each other
    members = -(-len(tasks) // UNIT) * UNIT
    chunk = _Chunk(tasks, Shape.of(tasks[0], members, device), frames)
    epochs, steps = tasks[0].epochs, tasks[0].steps_per_epoch * len(tasks)
    for epoch in range(1, epochs + 1):
        chunk.train(epoch)
        report(steps)
        if not chunk.alive.any():
            report(steps * (epochs - epoch))
            break
    return chunk.conclude()


class _Chunk:
    """Members in training: ``states`` are their current States, and ``alive``, [M] bool, marks those that have neither
    diverged nor stopped. The others are still computed, which costs nothing, but ignored.
    """

    def __init__(self, tasks: Sequence[Task], shape: Shape, frames: Collection[int]) -> None:
        padded = [*tasks, *[tasks[0]] * (shape.members - len(tasks))]
        self.tasks, self.task, self.shape = tasks, tasks[0], shape
        self.coefficients = Coefficients(padded)
        arguments = zip(*(task.penalty.arguments for task in padded), strict=True)
        self.costs = {str(i): shape.tensor(np.array(own, dtype=np.float64)) for i, own in enumerate(arguments)}
        self.limits = _limits(padded, shape)
        self.masks = MemberMasks(tasks, shape)
        self.batches = Batches(tasks, shape)
        self.val = (
            shape.tensor(np.stack([task.val.x for task in padded])),
            shape.tensor(np.stack([task.val.y for task in padded])),
        )
        self.step, self.validate = ensemble.step(shape), ensemble.validation(shape)

        self.histories = [History(first_state(task)) for task in tasks]
        self.stops = [Stop(task.stop) for task in tasks]
        self.states = States.first([history.start for history in self.histories], shape)
        self.alive = torch.ones(shape.members, dtype=torch.bool, device=shape.device)
        self.best = Best(self.states, self.alive)
        self.frames = frames
        self.recorded = {0: self.states} if frames else {}

    def train(self, epoch: int) -> None:
        """Take the steps of an epoch and record the results."""
        before = self.states
        metrics = self._measure(epoch, self._step(epoch))
        self._part_with_diverged(epoch, before, metrics)
        if self.task.is_logged(epoch):
            self._log(epoch, metrics)
            self.best.look_at(epoch, metrics["val_loss"], self.alive, self.states)
            self._part_with_stopped(epoch)
        if epoch in self.frames:
            self.recorded[epoch] = self.states

    def conclude(self) -> list[History]:
        """The completed histories."""
        last, best, best_epochs = self.states.copied(), self.best.states.copied(), self.best.epoch.tolist()
        frames = {epoch: states.copied() for epoch, states in self.recorded.items()}
        for member, (task, history) in enumerate(zip(self.tasks, self.histories, strict=True)):
            if not history.has_diverged and history.stopped is None:
                history.state = last.state(member, task.epochs, task)
            if epoch := best_epochs[member]:
                history.best = {"epoch": epoch, **history.rows[epoch]}
                history.best_state = best.state(member, epoch, task)
            recorded = [
                copied.state(member, epoch, task) for epoch, copied in frames.items() if epoch <= history.state.epoch
            ]
            if history.stopped and recorded and recorded[-1].epoch < history.state.epoch:
                recorded.append(history.state)
            history.film = Film.of(recorded) if recorded else None
        return self.histories

    def _step(self, epoch: int) -> EpochStats:
        stats = EpochStats()
        numbers = self.shape.tensor(self.coefficients.of(range(epoch, epoch + 1)))
        weights, kept, buffers = self.states.weights, self.states.optimizer, self.states.buffers
        for number, ((x, y), masks) in enumerate(zip(self.batches.of(epoch), self.masks.of(epoch), strict=True)):
            now = {str(i): values for i, values in enumerate(numbers[number % len(numbers)])}
            weights, kept, buffers, loss, outputs = self.step(
                weights, kept, buffers, masks, now, self.costs, self.limits, x, y
            )
            stats.add(loss, outputs, y)
        self.states = States(weights, kept, buffers)
        return stats

    def _measure(self, epoch: int, stats: EpochStats) -> dict[str, Tensor]:
        """The metrics of an epoch by name, each [M]; only ``train_loss`` if the epoch is not logged."""
        if not self.task.is_logged(epoch):
            return {"train_loss": stats.loss()}
        names = [f"{part}_{name}" for part in ("train", "val") for name in ("loss", self.task.head.metric)]
        train = (stats.loss(), stats.metric(self.task.head))
        validated = self.validate(self.states.weights, self.states.buffers, *self.val)
        return dict(zip(names, (*train, *validated), strict=True)) | self._penalty()

    def _penalty(self) -> dict[str, Tensor]:
        if not penalty.has_value(self.task.penalty):
            return {}
        value = self.task.penalty.option.value

        def total(weights: dict[str, Tensor], costs: dict[str, Tensor]) -> Tensor:
            summed: Tensor = sum(
                value(w.double(), *costs.values()).sum() for w in weights.values() if penalty.counts(w)
            )
            return summed

        return {penalty.COLUMN: vmap(total)(self.states.weights, {n: c.double() for n, c in self.costs.items()})}

    def _part_with_diverged(self, epoch: int, before: States, metrics: dict[str, Tensor]) -> None:
        """Keep the last finite State of the members whose metrics or weights are no longer finite."""
        finite = torch.stack(list(metrics.values())).isfinite().all(0) & self.states.are_finite()
        diverged = self.alive & ~finite
        self.alive = self.alive & finite
        if not diverged.any():
            return
        copied = before.copied()
        members = zip(self.tasks, self.histories, diverged.tolist(), strict=False)  # without the copies
        for member, (task, history, has_diverged) in enumerate(members):
            if has_diverged:
                history.has_diverged = True
                history.state = copied.state(member, epoch - 1, task)

    def _log(self, epoch: int, metrics: dict[str, Tensor]) -> None:
        rows = torch.stack(list(metrics.values()), dim=1).tolist()
        for history, lives, row in zip(self.histories, self.alive.tolist(), rows, strict=False):  # without the copies
            if lives:
                history.rows[epoch] = dict(zip(metrics, row, strict=True))

    def _part_with_stopped(self, epoch: int) -> None:
        """Keep the State of the members whose training ends here because of ``stop=``."""
        alive = self.alive.tolist()
        members = [
            member
            for member, (stop, history) in enumerate(zip(self.stops, self.histories, strict=True))
            if alive[member] and stop.is_reached({"epoch": epoch, **history.rows[epoch]})
        ]
        if not members:
            return
        copied = self.states.copied()
        for member in members:
            history = self.histories[member]
            history.state = copied.state(member, epoch, self.tasks[member])
            history.stopped = Stopped(history.state, self.stops[member].reason)
            self.alive[member] = False


def _limits(tasks: Sequence[Task], shape: Shape) -> dict[str, Tensor]:
    """Each member's ``clip_norm``, [M], infinite for one without; nothing if none has one."""
    if all(task.clip_norm is None for task in tasks):
        return {}
    limits = [np.inf if task.clip_norm is None else task.clip_norm for task in tasks]
    return {"clip_norm": shape.tensor(np.array(limits))}

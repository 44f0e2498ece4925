"""Training a chunk of members together, and what each of them has been through.

Nothing passes between members but the moment at which they step, so none changes another's numbers: one that diverges
becomes NaN alone.
"""

from collections.abc import Callable, Collection, Sequence
from dataclasses import dataclass, field

import numpy as np
import torch
from torch import Tensor

from backprop_lab.sweep.batch import ensemble
from backprop_lab.sweep.batch.ensemble import Memory, Shape, Weights
from backprop_lab.sweep.batch.updates import SLOTS, clock, hyperparameters
from backprop_lab.training import optimizers
from backprop_lab.training.metrics import qualities
from backprop_lab.training.task import Row, State, Task
from backprop_lab.training.tensors import first_state

# The kernels of torch do 16 or 32 numbers at a time and those that are left over one by one, which rounds differently
# in the last bit. With a multiple of this many members there is nothing left over, so a member's bits depend neither on
# its place nor on the number of its neighbours.
UNIT = 32


@dataclass
class History:
    """What one member has been through: all that its run folder holds.

    ``rows`` go by epoch. ``state`` is the last finite one. ``best`` is the row with the lowest ``val_loss``, and
    ``best_state`` the State at its epoch; None where no epoch was logged before the training diverged.
    """

    start: State
    rows: dict[int, Row] = field(default_factory=dict)
    frames: list[State] = field(default_factory=list)
    best: Row | None = None
    best_state: State | None = None
    state: State = field(init=False)
    has_diverged: bool = False


def fit(
    tasks: Sequence[Task],
    size: int,
    frames: Collection[int],
    compiles: bool,
    device: str,
    report: Callable[[int], None],
) -> list[History]:
    """Train a member for each task, all of one shape, and give their histories in the same order.

    ``size``, a multiple of ``UNIT``, is the number of members that the program is made for; the place of those that are
    not there is taken by copies. ``frames`` are the epochs to record. ``report`` is told at the end of each epoch how
    many steps all members together have taken in it.
    """
    assert len(tasks) <= size
    assert size % UNIT == 0
    return _Chunk(tasks, size, device).fit(frames, compiles, report)


class _Chunk:
    def __init__(self, tasks: Sequence[Task], size: int, device: str) -> None:
        padded = [*tasks, *[tasks[0]] * (size - len(tasks))]
        self.tasks, self.padded, self.task, self.device = tasks, padded, tasks[0], device
        self.shape = Shape.of(self.task, size, device)
        self.dtype = self.shape.dtype
        self.histories = [History(first_state(task)) for task in tasks]
        starts = [history.start for history in self.histories]
        starts += [starts[0]] * (size - len(tasks))
        self.weights: Weights = {
            name: self._tensor(np.stack([start.weights[name] for start in starts])) for name in starts[0].weights
        }
        self.memory: Memory = {
            f"{slot}/{name}": torch.zeros_like(weight)
            for slot in SLOTS[self.task.optimizer.name]
            for name, weight in self.weights.items()
        }
        self.knobs = hyperparameters([task.optimizer for task in padded])
        self.hyper = {name: self._tensor(values) for name, values in self.knobs.items()}
        self.val = (
            self._tensor(np.stack([task.val.x for task in padded])),
            self._tensor(np.stack([task.val.y for task in padded])),
        )

    def fit(self, frames: Collection[int], compiles: bool, report: Callable[[int], None]) -> list[History]:
        task, steps = self.task, self.task.steps_per_epoch
        alive = torch.ones(len(self.padded), dtype=torch.bool, device=self.device)
        best_loss = torch.full_like(alive, torch.inf, dtype=torch.float64)
        best_epoch = torch.zeros_like(alive, dtype=torch.int64)
        best_weights, best_memory = self.weights, self.memory
        recorded = {0: (self.weights, self.memory)}

        validate = ensemble.validation(self.shape, len(task.val), compiles)

        for epoch in range(1, task.epochs + 1):
            before = (self.weights, self.memory)
            seen: list[tuple[Tensor, Tensor, Tensor]] = []
            ticks = clock(task.optimizer.name, self.knobs, (epoch - 1) * steps + 1, steps)
            times = {name: self._tensor(values) for name, values in ticks.items()}
            for step, (x, y) in enumerate(self._batches(epoch)):
                now = {name: values[step] for name, values in times.items()}
                step_of_batch = ensemble.step(self.shape, y.shape[1], compiles)  # the last batch may have fewer points
                inputs = (self.weights, self.memory, self.hyper, now, x, y)
                self.weights, self.memory, loss, outputs = step_of_batch(*inputs)
                seen.append((loss, outputs, y))

            numbers = [self._mean_loss(seen)]
            if task.is_logged(epoch):
                numbers += [self._train_quality(seen), *validate(self.weights, *self.val)]
            finite = torch.stack(numbers).isfinite().all(0)
            for weight in self.weights.values():
                finite &= weight.isfinite().flatten(1).all(1)
            dying = alive & ~finite
            alive = alive & finite
            if dying.any():
                self._bury(dying, epoch, before)
            if task.is_logged(epoch):
                self._log(epoch, alive, numbers)
                better = alive & (numbers[2] < best_loss)
                best_loss = torch.where(better, numbers[2], best_loss)
                best_epoch = torch.where(better, epoch, best_epoch)
                best_weights, best_memory = (
                    {name: _chosen(better, new[name], old) for name, old in kept.items()}
                    for new, kept in ((self.weights, best_weights), (self.memory, best_memory))
                )
            if epoch in frames:
                recorded[epoch] = (self.weights, self.memory)
            report(steps * len(self.tasks))
            if not alive.any():
                report(steps * len(self.tasks) * (task.epochs - epoch))
                break

        self._conclude(best_epoch.tolist(), (best_weights, best_memory), recorded if frames else {})
        return self.histories

    # -- data ---------------------------------------------------------------------------------------------------------

    def _batches(self, epoch: int) -> list[tuple[Tensor, Tensor]]:
        """The batches of an epoch, x [M, B, F] and y [M, B], each member's points in its own order."""
        if epoch == 1 or any(task.shuffle for task in self.tasks):
            self._gathered = self._gather(epoch)
        return self._gathered

    def _gather(self, epoch: int) -> list[tuple[Tensor, Tensor]]:
        task, members = self.task, len(self.padded)
        n, size = len(task.train), task.batch_size
        whole = n // size
        shapes = [(whole, size)] + ([(1, n - whole * size)] if n % size else [])
        xs = [np.empty((steps, members, points, task.in_features), task.dtype) for steps, points in shapes]
        ys = [np.empty((steps, members, points), task.dtype) for steps, points in shapes]
        for member, own in enumerate(self.tasks):
            # One member after the other, whose points stay in the fastest cache: a gather over all of them at once
            # takes five times as long.
            order = own.order(epoch)
            x, y = own.train.x.take(order, axis=0), own.train.y.take(order)
            first = 0
            for (steps, points), x_SMBF, y_SMB in zip(shapes, xs, ys, strict=True):
                last = first + steps * points
                x_SMBF[:, member] = x[first:last].reshape(steps, points, -1)
                y_SMB[:, member] = y[first:last].reshape(steps, points)
                first = last
        for array in (*xs, *ys):
            array[:, len(self.tasks) :] = array[:, :1]
        return [
            (x, y)
            for x_SMBF, y_SMB in zip(xs, ys, strict=True)
            for x, y in zip(self._tensor(x_SMBF), self._tensor(y_SMB), strict=True)
        ]

    def _tensor(self, array: np.ndarray) -> Tensor:
        tensor = torch.from_numpy(array).to(self.device)
        return tensor.to(self.dtype) if tensor.is_floating_point() else tensor

    # -- metrics ------------------------------------------------------------------------------------------------------

    def _mean_loss(self, seen: list[tuple[Tensor, Tensor, Tensor]]) -> Tensor:
        """The mean over the epoch's points, as the steps saw them: [M], float64."""
        losses_SM = torch.stack([loss for loss, _, _ in seen]).double()
        sizes = torch.tensor([y.shape[1] for _, _, y in seen], dtype=torch.float64, device=self.device)
        return (losses_SM * sizes[:, None]).sum(0) / sizes.sum()

    def _train_quality(self, seen: list[tuple[Tensor, Tensor, Tensor]]) -> Tensor:
        outputs, targets = (torch.cat([entry[i] for entry in seen], dim=1) for i in (1, 2))
        return qualities(self.task.kind, outputs, targets)

    # -- histories ----------------------------------------------------------------------------------------------------

    def _log(self, epoch: int, alive: Tensor, numbers: list[Tensor]) -> None:
        names = [f"{part}_{name}" for part in ("train", "val") for name in ("loss", self.task.quality)]
        rows = torch.stack(numbers, dim=1).tolist()
        for history, lives, row in zip(self.histories, alive.tolist(), rows, strict=False):
            if lives:
                history.rows[epoch] = dict(zip(names, row, strict=True))

    def _bury(self, dying: Tensor, epoch: int, before: tuple[Weights, Memory]) -> None:
        """Keep the last finite State of the members whose loss or weights are no longer finite."""
        arrays = _arrays(before)
        for member, (history, dies) in enumerate(zip(self.histories, dying.tolist(), strict=False)):
            if dies:
                history.has_diverged = True
                history.state = self._state(member, epoch - 1, arrays)

    def _conclude(
        self, best_epochs: list[int], best: tuple[Weights, Memory], recorded: dict[int, tuple[Weights, Memory]]
    ) -> None:
        last, best_arrays = _arrays((self.weights, self.memory)), _arrays(best)
        frames = {epoch: _arrays(parts) for epoch, parts in recorded.items()}
        for member, history in enumerate(self.histories):
            if not history.has_diverged:
                history.state = self._state(member, self.task.epochs, last)
            if best_epochs[member]:
                epoch = best_epochs[member]
                history.best = {"epoch": epoch, **history.rows[epoch]}
                history.best_state = self._state(member, epoch, best_arrays)
            history.frames = [
                self._state(member, epoch, arrays) for epoch, arrays in frames.items() if epoch <= history.state.epoch
            ]

    def _state(self, member: int, epoch: int, arrays: tuple[dict[str, np.ndarray], dict[str, np.ndarray]]) -> State:
        weights, memory = arrays
        slots = optimizers.slots(self.tasks[member].optimizer)
        return State(
            epoch,
            epoch * self.task.steps_per_epoch,
            {name: array[member].copy() for name, array in weights.items()},
            {key: array[member].copy() for key, array in memory.items() if key.partition("/")[0] in slots},
        )


def _chosen(members: Tensor, new: Tensor, old: Tensor) -> Tensor:
    return torch.where(members.view(-1, *[1] * (new.ndim - 1)), new, old)


def _arrays(parts: tuple[Weights, Memory]) -> tuple[dict[str, np.ndarray], dict[str, np.ndarray]]:
    weights, memory = ({name: tensor.cpu().numpy() for name, tensor in part.items()} for part in parts)
    return weights, memory

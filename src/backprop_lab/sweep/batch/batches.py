"""The batches of all members of a chunk. Axes: S steps, M members, B points of a batch, F features."""

from collections.abc import Sequence

import numpy as np
from torch import Tensor

from backprop_lab.sweep.batch.ensemble import Shape
from backprop_lab.training.task import Task


class Batches:
    """The training points of ``tasks``, each member's in its own order."""

    def __init__(self, tasks: Sequence[Task], shape: Shape) -> None:
        self.tasks, self.shape = tasks, shape
        self.is_shuffled = any(task.shuffle for task in tasks)
        self.gathered: list[tuple[Tensor, Tensor]] = []

    def of(self, epoch: int) -> list[tuple[Tensor, Tensor]]:
        """The batches of an epoch, x [M, B, F] and y [M, B]. The last one may have fewer points."""
        if self.is_shuffled or not self.gathered:
            self.gathered = self._gather(epoch)
        return self.gathered

    def _gather(self, epoch: int) -> list[tuple[Tensor, Tensor]]:
        task, members = self.tasks[0], self.shape.members
        n, size = len(task.train), task.batch_size
        whole = n // size
        sizes = [(whole, size)] + ([(1, n - whole * size)] if n % size else [])
        xs = [np.empty((steps, members, points, task.in_features), task.dtype) for steps, points in sizes]
        ys = [np.empty((steps, members, points), task.dtype) for steps, points in sizes]
        for member, own in enumerate(self.tasks):
            # One member after the other, so that its points stay in the fastest cache: a gather over all members at
            # once takes five times as long.
            order = own.order(epoch)
            x, y = own.train.x.take(order, axis=0), own.train.y.take(order)
            first = 0
            for (steps, points), x_SMBF, y_SMB in zip(sizes, xs, ys, strict=True):
                last = first + steps * points
                x_SMBF[:, member] = x[first:last].reshape(steps, points, -1)
                y_SMB[:, member] = y[first:last].reshape(steps, points)
                first = last
        for array in (*xs, *ys):
            array[:, len(self.tasks) :] = array[:, :1]
        return [
            (x, y)
            for x_SMBF, y_SMB in zip(xs, ys, strict=True)
            for x, y in zip(self.shape.tensor(x_SMBF), self.shape.tensor(y_SMB), strict=True)
        ]

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
        # One member after the other, so that its points stay in the fastest cache: a gather over all members at once
        # takes five times as long.
        own = [(task.train, task.order(epoch)) for task in self.tasks]
        own += own[:1] * (self.shape.members - len(own))
        x, y = (np.stack(arrays) for arrays in zip(*((p.x.take(o, 0), p.y.take(o)) for p, o in own), strict=True))
        size = self.tasks[0].batch_size
        return [(self.shape.tensor(x[:, i : i + size]), self.shape.tensor(y[:, i : i + size]))
                for i in range(0, x.shape[1], size)]  # fmt: skip

"""The LightningDataModule: serves the points of any task from memory."""

from collections.abc import Iterator

import pytorch_lightning as pl
from torch import Tensor

from backprop_lab.training.task import Task
from backprop_lab.training.tensors import batches, to_tensors

Batch = tuple[Tensor, Tensor]


class TrainBatches:
    """The training batches of the trainer's current epoch.

    Lightning asks for two iterators in the first epoch of a fit, so the order must be a function of the epoch and not
    of how often it was asked.
    """

    def __init__(self, task: Task, trainer: pl.Trainer) -> None:
        self.task = task
        self.trainer = trainer
        self.points = to_tensors(task.train, task.device)

    def __len__(self) -> int:
        return self.task.steps_per_epoch

    def __iter__(self) -> Iterator[Batch]:
        return batches(self.task, self.trainer.current_epoch + 1, *self.points)


class ValBatch:
    """All validation points as one batch."""

    def __init__(self, task: Task) -> None:
        self.points = to_tensors(task.val, task.device)

    def __len__(self) -> int:
        return 1

    def __iter__(self) -> Iterator[Batch]:
        return iter([self.points])


class PointsModule(pl.LightningDataModule):
    """A small data set is fastest as two tensors in memory; a DataLoader would cost more than the training."""

    def __init__(self, task: Task) -> None:
        super().__init__()
        self.task = task

    def train_dataloader(self) -> TrainBatches:
        assert self.trainer is not None
        return TrainBatches(self.task, self.trainer)

    def val_dataloader(self) -> ValBatch:
        return ValBatch(self.task)

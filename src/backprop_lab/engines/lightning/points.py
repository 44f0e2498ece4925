"""The LightningDataModule: serves the points of any task from memory."""

from collections.abc import Iterator

import pytorch_lightning as pl
from torch import Tensor

from backprop_lab.training.task import Task
from backprop_lab.training.tensors import batches, to_tensors

Batch = tuple[Tensor, Tensor]


class TrainBatches:
    """The training batches of the trainer's current epoch, which follows ``epochs_before`` earlier ones.

    Lightning creates two iterators in the first epoch of a fit, so the order depends on the epoch alone. If it resumes
    from a checkpoint, it creates them before it updates its epoch, so an iterator reads the epoch with its first batch.
    """

    def __init__(self, task: Task, trainer: pl.Trainer, epochs_before: int) -> None:
        self.task = task
        self.trainer = trainer
        self.epochs_before = epochs_before
        self.points = to_tensors(task.train, task.device)

    def __len__(self) -> int:
        return self.task.steps_per_epoch

    def __iter__(self) -> Iterator[Batch]:
        yield from batches(self.task, self.epochs_before + self.trainer.current_epoch + 1, *self.points)


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

    def __init__(self, task: Task, epochs_before: int = 0) -> None:
        super().__init__()
        self.task = task
        self.epochs_before = epochs_before

    def train_dataloader(self) -> TrainBatches:
        assert self.trainer is not None
        return TrainBatches(self.task, self.trainer, self.epochs_before)

    def val_dataloader(self) -> ValBatch:
        return ValBatch(self.task)

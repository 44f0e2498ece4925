"""The Learner without what the engine does not need: a small step is shorter than Lightning's care for it."""

import contextlib
import inspect
from contextlib import AbstractContextManager
from typing import Any

import pytorch_lightning as pl
import torch
from pytorch_lightning.profilers import PassThroughProfiler
from torch import Tensor, nn

from backprop_lab.engines.lightning.learner import Learner
from backprop_lab.training.epoch_end import Row
from backprop_lab.training.metrics import measure
from backprop_lab.training.task import Task


class BareLearner(Learner):
    """Goes on after ``epochs_before`` epochs; keeps its metrics instead of logging them."""

    def __init__(self, task: Task, network: nn.Module, optimizer: torch.optim.Optimizer, epochs_before: int) -> None:
        pl.LightningModule.__init__(self)  # no checkpoint of Lightning's calls this again
        self.train_by(task, network, optimizer)
        self.epochs_before = epochs_before
        self.val: Row = {}

    def training_step(self, batch: tuple[Tensor, Tensor], batch_idx: int) -> Tensor:
        return super().training_step(batch, batch_idx)

    # Lightning works it out anew in each epoch.
    training_step.__signature__ = inspect.signature(training_step)  # type: ignore[attr-defined]

    def on_train_epoch_end(self) -> None:
        pass

    def validation_step(self, batch: tuple[Tensor, Tensor], batch_idx: int) -> None:
        self.val = measure(self.network, self.loss, self.task, *batch)

    def transfer_batch_to_device(self, batch: Any, device: torch.device, dataloader_idx: int) -> Any:
        # The data module has put all points on the device already; Lightning's walk over each batch costs 20 us.
        return batch

    def __setattr__(self, name: str, value: Any) -> None:
        # nn.Module's own __setattr__ searches parameters, buffers and modules. Lightning notes the running hook in
        # _current_fx_name some 46 times a step.
        if name in ("_current_fx_name", "stats", "val"):
            object.__setattr__(self, name, value)
        else:
            super().__setattr__(name, value)


class NoProfiler(PassThroughProfiler):
    """Lightning enters some 24 profiled sections a step; its own way of not profiling is 7 % of a small training."""

    nothing: AbstractContextManager[None] = contextlib.nullcontext()

    def profile(self, action_name: str) -> AbstractContextManager[None]:  # type: ignore[override]
        return self.nothing

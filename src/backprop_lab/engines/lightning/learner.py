"""The LightningModule: any network, with its loss, its metrics and its optimizer."""

import inspect
from typing import Any

import pytorch_lightning as pl
import torch
from torch import Tensor, nn

from backprop_lab.training import penalty
from backprop_lab.training.epoch_end import Row
from backprop_lab.training.masked import StepMasks
from backprop_lab.training.metrics import EpochStats, loss_of, measure
from backprop_lab.training.named_tensors import weights_of
from backprop_lab.training.schedule import factor_of
from backprop_lab.training.task import Task


class Learner(pl.LightningModule):
    """Wraps a plain ``nn.Module``. Metrics are added up over an epoch and read once, at its end.

    ``self.log`` in each step would cost as much as the step itself.
    """

    def __init__(self, network: nn.Module, optimizer: torch.optim.Optimizer, task: Task) -> None:
        super().__init__()
        self.network = network
        self.optimizer = optimizer
        self.task = task
        self.loss = loss_of(task)
        self.has_penalty = penalty.has_value(task.penalty)
        self.factor = factor_of(task.schedule, task.steps_per_epoch)
        self.masks = StepMasks(network, task)
        self.weights = weights_of(network)
        self.stats = EpochStats()
        self.val: Row = {}

    def forward(self, x: Tensor) -> Tensor:
        outputs: Tensor = self.network(x)
        return outputs

    def on_train_epoch_start(self) -> None:
        self.stats = EpochStats()
        self.masks.begin(self.current_epoch + 1)

    def training_step(self, batch: tuple[Tensor, Tensor], batch_idx: int) -> Tensor:
        x, y = batch
        if self.factor is not None:
            self.optimizer.param_groups[0]["lr"] = self.task.optimizer.knobs["lr"] * self.factor(self.global_step + 1)
        self.masks.put_next()
        outputs = self(x)
        loss = self.loss(outputs, y)
        self.stats.add(loss, outputs, y)
        if self.has_penalty:
            cost: Tensor = penalty.total(self.task.penalty, self.weights)
            return loss + cost
        return loss

    # Lightning works it out anew in each epoch: 6 % of one that is a single step.
    training_step.__signature__ = inspect.signature(training_step)  # type: ignore[attr-defined]

    def validation_step(self, batch: tuple[Tensor, Tensor], batch_idx: int) -> None:
        # The one batch of the validation loader holds all points.
        self.val = measure(self.network, self.loss, self.task, *batch)

    def configure_optimizers(self) -> torch.optim.Optimizer:
        return self.optimizer

    def transfer_batch_to_device(self, batch: Any, device: torch.device, dataloader_idx: int) -> Any:
        # The data module has put all points on the device already; Lightning's walk over each batch costs 20 us.
        return batch

    def __setattr__(self, name: str, value: Any) -> None:
        # nn.Module's own __setattr__ searches parameters, buffers and modules. Lightning notes the running hook in
        # _current_fx_name some 46 times a step: a quarter of a small step.
        if name in ("_current_fx_name", "stats", "val"):
            object.__setattr__(self, name, value)
        else:
            super().__setattr__(name, value)

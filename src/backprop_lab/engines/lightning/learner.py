"""The LightningModule: an experiment's network, loss, metrics, optimizer and schedule, for any Trainer."""

from collections.abc import Mapping
from typing import Any, cast

import pytorch_lightning as pl
import torch
from pytorch_lightning.utilities.types import OptimizerLRScheduler
from torch import Tensor, nn
from torch.optim import Optimizer
from torch.optim.lr_scheduler import LambdaLR

from backprop_lab.config.check import check
from backprop_lab.training import penalty, torch_optimizer
from backprop_lab.training.masked import StepMasks
from backprop_lab.training.metrics import EpochStats, loss_of, measure
from backprop_lab.training.named_tensors import weights_of
from backprop_lab.training.networks import first_network
from backprop_lab.training.schedule import factor_of
from backprop_lab.training.split import points_of
from backprop_lab.training.task import Task, build_task


class Learner(pl.LightningModule):
    """Everything that a Trainer needs to know of an experiment but its points, which ``PointsModule`` serves.

    ::

        learner = Learner(compose("dataset=moons", "model.hidden=16"))
        pl.Trainer(max_epochs=50).fit(learner, datamodule=PointsModule(learner.task))
    """

    epochs_before = 0
    """Completed by an earlier training that this one continues."""

    def __init__(self, config: Mapping[str, Any]) -> None:
        """``config`` is a whole configuration as plain data. Raises ``ConfigError`` if it cannot be trained."""
        super().__init__()
        self.save_hyperparameters()  # with which load_from_checkpoint calls this again
        checked = check(config)
        task = build_task(checked, *points_of(checked))
        network = first_network(task)
        self.train_by(task, network, torch_optimizer.build(task.optimizer, network))

    def train_by(self, task: Task, network: nn.Module, optimizer: torch.optim.Optimizer) -> None:
        """Train ``network``, whose weights ``optimizer`` moves, as ``task`` says."""
        self.task = task
        self.network = network
        self.optimizer = optimizer
        self.loss = loss_of(task)
        self.masks = StepMasks(network, task)
        self.penalized = weights_of(network) if penalty.has_value(task.penalty) else None
        self.stats = EpochStats()

    def forward(self, x: Tensor) -> Tensor:
        """Logits or values, of shape [B] for points of shape [B, features]."""
        outputs: Tensor = self.network(x)
        return outputs

    def on_train_epoch_start(self) -> None:
        self.stats = EpochStats()
        self.masks.begin(self.epochs_before + self.current_epoch + 1)

    def training_step(self, batch: tuple[Tensor, Tensor], batch_idx: int) -> Tensor:
        x, y = batch
        self.masks.put_next()
        outputs = self(x)
        loss = self.loss(outputs, y)
        self.stats.add(loss, outputs, y)
        return loss if self.penalized is None else loss + penalty.total(self.task.penalty, self.penalized)

    def configure_gradient_clipping(
        self,
        optimizer: Optimizer,
        gradient_clip_val: int | float | None = None,
        gradient_clip_algorithm: str | None = None,
    ) -> None:
        """As ``optimizer.clip_norm`` has it; without one, as the Trainer has it."""
        if self.task.clip_norm is not None:
            nn.utils.clip_grad_norm_(self.parameters(), self.task.clip_norm)
        else:
            super().configure_gradient_clipping(optimizer, gradient_clip_val, gradient_clip_algorithm)

    def on_train_epoch_end(self) -> None:
        # Once an epoch: R2 is no mean over batches, and to log in each step would cost as much as the step itself.
        self.log_dict(self.stats.row(self.task), prog_bar=True)

    def validation_step(self, batch: tuple[Tensor, Tensor], batch_idx: int) -> None:
        self.log_dict(measure(self.network, self.loss, self.task, *batch), prog_bar=True, batch_size=len(batch[1]))

    def configure_optimizers(self) -> OptimizerLRScheduler:
        factor = factor_of(self.task.schedule, self.task.steps_per_epoch)
        if factor is None:
            return self.optimizer
        done = self.epochs_before * self.task.steps_per_epoch
        scheduler = LambdaLR(self.optimizer, lambda steps: factor(done + steps + 1))
        return cast(
            OptimizerLRScheduler,
            {"optimizer": self.optimizer, "lr_scheduler": {"scheduler": scheduler, "interval": "step"}},
        )

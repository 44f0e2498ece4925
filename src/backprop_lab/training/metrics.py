"""Losses and metrics: one set of formulas for every engine, every member of a batch, and ``evaluate``."""

import numpy as np
import torch
from torch import Tensor, nn

from backprop_lab.options.torch_formula import Loss, loss
from backprop_lab.training.epoch_end import Row
from backprop_lab.training.head import Head
from backprop_lab.training.networks import has_modes, network_of
from backprop_lab.training.points import Points
from backprop_lab.training.state import State
from backprop_lab.training.task import Task


def loss_of(task: Task) -> Loss:
    """The mean loss of a task, as a function of outputs [n] or [n, classes] and targets [n], both tensors."""
    return loss(task.form, task.loss.arguments)


@torch.no_grad()
def measure(network: nn.Module, loss: Loss, task: Task, x: Tensor, y: Tensor, prefix: str = "val") -> Row:
    """Loss and metric on all points at once, in eval mode, as ``val_loss`` and ``val_acc`` or ``val_r2``."""
    if has_modes(network):
        training = network.training
        outputs = network.eval()(x)
        network.train(training)
    else:
        outputs = network(x)
    return _row(task, loss, outputs, y, prefix)


def _row(task: Task, loss: Loss, outputs: Tensor, y: Tensor, prefix: str) -> Row:
    return {
        f"{prefix}_loss": loss(outputs, y).item(),
        f"{prefix}_{task.head.metric}": task.head.metric_of(outputs, y).item(),
    }


class EpochStats:
    """Losses, outputs and targets of the steps of one epoch, collected without computing anything during the steps.

    For one run, or for a batch of members with a leading axis M.
    """

    def __init__(self) -> None:
        self.losses: list[Tensor] = []
        self.outputs: list[Tensor] = []
        self.targets: list[Tensor] = []

    def add(self, loss: Tensor, outputs: Tensor, targets: Tensor) -> None:
        """Add a step: its mean loss [] or [M], targets [B] or [M, B], and outputs, which may have an axis more."""
        self.losses.append(loss.detach())
        self.outputs.append(outputs.detach())
        self.targets.append(targets)

    def loss(self) -> Tensor:
        """Mean over the epoch's points: the steps' mean losses weighted by their numbers of points, in float64."""
        if len(self.losses) == 1:
            return self.losses[0].double()
        losses = torch.stack(self.losses, dim=-1).double()
        points = [targets.shape[-1] for targets in self.targets]
        sizes = torch.tensor(points, dtype=torch.float64, device=losses.device)
        return (losses * sizes).sum(-1) / sizes.sum()

    def metric(self, head: Head) -> Tensor:
        """The metric on the epoch's points, from the outputs during the steps, in float64."""
        axis = self.targets[0].ndim - 1
        metric: Tensor = head.metric_of(torch.cat(self.outputs, dim=axis), torch.cat(self.targets, dim=axis))
        return metric

    def row(self, task: Task) -> Row:
        """``train_loss`` and ``train_acc`` or ``train_r2`` of one run."""
        return {"train_loss": self.loss().item(), f"train_{task.head.metric}": self.metric(task.head).item()}


def final_metrics(task: Task, state: State, points: Points) -> Row:
    """The ``val_`` metrics of any network, by torch; see ``evaluation.final_metrics``."""
    x, y = torch.from_numpy(points.x), torch.from_numpy(points.y)
    return measure(network_of(task, state), loss_of(task), task, x, y)


def metrics_of(task: Task, outputs: np.ndarray, points: Points) -> Row:
    """The ``val_`` metrics of the outputs for ``points``."""
    return _row(task, loss_of(task), torch.from_numpy(outputs), torch.from_numpy(points.y), "val")


@torch.no_grad()
def outputs_of(task: Task, state: State, x: np.ndarray) -> np.ndarray:
    """The outputs of any network for points ``x`` [n, features], by torch."""
    outputs: np.ndarray = network_of(task, state)(torch.from_numpy(x)).numpy()
    return outputs

"""Recomputes the training step that follows a frame."""

from dataclasses import dataclass

import numpy as np
import torch
from torch import Tensor

from backprop_lab.training import penalty
from backprop_lab.training.masked import StepMasks
from backprop_lab.training.metrics import loss_of
from backprop_lab.training.named_tensors import weights_of
from backprop_lab.training.networks import network_of
from backprop_lab.training.points import Points
from backprop_lab.training.state import State
from backprop_lab.training.task import Task
from backprop_lab.training.tensors import to_tensors
from backprop_lab.training.updates import Updates


@dataclass(frozen=True)
class Step:
    """One training step: its batch, and by weight name the gradient that the optimizer gets, and the change of the
    weight."""

    batch: Points
    gradients: dict[str, np.ndarray]
    updates: dict[str, np.ndarray]


def next_step(task: Task, frame: State) -> Step:
    """The step that follows ``frame``, with its dropout; gradients by torch, on the CPU.

    The update uses the option's formula, not torch's optimizers, which take two seconds to import; both give the same
    bits.
    """
    epoch = frame.epoch + 1
    batch = task.train[task.batches(epoch)[0]]
    gradients = _gradients(task, frame, epoch, batch)
    before = {name: torch.from_numpy(weight.copy()) for name, weight in frame.weights.items()}
    optimizer_state = {name: torch.from_numpy(array.copy()) for name, array in frame.optimizer.items()}
    after = dict(before)
    Updates(task).apply(after, optimizer_state, gradients, frame.step + 1)
    return Step(
        batch,
        {name: gradients.get(name, torch.zeros_like(weight)).numpy() for name, weight in before.items()},
        {name: (after[name] - before[name]).numpy() for name in before},
    )


def _gradients(task: Task, frame: State, epoch: int, batch: Points) -> dict[str, Tensor]:
    """Gradients of loss and penalty, clipped, for each weight that they reach; engines update no others."""
    network = network_of(task, frame).train()
    masks = StepMasks(network, task)
    masks.begin(epoch)
    masks.put_next()
    x, y = to_tensors(batch, "cpu")
    objective = loss_of(task)(network(x), y)
    weights = weights_of(network)
    if penalty.has_value(task.penalty):
        objective = objective + penalty.total(task.penalty, weights)
    objective.backward()
    if task.clip_norm is not None:
        torch.nn.utils.clip_grad_norm_(weights.values(), task.clip_norm)
    return {name: weight.grad for name, weight in weights.items() if weight.grad is not None}

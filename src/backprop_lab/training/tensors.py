"""Converts a Task and a State to torch and back, for the engines that use tensors."""

from collections.abc import Iterator

import numpy as np
import torch
from torch import Tensor, nn

from backprop_lab.training import torch_optimizer
from backprop_lab.training.networks import arrays_of, network_of
from backprop_lab.training.points import Points
from backprop_lab.training.state import State
from backprop_lab.training.task import Task


def start_from(task: Task, start: State) -> tuple[nn.Module, torch.optim.Optimizer]:
    """The network, in training mode, and the optimizer, restored from ``start`` on the task's device."""
    network = network_of(task, start).to(task.device).train()
    optimizer = torch_optimizer.build(task.optimizer, network)
    torch_optimizer.write(optimizer, network, task.optimizer, start.optimizer, start.step)
    return network, optimizer


def state_of(task: Task, epoch: int, step: int, network: nn.Module, optimizer: torch.optim.Optimizer) -> State:
    """A copy of the current State."""
    weights, buffers = arrays_of(network)
    return State(epoch, step, weights, torch_optimizer.read(optimizer, network, task.optimizer), buffers)


def to_tensors(points: Points, device: str) -> tuple[Tensor, Tensor]:
    return torch.from_numpy(points.x).to(device), torch.from_numpy(points.y).to(device)


def batches(task: Task, epoch: int, x: Tensor, y: Tensor) -> Iterator[tuple[Tensor, Tensor]]:
    """The batches of ``epoch`` from the training points ``x``, ``y``.

    One gather for the whole epoch, then slices: indexing in each step would take longer than the step itself.
    """
    if task.batch_size == len(task.train) and not task.shuffle:
        return iter([(x, y)])
    indices = task.batches(epoch)
    order = torch.from_numpy(np.concatenate(indices)).to(x.device)
    sizes = [len(index) for index in indices]
    return zip(x[order].split(sizes), y[order].split(sizes), strict=True)

"""Converts a Task and a State to torch and back, for the engines that use tensors."""

from collections.abc import Iterator

import numpy as np
import torch
from torch import Tensor, nn

from backprop_lab.training import networks, torch_optimizer
from backprop_lab.training.networks import Shape, arrays_of, first_network, network_of
from backprop_lab.training.points import Points
from backprop_lab.training.state import State
from backprop_lab.training.task import Task
from backprop_lab.training.updates import slots_of


def first_state(task: Task) -> State:
    """The State before the first step: initial weights from the seed, and an optimizer state of zeros.

    Raises ``ConfigError`` for a network that cannot be trained.
    """
    weights, buffers = arrays_of(first_network(task))
    kept = {
        f"{slot}/{name}": np.zeros_like(weight) for slot in slots_of(task.optimizer) for name, weight in weights.items()
    }
    return State(0, 0, weights, kept, buffers)


def shapes_of(task: Task) -> tuple[dict[str, Shape], dict[str, Shape], dict[str, Shape]]:
    """Shape and dtype of the weights, the optimizer state and the buffers, by name."""
    weights, buffers = networks.shapes_of(task)
    kept = {f"{slot}/{name}": of for slot in slots_of(task.optimizer) for name, of in weights.items()}
    return weights, kept, buffers


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

"""A Task and a State in torch: what the engines that compute with tensors share."""

import functools
import json
from collections.abc import Iterator
from typing import TypeAlias

import numpy as np
import torch
from torch import Tensor, nn

from backprop_lab.training import networks as models
from backprop_lab.training import optimizers
from backprop_lab.training.metrics import network_of
from backprop_lab.training.randomness import generator
from backprop_lab.training.task import Points, State, Task

Shapes: TypeAlias = dict[str, tuple[tuple[int, ...], np.dtype]]


def shapes_of(task: Task) -> tuple[Shapes, Shapes]:
    """Shape and dtype of every weight, and of all that the optimizer remembers, by name."""
    knobs = json.dumps(dict(task.model.knobs))
    weights = _weight_shapes(task.model.name, knobs, task.in_features)
    named: Shapes = {name: (shape, task.dtype) for name, shape in weights}
    return named, {f"{slot}/{name}": of for slot in optimizers.slots(task.optimizer) for name, of in named.items()}


@functools.lru_cache(maxsize=256)
def _weight_shapes(model: str, knobs: str, in_features: int) -> list[tuple[str, tuple[int, ...]]]:
    network = models.build(model, in_features, json.loads(knobs))
    return [(name, tuple(weight.shape)) for name, weight in network.named_parameters()]


def first_state(task: Task) -> State:
    """The State before any step: first weights drawn from the seed, an optimizer that remembers nothing."""
    network = models.build(task.model.name, task.in_features, task.model.knobs)
    network.to(getattr(torch, str(task.dtype)))
    models.init_(network, generator(task.seed, "weights"), task.model.knobs["init"])
    weights = _weights(network)
    memory = {
        f"{slot}/{name}": np.zeros_like(weight)
        for slot in optimizers.slots(task.optimizer)
        for name, weight in weights.items()
    }
    return State(epoch=0, step=0, weights=weights, optimizer=memory)


def start_from(task: Task, start: State) -> tuple[nn.Module, torch.optim.Optimizer]:
    """The network and the optimizer as they were in ``start``, on the task's device."""
    network = network_of(task, start).to(task.device)
    optimizer = optimizers.build(task.optimizer, network)
    optimizers.write(optimizer, network, task.optimizer, start.optimizer, start.step)
    return network, optimizer


def state_of(task: Task, epoch: int, step: int, network: nn.Module, optimizer: torch.optim.Optimizer) -> State:
    """A copy of everything that changes."""
    memory = optimizers.read(optimizer, network, task.optimizer)
    return State(epoch, step, _weights(network), memory)


def to_tensors(points: Points, device: str) -> tuple[Tensor, Tensor]:
    return torch.from_numpy(points.x).to(device), torch.from_numpy(points.y).to(device)


def batches(task: Task, epoch: int, x: Tensor, y: Tensor) -> Iterator[tuple[Tensor, Tensor]]:
    """The batches of ``epoch`` out of the training points ``x``, ``y``.

    One gather for the whole epoch, then slices: indexing in each step would cost more than the step's own arithmetic.
    """
    if task.batch_size == len(task.train) and not task.shuffle:
        return iter([(x, y)])
    indices = task.batches(epoch)
    order = torch.from_numpy(np.concatenate(indices)).to(x.device)
    sizes = [len(index) for index in indices]
    return zip(x[order].split(sizes), y[order].split(sizes), strict=True)


def _weights(network: nn.Module) -> dict[str, np.ndarray]:
    return {name: weight.detach().cpu().numpy().copy() for name, weight in network.named_parameters()}

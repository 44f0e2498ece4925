"""The States of all members of a chunk: as tensors with a member axis during training, then one by one."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import torch
from torch import Tensor

from backprop_lab.sweep.batch.ensemble import Named, Shape, slots_of
from backprop_lab.training.state import State
from backprop_lab.training.task import Task
from backprop_lab.training.updates import slots_of as slots_of_one


@dataclass(frozen=True)
class States:
    """The members' States: ``weights`` and ``buffers`` by name, ``optimizer`` by ``slot/name``, each [M, ...]."""

    weights: Named
    optimizer: Named
    buffers: Named

    @classmethod
    def first(cls, starts: Sequence[State], shape: Shape) -> "States":
        """The States ``starts`` before the first step; the first one fills the unused places."""
        padded = [*starts, *[starts[0]] * (shape.members - len(starts))]
        weights = {n: shape.tensor(np.stack([own.weights[n] for own in padded])) for n in padded[0].weights}
        buffers = {n: shape.tensor(np.stack([own.buffers[n] for own in padded])) for n in padded[0].buffers}
        slots = slots_of(shape.task)
        zeros = {f"{slot}/{name}": torch.zeros_like(weight) for slot in slots for name, weight in weights.items()}
        return cls(weights, zeros, buffers)

    def are_finite(self) -> Tensor:
        """Whether all weights and buffers of a member are finite: [M] bool."""
        named = [*self.weights.values(), *self.buffers.values()]
        return torch.stack([tensor.isfinite().reshape(len(tensor), -1).all(1) for tensor in named]).all(0)

    def where(self, chosen: Tensor, others: "States") -> "States":
        """These States for ``chosen`` members, [M] bool, and ``others`` for the rest."""
        return States(
            _where(chosen, self.weights, others.weights),
            _where(chosen, self.optimizer, others.optimizer),
            _where(chosen, self.buffers, others.buffers),
        )

    def copied(self) -> "States":
        """These States in the memory of the CPU, to extract single members."""
        parts = (self.weights, self.optimizer, self.buffers)
        return States(*({name: tensor.cpu() for name, tensor in named.items()} for named in parts))

    def state(self, member: int, epoch: int, task: Task) -> State:
        """The State of one member at the end of ``epoch``, with the slots of its own optimizer."""
        slots = slots_of_one(task.optimizer)
        own = {key: tensor for key, tensor in self.optimizer.items() if key.partition("/")[0] in slots}
        weights, optimizer, buffers = (
            {name: tensor[member].clone().numpy() for name, tensor in named.items()}
            for named in (self.weights, own, self.buffers)
        )
        return State(epoch, epoch * task.steps_per_epoch, weights, optimizer, buffers)


def _where(chosen: Tensor, new: Named, old: Named) -> Named:
    return {name: torch.where(chosen.view(-1, *[1] * (old[name].ndim - 1)), new[name], old[name]) for name in old}

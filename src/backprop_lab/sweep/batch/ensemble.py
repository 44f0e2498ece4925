"""A step of many networks at once, as a single tensor program.

Axes: M members, B points of a batch, F features. Every tensor has the member axis first; ``vmap`` adds it, so networks,
losses and updates are written for one member and used unchanged.
"""

import json
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any, TypeAlias

import numpy as np
import torch
from torch import Tensor, nn
from torch.func import functional_call, grad_and_value, vmap

from backprop_lab.config.errors import ConfigError
from backprop_lab.config.types import Choice
from backprop_lab.options import discovery
from backprop_lab.options.optimizer import clip_factor
from backprop_lab.training import networks, penalty
from backprop_lab.training.metrics import loss_of
from backprop_lab.training.named_tensors import weights_of
from backprop_lab.training.task import Task

Named: TypeAlias = dict[str, Tensor]
# (weights, kept, buffers, masks, coefficients, costs, limits, x [M, B, F], y [M, B])
#     -> (weights, kept, buffers, loss [M], outputs [M, B] or [M, B, classes]); each part by name
Step: TypeAlias = Callable[
    [Named, Named, Named, Named, Named, Named, Named, Tensor, Tensor], tuple[Named, Named, Named, Tensor, Tensor]
]
# (weights, buffers, x [M, n, F], y [M, n]) -> (loss [M], metric [M])
Validation: TypeAlias = Callable[[Named, Named, Tensor, Tensor], tuple[Tensor, Tensor]]


@dataclass(frozen=True)
class Shape:
    """What the members of a chunk have in common, which determines the tensor program."""

    key: str
    """Names and knobs of the task's options, as JSON."""
    in_features: int
    dtype: torch.dtype
    device: str
    members: int
    task: Task = field(compare=False, repr=False)
    """The task of one of the members; its own values are irrelevant here."""

    @classmethod
    def of(cls, task: Task, members: int, device: str) -> "Shape":
        return cls(_key(task), task.in_features, getattr(torch, str(task.dtype)), device, members, task)

    def tensor(self, array: np.ndarray) -> Tensor:
        """``array`` on the members' device; floats in their precision, flags and integers unchanged."""
        tensor = torch.from_numpy(np.ascontiguousarray(array)).to(self.device)
        return tensor.to(self.dtype) if tensor.is_floating_point() else tensor

    def network(self) -> nn.Module:
        """A network of this shape; its weights are irrelevant."""
        task = self.task
        return networks.build(task.model, self.in_features, task.head.outputs).to(self.device, self.dtype)


def _key(task: Task) -> str:
    def named(choice: Choice, *, with_knobs: bool = True) -> list[Any]:
        return [choice.name, choice.own_knobs if with_knobs else {}]

    parts = [named(task.model), named(task.loss), named(task.optimizer, with_knobs=False)]
    parts += [named(task.penalty, with_knobs=False), [task.task_type, task.in_features, task.outputs]]
    return json.dumps(parts, sort_keys=True)


@discovery.remembered
def step(shape: Shape) -> Step:
    """The step of ``shape``, built once per process.

    Its first call raises ``ConfigError`` if the task's options cannot be batched.
    """
    return _program(shape, step_of(shape.network().train(), shape.task))


@discovery.remembered
def validation(shape: Shape) -> Validation:
    """Loss and metric of all members on their points, built once per process; raises like ``step``."""
    network, head, loss = shape.network().eval(), shape.task.head, loss_of(shape.task)

    def validate(weights: Named, buffers: Named, x: Tensor, y: Tensor) -> tuple[Tensor, Tensor]:
        outputs = functional_call(network, {**weights, **buffers}, (x,))
        return loss(outputs, y).double(), head.metric_of(outputs, y)

    return _program(shape, vmap(validate))


def step_of(network: nn.Module, task: Task) -> Step:
    """The step of all members: forward, loss, gradients, update. ``network`` gives its shape, not its weights."""
    loss = loss_of(task)
    reached = _reached(network, task)
    option, slots = task.optimizer.option, slots_of(task)
    cost = task.penalty.option.value if penalty.has_value(task.penalty) else None

    def objective(
        weights: Named, buffers: Named, masks: Named, costs: Named, x: Tensor, y: Tensor
    ) -> tuple[Tensor, tuple[Tensor, Tensor, Named]]:
        changed = {name: buffer.clone() for name, buffer in buffers.items()}  # norms change buffers in place
        outputs = functional_call(network, {**weights, **changed, **masks}, (x,))
        mean = loss(outputs, y)
        total = mean
        if cost is not None:
            total = mean + sum(cost(w, *costs.values()).sum() for w in weights.values() if penalty.counts(w))
        return total, (mean, outputs, changed)

    def step(
        weights: Named,
        kept: Named,
        buffers: Named,
        masks: Named,
        numbers: Named,
        costs: Named,
        limits: Named,
        x: Tensor,
        y: Tensor,
    ) -> tuple[Named, Named, Named, Tensor, Tensor]:
        gradients, (_, (mean, outputs, changed)) = grad_and_value(objective, has_aux=True)(
            weights, buffers, masks, costs, x, y
        )
        if limits:
            squares = torch.stack([gradients[name].double().square().sum() for name in reached]).sum()
            factor = clip_factor(squares, limits["clip_norm"].double())
            gradients = {name: gradient * factor.to(gradient.dtype) for name, gradient in gradients.items()}
        moved = dict(weights)
        after = dict(kept)
        for name in reached:
            weight = weights[name]
            before = [kept[f"{slot}/{name}"] for slot in slots]
            made = option.update(weight, gradients[name], *before, *numbers.values())
            moved[name], new = (made[0], made[1:]) if slots else (made, ())
            after |= {f"{slot}/{name}": value for slot, value in zip(slots, new, strict=True)}
        return moved, after, changed, mean, outputs

    stepped: Step = vmap(step)
    return stepped


def _reached(network: nn.Module, task: Task) -> list[str]:
    """The weights that the objective depends on: torch's optimizers do not touch the others, not even by decay."""
    weights = weights_of(network)
    where = next(iter(weights.values()))
    outputs = network(torch.ones(2, task.in_features, dtype=where.dtype, device=where.device))
    objective = outputs.sum()
    if penalty.has_value(task.penalty):
        objective = objective + penalty.total(task.penalty, weights)
    gradients = torch.autograd.grad(objective, list(weights.values()), allow_unused=True)
    return [name for name, gradient in zip(weights, gradients, strict=True) if gradient is not None]


def slots_of(task: Task) -> tuple[str, ...]:
    """All possible slots of the optimizer, because members of one program may have different knobs."""
    slots: tuple[str, ...] = getattr(task.optimizer.option, "SLOTS", ())
    return slots


def _program(shape: Shape, function: Callable[..., Any]) -> Callable[..., Any]:
    """``function``, compiled on a GPU, with an error of ours if it cannot be batched."""
    called = function if shape.device == "cpu" else torch.compile(function)
    works = False

    def program(*arguments: Any) -> Any:
        nonlocal works
        try:
            result = called(*arguments)
        except Exception as failure:  # torch has no rule for an operation, or control flow depends on values
            if works:
                raise
            parts = (shape.task.model, shape.task.loss, shape.task.optimizer, shape.task.penalty)
            raise ConfigError(
                "hydra/launcher=batched with " + " ".join(f"{part.group}={part.name}" for part in parts),
                f"{type(failure).__name__}: {failure}".partition("\n")[0],
                "what torch.func.vmap supports; another launcher trains the rest",
            ) from failure
        works = True
        return result

    return program

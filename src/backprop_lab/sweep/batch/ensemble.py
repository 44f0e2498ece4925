"""A step of many networks at once, as one tensor program.

Axes: M members, B points of a batch, F features. Every tensor has the member axis first; ``vmap`` adds it from outside,
so a network, a loss and an update are written for one member and used as they are.
"""

import functools
import json
import math
import warnings
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from typing import Any, TypeAlias, cast

import torch
from torch import Tensor, nn
from torch.func import functional_call, grad_and_value, vmap
from torch.fx.experimental.proxy_tensor import make_fx

from backprop_lab.sweep.batch.updates import CLOCKS, KNOBS, SLOTS, UPDATES
from backprop_lab.training import losses
from backprop_lab.training import networks as models
from backprop_lab.training.metrics import qualities
from backprop_lab.training.task import Task

Weights: TypeAlias = dict[str, Tensor]
Memory: TypeAlias = dict[str, Tensor]
# (weights, memory, hyperparameters, clock, x [M, B, F], y [M, B]) -> (weights, memory, loss [M], outputs [M, B])
Step: TypeAlias = Callable[
    [Weights, Memory, dict[str, Tensor], dict[str, Tensor], Tensor, Tensor], tuple[Weights, Memory, Tensor, Tensor]
]
# (weights, x [M, n, F], y [M, n]) -> (loss [M], quality [M])
Validation: TypeAlias = Callable[[Weights, Tensor, Tensor], tuple[Tensor, Tensor]]
Part: TypeAlias = Tensor | dict[str, Tensor]

# A product with a matrix of so few numbers costs more in a call of the matrix library than in itself. Written as a sum
# of products, the compiler fuses it with what stands around it: a step of a 2-8-1 network takes half of the time.
SMALL_MATRIX = 128


class CannotCompile(Exception):
    """torch's compiler ended with the exception that is the cause of this one."""


@dataclass(frozen=True)
class Shape:
    """What makes a tensor program: all that the members of a chunk have in common."""

    model: str
    knobs: str  # as JSON, so that it can be a key
    in_features: int
    kind: str
    loss: str
    optimizer: str
    dtype: torch.dtype
    device: str
    members: int

    @classmethod
    def of(cls, task: Task, members: int, device: str) -> "Shape":
        knobs = json.dumps({key: value for key, value in task.model.knobs.items() if key != "init"})
        return cls(
            task.model.name, knobs, task.in_features, task.kind, task.loss, task.optimizer.name,
            getattr(torch, str(task.dtype)), device, members,
        )  # fmt: skip

    def network(self) -> nn.Module:
        """A network of this shape; its weights mean nothing."""
        return models.build(self.model, self.in_features, json.loads(self.knobs)).to(self.device, self.dtype)


@functools.lru_cache(maxsize=64)
def step(shape: Shape, points: int, compiles: bool) -> Step:
    """The step of ``shape`` for batches of so many ``points``, made once in a process.

    Raises ``CannotCompile``.
    """
    network = shape.network()
    example = _example(shape, network, points)
    weights, memory, *_ = example
    made = step_of(network, shape.loss, shape.kind, shape.optimizer)
    return cast(Step, _program(made, example, (weights, memory, torch.empty(0), torch.empty(0)), compiles))


@functools.lru_cache(maxsize=64)
def validation(shape: Shape, points: int, compiles: bool) -> Validation:
    """Loss and quality of all members on so many ``points``, made once in a process; raises as ``step`` does."""
    network, loss_of = shape.network(), losses.load(shape.loss, shape.kind)

    def validate(weights: Weights, x: Tensor, y: Tensor) -> tuple[Tensor, Tensor]:
        outputs = functional_call(network, weights, (x,))
        return loss_of(outputs, y).double(), qualities(shape.kind, outputs, y)

    weights, *_, x, y = _example(shape, network, points)
    return cast(Validation, _program(vmap(validate), (weights, x, y), (torch.empty(0), torch.empty(0)), compiles))


def step_of(network: nn.Module, loss: str, kind: str, optimizer: str) -> Step:
    """The step of all members: forward, loss, gradients, update. ``network`` gives its shape, not its weights."""
    loss_of = losses.load(loss, kind)
    update, slots = UPDATES[optimizer], SLOTS[optimizer]

    def objective(weights: Weights, x: Tensor, y: Tensor) -> tuple[Tensor, Tensor]:
        outputs = functional_call(network, weights, (x,))
        return loss_of(outputs, y), outputs

    def step(
        weights: Weights, memory: Memory, hyper: dict[str, Tensor], clock: dict[str, Tensor], x: Tensor, y: Tensor
    ) -> tuple[Weights, Memory, Tensor, Tensor]:
        gradients, (loss, outputs) = grad_and_value(objective, has_aux=True)(weights, x, y)
        moved: Weights = {}
        remembered = dict(memory)
        for name, weight in weights.items():
            before = {slot: memory[f"{slot}/{name}"] for slot in slots}
            moved[name], after = update(weight, gradients[name], before, hyper, clock)
            remembered |= {f"{slot}/{name}": after[slot] for slot in slots}
        return moved, remembered, loss, outputs

    stepped: Step = vmap(step)
    return stepped


def _example(shape: Shape, network: nn.Module, points: int) -> tuple[Any, ...]:
    """Inputs of a step as they will come."""

    def zeros(*sizes: int, dtype: torch.dtype = shape.dtype) -> Tensor:
        return torch.zeros(shape.members, *sizes, dtype=dtype, device=shape.device)

    weights = {name: zeros(*weight.shape) for name, weight in network.named_parameters()}
    memory = {
        f"{slot}/{name}": zeros(*weight.shape)
        for slot in SLOTS[shape.optimizer]
        for name, weight in network.named_parameters()
    }
    hyper = {
        name: zeros(dtype=torch.bool if is_flag else shape.dtype) for name, is_flag in KNOBS[shape.optimizer].items()
    }
    ticks = {name: zeros() for name in CLOCKS[shape.optimizer]}
    return weights, memory, hyper, ticks, zeros(points, shape.in_features), zeros(points)


def _program(
    function: Callable[..., Any], example: tuple[Part, ...], result: tuple[Part, ...], compiles: bool
) -> Callable[..., list[Part]]:
    """``function`` as a flat list of tensor operations, compiled or not, for arguments like those of the ``example``.

    ``vmap`` and ``grad`` would otherwise find their way through the network again in every call, which takes half of
    its time. ``result`` has the names of what it gives.
    """
    products = {torch.ops.aten.bmm.default: _product} if compiles else None
    leaves = _leaves(example)
    with warnings.catch_warnings():
        # torch's compiler warns of what torch itself has deprecated, which nobody here can do anything about.
        warnings.filterwarnings("ignore", category=DeprecationWarning, module="torch")
        warnings.filterwarnings("ignore", category=FutureWarning)
        flat = make_fx(lambda *given: _leaves(function(*_grouped(given, example))), decomposition_table=products)
        graph = flat(*leaves)
        run: Callable[..., Iterable[Tensor]] = graph
        if compiles:
            # Not torch.compile, which looks in each call whether its program still fits: a quarter of a step's time.
            from torch._inductor import standalone_compile  # a second, which others need not wait for

            try:
                run = standalone_compile(graph, [*leaves], dynamic_shapes="from_example_inputs")
                run(*leaves)  # where it fails it must do so here
            except Exception as failure:
                raise CannotCompile from failure
    return lambda *parts: _grouped(run(*_leaves(parts)), result)


def _leaves(parts: Iterable[Part]) -> list[Tensor]:
    """All tensors in their order."""
    leaves: list[Tensor] = []
    for part in parts:
        leaves.extend(part.values() if isinstance(part, dict) else (part,))
    return leaves


def _grouped(leaves: Iterable[Tensor], like: Iterable[Part]) -> list[Part]:
    """The tensors with the names that they have in ``like``."""
    rest = iter(leaves)
    return [{name: next(rest) for name in part} if isinstance(part, dict) else next(rest) for part in like]


def _product(a: Tensor, b: Tensor) -> Tensor:
    """a [M, I, K] times b [M, K, J]."""
    _, *sides = sorted((*a.shape[1:], b.shape[2]), reverse=True)
    if math.prod(sides) > SMALL_MATRIX:
        return NotImplemented
    return (a.unsqueeze(3) * b.unsqueeze(1)).sum(2)

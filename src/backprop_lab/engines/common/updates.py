"""How weights move, written out: the formulas of torch's optimizers, for whatever knows + - * / and **.

The scalar engine gives them floats, ``by_hand`` NumPy arrays and ``autograd`` tensors. Each takes a weight, the
gradient of the loss with respect to it, and what the optimizer remembers of it, and gives the new weight and memory.
"""

from collections.abc import Callable, Mapping
from typing import Any, TypeAlias

from backprop_lab.config.check import Choice

# A float, an array or a tensor; all of one formula are of one kind.
Quantity: TypeAlias = Any
Memory: TypeAlias = dict[str, Quantity]
Update: TypeAlias = Callable[[Quantity, Quantity, Memory, int], tuple[Quantity, Memory]]

EPSILON = 1e-8


def load(optimizer: Choice) -> Update:
    """The update of ``optimizer=...``: ``update(weight, gradient, memory, step)``, steps counted from 1."""
    formulas: dict[str, Callable[..., tuple[Quantity, Memory]]] = {"sgd": sgd, "adam": adam, "adamw": adamw}
    formula = formulas[optimizer.name]
    knobs: Mapping[str, Any] = optimizer.knobs

    def update(weight: Quantity, gradient: Quantity, memory: Memory, step: int) -> tuple[Quantity, Memory]:
        return formula(weight, gradient, memory, step, **knobs)

    return update


def sgd(
    weight: Quantity, gradient: Quantity, memory: Memory, step: int, *,
    lr: float, momentum: float, nesterov: bool, weight_decay: float,
) -> tuple[Quantity, Memory]:  # fmt: skip
    """w <- w - lr * g; with momentum g is replaced by the velocity b <- momentum * b + g."""
    if weight_decay:
        gradient = plus(gradient, weight_decay, weight)
    if momentum:
        velocity = momentum * memory["momentum_buffer"] + gradient
        memory = {"momentum_buffer": velocity}
        gradient = plus(gradient, momentum, velocity) if nesterov else velocity
    return plus(weight, -lr, gradient), memory


def plus(a: Quantity, factor: float, b: Quantity) -> Quantity:
    """a + factor * b; of tensors in one operation, which rounds once, as it does in torch's optimizers."""
    return a.add(b, alpha=factor) if hasattr(a, "add") else a + factor * b


def adam(
    weight: Quantity, gradient: Quantity, memory: Memory, step: int, *,
    lr: float, betas: list[float], weight_decay: float,
) -> tuple[Quantity, Memory]:  # fmt: skip
    """Kingma and Ba 2015, algorithm 1: a step of lr times the mean gradient over the root of its mean square."""
    if weight_decay:
        gradient = gradient + weight_decay * weight
    decay_1, decay_2 = betas
    mean = decay_1 * memory["exp_avg"] + (1 - decay_1) * gradient
    mean_square = decay_2 * memory["exp_avg_sq"] + (1 - decay_2) * gradient * gradient
    # Both means began at 0, which these divisions make good for.
    root = (mean_square / (1 - decay_2**step)) ** 0.5
    weight = weight - lr * (mean / (1 - decay_1**step)) / (root + EPSILON)
    return weight, {"exp_avg": mean, "exp_avg_sq": mean_square}


def adamw(
    weight: Quantity, gradient: Quantity, memory: Memory, step: int, *,
    lr: float, betas: list[float], weight_decay: float,
) -> tuple[Quantity, Memory]:  # fmt: skip
    """Loshchilov and Hutter 2019: as Adam, but the decay acts on the weight itself and not through the gradient."""
    return adam(weight - lr * weight_decay * weight, gradient, memory, step, lr=lr, betas=betas, weight_decay=0.0)


def apply(
    update: Update, weights: dict[str, Quantity], memory: Memory, gradients: Mapping[str, Quantity], step: int
) -> None:
    """Move all weights, by name, and with them what the optimizer remembers, by ``slot/name``."""
    slots = {key.partition("/")[0] for key in memory}
    for name, gradient in gradients.items():
        before = {slot: memory[f"{slot}/{name}"] for slot in slots}
        weights[name], after = update(weights[name], gradient, before, step)
        memory |= {f"{slot}/{name}": after[slot] for slot in slots}

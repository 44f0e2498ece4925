"""How the weights of one member move, with hyperparameters of its own: torch's optimizers without a branch.

``vmap`` gives each member its entry of every hyperparameter, so none of them may decide which way the program goes; a
momentum of 0 or a weight decay of 0 is arithmetic like any other. The slots of the memory are those of
``optimizers``. ``clock`` holds what depends on the number of the step, computed outside in double precision.
"""

from collections.abc import Callable, Mapping, Sequence
from typing import TypeAlias

import numpy as np
import torch
from torch import Tensor

from backprop_lab.config.check import Choice

Tensors: TypeAlias = Mapping[str, Tensor]
# (weight, gradient, memory by slot, hyperparameters, clock) -> (weight, memory by slot)
Update: TypeAlias = Callable[[Tensor, Tensor, Tensors, Tensors, Tensors], tuple[Tensor, dict[str, Tensor]]]

EPSILON = 1e-8
SLOTS = {"sgd": ("momentum_buffer",), "adam": ("exp_avg", "exp_avg_sq"), "adamw": ("exp_avg", "exp_avg_sq")}
# Hyperparameters by name and whether they are flags; what depends on the step.
_ADAM_KNOBS = dict.fromkeys(("lr", "beta_1", "beta_2", "weight_decay"), False)
KNOBS = {
    "sgd": {"lr": False, "momentum": False, "nesterov": True, "weight_decay": False},
    "adam": _ADAM_KNOBS,
    "adamw": _ADAM_KNOBS,
}
CLOCKS: dict[str, tuple[str, ...]] = {
    "sgd": (), "adam": ("correction_1", "correction_2"), "adamw": ("correction_1", "correction_2")
}  # fmt: skip


def sgd(
    weight: Tensor, gradient: Tensor, memory: Tensors, hyper: Tensors, clock: Tensors
) -> tuple[Tensor, dict[str, Tensor]]:
    """w <- w - lr * v with the velocity v <- momentum * v + g; Nesterov's step goes along g + momentum * v."""
    gradient = gradient + hyper["weight_decay"] * weight
    velocity = hyper["momentum"] * memory["momentum_buffer"] + gradient
    ahead = gradient + hyper["momentum"] * velocity
    return weight - hyper["lr"] * torch.where(hyper["nesterov"], ahead, velocity), {"momentum_buffer": velocity}


def adam(
    weight: Tensor, gradient: Tensor, memory: Tensors, hyper: Tensors, clock: Tensors
) -> tuple[Tensor, dict[str, Tensor]]:
    """Kingma and Ba 2015, algorithm 1; the weight decay acts through the gradient."""
    return _adam(weight, gradient + hyper["weight_decay"] * weight, memory, hyper, clock)


def adamw(
    weight: Tensor, gradient: Tensor, memory: Tensors, hyper: Tensors, clock: Tensors
) -> tuple[Tensor, dict[str, Tensor]]:
    """Loshchilov and Hutter 2019: the weight decay acts on the weight itself."""
    return _adam(weight - hyper["lr"] * hyper["weight_decay"] * weight, gradient, memory, hyper, clock)


def _adam(
    weight: Tensor, gradient: Tensor, memory: Tensors, hyper: Tensors, clock: Tensors
) -> tuple[Tensor, dict[str, Tensor]]:
    mean = hyper["beta_1"] * memory["exp_avg"] + (1 - hyper["beta_1"]) * gradient
    mean_square = hyper["beta_2"] * memory["exp_avg_sq"] + (1 - hyper["beta_2"]) * gradient * gradient
    root = (mean_square / clock["correction_2"]).sqrt()
    weight = weight - hyper["lr"] * (mean / clock["correction_1"]) / (root + EPSILON)
    return weight, {"exp_avg": mean, "exp_avg_sq": mean_square}


UPDATES: dict[str, Update] = {"sgd": sgd, "adam": adam, "adamw": adamw}


def hyperparameters(choices: Sequence[Choice]) -> dict[str, np.ndarray]:
    """One entry for each member, [M], of every number that its optimizer has; float64, flags as bool."""
    columns = [_flat(choice) for choice in choices]
    return {name: np.array([column[name] for column in columns]) for name in KNOBS[choices[0].name]}


def clock(name: str, hyper: Mapping[str, np.ndarray], first: int, steps: int) -> dict[str, np.ndarray]:
    """What depends on the step, for ``steps`` of them from number ``first`` on: each [steps, M], float64."""
    if name == "sgd":
        return {}
    t = np.arange(first, first + steps)[:, None]
    return {f"correction_{i}": 1.0 - hyper[f"beta_{i}"][None] ** t for i in (1, 2)}


def _flat(choice: Choice) -> dict[str, float | bool]:
    flat = {key: value for key, value in choice.knobs.items() if key != "betas"}
    if "betas" in choice.knobs:
        flat["beta_1"], flat["beta_2"] = choice.knobs["betas"]
    return {key: value if isinstance(value, bool) else float(value) for key, value in flat.items()}

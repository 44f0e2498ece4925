"""Optimizers for the torch rungs, and their state as plain named arrays.

An optimizer's state is a dictionary ``"slot/weight name" -> array``, so that every engine can read and write it. The
step counter of some optimizers equals the training's step and is not stored again.
"""

from collections.abc import Callable, Mapping
from typing import Any

import numpy as np
import torch
from torch import nn

from backprop_lab.config.types import Choice
from backprop_lab.training.named_tensors import weights_of
from backprop_lab.training.updates import as_numbers, slots_of


def build(choice: Choice, network: nn.Module) -> torch.optim.Optimizer:
    """The optimizer of ``optimizer=...`` for the parameters of ``network``: torch's own, or the option's formula."""
    option = choice.option
    parameters = weights_of(network).values()
    if not hasattr(option, "TORCH"):
        return FormulaOptimizer(parameters, option, as_numbers(choice.own_knobs))
    # torch refuses a pair that mixes int 0 and 0.9.
    knobs = {knob: tuple(map(float, v)) if isinstance(v, list) else v for knob, v in choice.own_knobs.items()}
    # A network of this size has too few parameters for torch's grouped (foreach) kernels to pay off.
    optimizer: torch.optim.Optimizer = getattr(torch.optim, option.TORCH)(parameters, foreach=False, **knobs)
    return optimizer


class FormulaOptimizer(torch.optim.Optimizer):
    """An option's update formula as a torch ``Optimizer``."""

    def __init__(self, parameters: Any, option: Any, knobs: Mapping[str, Any]) -> None:
        super().__init__(parameters, dict(knobs))
        self.option = option
        self.knobs = list(knobs)
        self.slots: tuple[str, ...] = getattr(option, "SLOTS", ())

    @torch.no_grad()
    def step(self, closure: Callable[[], Any] | None = None) -> Any:
        loss = None
        if closure is not None:
            with torch.enable_grad():
                loss = closure()
        for group in self.param_groups:
            knobs = {knob: group[knob] for knob in self.knobs}
            for parameter in group["params"]:
                if parameter.grad is not None:
                    self._move(parameter, knobs)
        return loss

    def _move(self, parameter: torch.Tensor, knobs: Mapping[str, Any]) -> None:
        entry = self.state[parameter]
        step = int(entry.get("step", 0)) + 1
        kept = [entry[slot] if slot in entry else torch.zeros_like(parameter) for slot in self.slots]
        numbers = self.option.coefficients(step, **knobs)
        moved = self.option.update(parameter, parameter.grad, *kept, *numbers)
        weight, after = (moved[0], moved[1:]) if self.slots else (moved, ())
        parameter.copy_(weight)
        entry.update(zip(self.slots, after, strict=True), step=step)


def read(optimizer: torch.optim.Optimizer, network: nn.Module, choice: Choice) -> dict[str, np.ndarray]:
    """Copies of the optimizer's state, by ``slot/weight name``."""
    return {
        f"{slot}/{name}": _array(optimizer.state[parameter].get(slot), parameter)
        for slot in slots_of(choice)
        for name, parameter in weights_of(network).items()
    }


def write(
    optimizer: torch.optim.Optimizer, network: nn.Module, choice: Choice, state: Mapping[str, np.ndarray], step: int
) -> None:
    """Restore the state that ``read`` returned after ``step`` steps in a fresh optimizer."""
    if step == 0:  # torch creates its buffers in the first step
        return
    for name, parameter in weights_of(network).items():
        entry = optimizer.state[parameter]
        for slot in slots_of(choice):
            array = state[f"{slot}/{name}"]
            entry[slot] = torch.from_numpy(array.copy()).to(parameter.device, parameter.dtype)
        entry["step"] = torch.tensor(float(step))  # for optimizers that count steps


def _array(kept: torch.Tensor | None, parameter: torch.Tensor) -> np.ndarray:
    """``kept`` as an array; zeros for a parameter that was never updated because no gradient reached it."""
    return (torch.zeros_like(parameter) if kept is None else kept).detach().cpu().numpy().copy()

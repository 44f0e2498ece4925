"""The formulas of options for torch: torch's own function if there is one, else ours.

Import this only if torch is loaded already.
"""

import functools
from collections.abc import Callable, Sequence
from typing import Any, TypeAlias

import torch
from torch import Tensor

from backprop_lab.options import discovery

Activation: TypeAlias = Callable[[Tensor], Tensor]
Loss: TypeAlias = Callable[[Tensor, Tensor], Tensor]


def activation(name: str) -> Activation:
    """The activation ``name`` as a differentiable function of a tensor."""
    option = discovery.module("activation", name)
    if hasattr(option, "on_torch"):
        on_torch: Activation = option.on_torch()
        return on_torch
    return functools.partial(_Activation.apply, option.value, option.slope)


def loss(form: Any, knobs: Sequence[float] = ()) -> Loss:
    """The mean loss of outputs and targets; ``form`` is one of a loss's ``FORMS``."""
    if form.on_torch is not None:
        on_torch: Loss = form.on_torch(*knobs)
        return on_torch

    def mean(outputs: Tensor, targets: Tensor) -> Tensor:
        values: Tensor = _Loss.apply(form.value, form.slope, tuple(knobs), outputs, targets)
        return values.mean()

    return mean


class _Activation(torch.autograd.Function):
    """value(z), whose derivative is slope(z, value)."""

    generate_vmap_rule = True

    @staticmethod
    def forward(value: Callable, slope: Callable, z: Tensor) -> Tensor:
        made: Tensor = value(z)
        return made.view_as(made) if made is z else made  # torch refuses an input that is returned unchanged

    @staticmethod
    def setup_context(ctx: Any, inputs: tuple[Any, ...], output: Tensor) -> None:
        _, ctx.slope, z = inputs
        ctx.save_for_backward(z, output)

    @staticmethod
    def backward(ctx: Any, gradient: Tensor) -> tuple[None, None, Tensor]:
        z, a = ctx.saved_tensors
        return None, None, gradient * ctx.slope(z, a)


class _Loss(torch.autograd.Function):
    """value(z, y) of each point, whose derivative with respect to z is slope(z, y); z may have an axis of outputs."""

    generate_vmap_rule = True

    @staticmethod
    def forward(value: Callable, slope: Callable, knobs: tuple[float, ...], z: Tensor, y: Tensor) -> Tensor:
        made: Tensor = value(z, y, *knobs)
        return made

    @staticmethod
    def setup_context(ctx: Any, inputs: tuple[Any, ...], output: Tensor) -> None:
        _, ctx.slope, ctx.knobs, z, y = inputs
        ctx.save_for_backward(z, y)

    @staticmethod
    def backward(ctx: Any, gradient: Tensor) -> tuple[None, None, None, Tensor, None]:
        z, y = ctx.saved_tensors
        slope = ctx.slope(z, y, *ctx.knobs)
        if slope.ndim > gradient.ndim:  # there are several outputs
            gradient = gradient[..., None]
        return None, None, None, gradient * slope, None

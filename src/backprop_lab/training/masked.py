"""Dropout in an ``nn.Module`` whose mask is set by the caller before each step, instead of drawn by the module."""

from collections.abc import Iterator, Sequence

import torch
from torch import Tensor, nn

from backprop_lab.training.dropout import Masks, masks_of
from backprop_lab.training.task import Task


class MaskedDropout(nn.Module):
    """Multiplies by ``mask`` in training mode; does nothing in eval mode."""

    mask: Tensor

    def __init__(self, share: float) -> None:
        super().__init__()
        self.share = share
        # A buffer, so that each member of a batch can have its own; not persistent, because it is not part of a State.
        self.register_buffer("mask", torch.ones(()), persistent=False)

    def forward(self, x: Tensor) -> Tensor:
        return x * self.mask if self.training else x

    def extra_repr(self) -> str:
        return f"share={self.share}"


def replace_dropout(network: nn.Module) -> nn.Module:
    """Replace torch's dropout, which draws from a global generator, with ours."""
    for name, child in network.named_children():
        if type(child) is nn.Dropout:
            setattr(network, name, MaskedDropout(child.p))
        else:
            replace_dropout(child)
    return network


def masked_layers(network: nn.Module, in_features: int) -> list[tuple[str, float, tuple[int, ...]]]:
    """Name, fraction and shape of each dropout with a fraction above 0, in the order of a forward pass."""
    named = {module: name for name, module in network.named_modules() if isinstance(module, MaskedDropout)}
    if not any(module.share > 0 for module in named):
        return []
    met: list[tuple[str, float, tuple[int, ...]]] = []
    hooks = [
        module.register_forward_hook(
            lambda module, inputs, output: met.append((named[module], module.share, tuple(output.shape[1:])))
        )
        for module in named
    ]
    parameter = next(network.parameters())
    training = network.training
    with torch.no_grad():
        network.eval()(torch.zeros(1, in_features, dtype=parameter.dtype, device=parameter.device))
    network.train(training)
    for hook in hooks:
        hook.remove()
    return [place for place in met if place[1] > 0]


def put(network: nn.Module, names: Sequence[str], masks: Sequence[Tensor]) -> None:
    """Set the masks of one step in the layers with these names."""
    for name, mask in zip(names, masks, strict=True):
        network.get_submodule(name).mask = mask


class StepMasks:
    """Sets the masks of a task in a network, step by step."""

    def __init__(self, network: nn.Module, task: Task) -> None:
        self.network, self.task = network, task
        places = masked_layers(network, task.in_features)
        self.names = [name for name, _, _ in places]
        self.places = [(share, shape) for _, share, shape in places]
        self.steps: Iterator[Masks] = iter(())

    def begin(self, epoch: int) -> None:
        """Draw the masks of an epoch."""
        if self.places:
            self.steps = iter(masks_of(self.task, epoch, self.places))

    def put_next(self) -> None:
        """Set the masks of the next step."""
        if self.places:
            where = next(self.network.parameters()).device
            put(self.network, self.names, [torch.from_numpy(mask).to(where) for mask in next(self.steps)])

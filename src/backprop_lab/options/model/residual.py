"""Residual layers, h <- h + activation(W h + b): gradients pass unhindered through a deep network."""

from typing import TYPE_CHECKING

from backprop_lab.options.discovery import option_of
from backprop_lab.options.rules import whole

if TYPE_CHECKING:
    from torch import nn

ALSO_CALLED = ("resnet",)
KNOBS = {
    "width": whole("units per layer", 1, 4096),
    "blocks": whole("number of residual layers", 1, 32),
    "activation": option_of("activation", "activation between the layers"),
}


def build(in_features: int, outputs: int, *, width: int, blocks: int, activation: str) -> "nn.Module":
    import torch
    from torch import nn

    from backprop_lab.options.torch_formula import activation as on_torch

    class Residual(nn.Module):
        def __init__(self) -> None:
            super().__init__()
            self.first = nn.Linear(in_features, width)
            self.blocks = nn.ModuleList(nn.Linear(width, width) for _ in range(blocks))
            self.last = nn.Linear(width, outputs)
            self.activation = on_torch(activation)

        def forward(self, x: torch.Tensor) -> torch.Tensor:
            h = self.activation(self.first(x))
            for block in self.blocks:
                h = h + self.activation(block(h))
            z: torch.Tensor = self.last(h)
            return z.squeeze(-1) if outputs == 1 else z

    return Residual()

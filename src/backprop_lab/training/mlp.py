"""A sequential network as an ``nn.Module``."""

from collections.abc import Sequence

import torch
from torch import nn

from backprop_lab.options.model import Layer
from backprop_lab.options.torch_formula import activation
from backprop_lab.training.masked import MaskedDropout


class MLP(nn.Module):
    """Maps points [B, inputs of the first layer] to outputs [B], or [B, units] if the last layer has several units."""

    def __init__(self, layers: Sequence[Layer]) -> None:
        super().__init__()
        self.layers = nn.ModuleList(nn.Linear(layer.inputs, layer.units, bias=layer.has_bias) for layer in layers)
        self.has_one_output = layers[-1].units == 1
        self.activations = [activation(layer.activation) for layer in layers[:-1]]
        dropouts = {str(i): MaskedDropout(layer.dropout) for i, layer in enumerate(layers[:-1]) if layer.dropout}
        self.dropouts = nn.ModuleDict(dropouts) if dropouts else None

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        *hidden, last = self.layers
        for i, (layer, activate) in enumerate(zip(hidden, self.activations, strict=True)):
            x = activate(layer(x))
            if self.dropouts is not None and str(i) in self.dropouts:
                x = self.dropouts[str(i)](x)
        z: torch.Tensor = last(x)
        return z.squeeze(-1) if self.has_one_output else z

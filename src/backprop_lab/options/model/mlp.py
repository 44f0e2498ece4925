"""The multi-layer perceptron."""

import itertools
from collections.abc import Callable

import torch
from torch import Tensor, nn


def identity(x: Tensor) -> Tensor:
    return x


ACTIVATIONS: dict[str, Callable[[Tensor], Tensor]] = {
    "relu": torch.relu,
    "tanh": torch.tanh,
    "sigmoid": torch.sigmoid,
    "identity": identity,
}


class MLP(nn.Module):
    """Linear layers with an activation between them; the last one gives a single output."""

    def __init__(self, in_features: int, *, hidden: int | list[int], activation: str, bias: bool) -> None:
        super().__init__()
        widths = [in_features, *(hidden if isinstance(hidden, list) else [hidden]), 1]
        self.layers = nn.ModuleList(
            nn.Linear(fan_in, fan_out, bias=bias) for fan_in, fan_out in itertools.pairwise(widths)
        )
        self.activation = ACTIVATIONS[activation]

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        *hidden, last = self.layers
        for layer in hidden:
            x = self.activation(layer(x))
        return last(x).squeeze(-1)


build = MLP

"""One linear layer: what it cannot learn is as instructive as what it can."""

import torch
from torch import nn


class SingleLayer(nn.Module):
    """output = w . x + b: the decision boundary is a straight line."""

    def __init__(self, in_features: int, *, bias: bool) -> None:
        super().__init__()
        self.layers = nn.ModuleList([nn.Linear(in_features, 1, bias=bias)])

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        return self.layers[0](x).squeeze(-1)


build = SingleLayer

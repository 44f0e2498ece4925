"""What is minimized: functions of a network's outputs and the targets, both of shape [batch].

For classes the outputs are logits and the targets 0 or 1; for a regression both are values.
"""

from collections.abc import Callable
from typing import TypeAlias

import torch
import torch.nn.functional as F
from torch import Tensor

Loss: TypeAlias = Callable[[Tensor, Tensor], Tensor]


def load(name: str, task: str) -> Loss:
    """The loss ``bce`` or ``mse`` for a ``classification`` or a ``regression``."""
    if name == "bce":
        return F.binary_cross_entropy_with_logits
    return F.mse_loss if task == "regression" else mse_of_probabilities


def mse_of_probabilities(logits: Tensor, targets: Tensor) -> Tensor:
    """Mean squared error of sigmoid(logits): the loss of XOR's source text."""
    return F.mse_loss(torch.sigmoid(logits), targets)

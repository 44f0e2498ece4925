"""The best epoch of each member of a chunk."""

import torch
from torch import Tensor

from backprop_lab.sweep.batch.states import States


class Best:
    """Lowest ``val_loss`` so far, its epoch, which is 0 if there is none, and the ``states`` at its end."""

    def __init__(self, states: States, alive: Tensor) -> None:
        self.loss = torch.full_like(alive, torch.inf, dtype=torch.float64)
        self.epoch = torch.zeros_like(alive, dtype=torch.int64)
        self.states = states

    def look_at(self, epoch: int, val_loss: Tensor, alive: Tensor, states: States) -> None:
        """Update the ``alive`` members whose ``val_loss`` [M] is a new minimum."""
        better = alive & (val_loss < self.loss)
        self.loss = torch.where(better, val_loss, self.loss)
        self.epoch = torch.where(better, epoch, self.epoch)
        self.states = states.where(better, self.states)

"""What the steps of one epoch saw, of all members of a chunk."""

import torch
from torch import Tensor

from backprop_lab.training.head import Head


class EpochStats:
    """Losses, outputs and targets, collected without a calculation in the step."""

    def __init__(self) -> None:
        self.losses: list[Tensor] = []
        self.outputs: list[Tensor] = []
        self.targets: list[Tensor] = []

    def add(self, loss: Tensor, outputs: Tensor, targets: Tensor) -> None:
        """Add a step: its mean losses [M], its outputs and targets [M, B]."""
        self.losses.append(loss)
        self.outputs.append(outputs)
        self.targets.append(targets)

    def loss(self) -> Tensor:
        """The mean over the epoch's points, as the steps saw them: [M], float64."""
        losses_SM = torch.stack(self.losses).double()
        points = [targets.shape[1] for targets in self.targets]
        sizes = torch.tensor(points, dtype=torch.float64, device=losses_SM.device)
        return (losses_SM * sizes[:, None]).sum(0) / sizes.sum()

    def metric(self, head: Head) -> Tensor:
        """On the epoch's points, as the steps saw them: [M], float64."""
        metric: Tensor = head.metric_of(torch.cat(self.outputs, dim=1), torch.cat(self.targets, dim=1))
        return metric

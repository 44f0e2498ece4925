"""How good a network is: one set of formulas for every engine, every member of a batch, and ``evaluate``."""

import torch
from torch import Tensor, nn

from backprop_lab.training import losses
from backprop_lab.training import networks as models
from backprop_lab.training.losses import Loss
from backprop_lab.training.task import Points, Row, State, Task


def qualities(kind: str, outputs: Tensor, targets: Tensor) -> Tensor:
    """The share of right classes; for a regression R^2, 1 - sum (y - f)^2 / sum (y - mean y)^2. Over the last axis.

    Targets that are all equal leave R^2 undefined; it is then 1 for exact answers and 0 otherwise, as scikit-learn has
    it.
    """
    if kind == "classification":
        return ((outputs > 0) == (targets > 0.5)).double().mean(-1)
    targets, outputs = targets.double(), outputs.double()
    residual = (targets - outputs).square().sum(-1)
    spread = (targets - targets.mean(-1, keepdim=True)).square().sum(-1)
    are_equal = (targets == targets[..., :1]).all(-1)  # their mean is rounded, so they may differ from it
    return torch.where(are_equal, (residual == 0).double(), 1.0 - residual / spread)


def quality(kind: str, outputs: Tensor, targets: Tensor) -> float:
    """The same for one network: outputs and targets of shape [n]."""
    return qualities(kind, outputs, targets).item()


@torch.no_grad()
def measure(network: nn.Module, loss: Loss, task: Task, x: Tensor, y: Tensor, prefix: str = "val") -> Row:
    """Loss and quality on all points at once, as ``val_loss`` and ``val_acc`` or ``val_r2``."""
    outputs = network(x)
    return {
        f"{prefix}_loss": loss(outputs, y).item(),
        f"{prefix}_{task.quality}": quality(task.kind, outputs, y),
    }


class Seen:
    """What the steps of one epoch saw, collected without a calculation in the step."""

    def __init__(self) -> None:
        self.losses: list[Tensor] = []
        self.outputs: list[Tensor] = []
        self.targets: list[Tensor] = []

    def add(self, loss: Tensor, outputs: Tensor, targets: Tensor) -> None:
        self.losses.append(loss.detach())
        self.outputs.append(outputs.detach())
        self.targets.append(targets)

    def loss(self) -> float:
        """Mean over the epoch's points: the steps' mean losses weighted by their numbers of points."""
        if len(self.losses) == 1:
            return self.losses[0].item()
        sizes = torch.tensor([len(targets) for targets in self.targets], dtype=torch.float64)
        losses = torch.stack(self.losses).double().cpu()
        return ((losses * sizes).sum() / sizes.sum()).item()

    def row(self, task: Task) -> Row:
        """``train_loss`` and ``train_acc`` or ``train_r2``."""
        outputs, targets = torch.cat(self.outputs), torch.cat(self.targets)
        return {"train_loss": self.loss(), f"train_{task.quality}": quality(task.kind, outputs, targets)}


def network_of(task: Task, state: State) -> nn.Module:
    """The network of ``task`` with the weights of ``state``, on the CPU."""
    network = models.build(task.model.name, task.in_features, task.model.knobs)
    network.to(getattr(torch, str(task.dtype)))
    network.load_state_dict({name: torch.from_numpy(weight.copy()) for name, weight in state.weights.items()})
    return network


def final_metrics(task: Task, state: State, points: Points) -> Row:
    """The ``val_`` metrics that a run's receipt holds. The same points and weights give the same bits again."""
    x, y = torch.from_numpy(points.x), torch.from_numpy(points.y)
    return measure(network_of(task, state), losses.load(task.loss, task.kind), task, x, y)


def predict(task: Task, state: State, x: Tensor) -> Tensor:
    """Answers for points ``x`` [n, features]: probabilities of class 1, or values; of shape [n]."""
    with torch.no_grad():
        outputs: Tensor = network_of(task, state)(x)
    return outputs if task.kind == "regression" else torch.sigmoid(outputs)

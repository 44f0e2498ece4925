"""Tasks and films that the tests of the report share."""

import pytest
import torch
from torch import nn

from backprop_lab import engines
from backprop_lab.training import networks as models
from backprop_lab.training.task import State, Task, build_task, points_of
from backprop_lab.training.tensors import first_state
from conftest import configured


def task_of(*overrides: str) -> Task:
    config = configured(*overrides)
    return build_task(config, *points_of(config))


def film_of(task: Task) -> list[State]:
    """The State before any step and at the end of each epoch."""
    frames = [first_state(task)]
    engines.load("module")(task, frames[0], lambda moment: frames.append(moment.state))
    return frames


class Gate(nn.Module):
    """x1 times a gate of x2: a model of a user's own, and no list of linear layers."""

    def __init__(self, in_features: int) -> None:
        super().__init__()
        self.scale = nn.Parameter(torch.ones(1))
        self.gate = nn.Linear(in_features, 1)

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        return self.scale * x[:, 0] * torch.sigmoid(self.gate(x)).squeeze(-1)


def gated_film(monkeypatch: pytest.MonkeyPatch) -> tuple[Task, list[State]]:
    """A task with the model above, and its frames."""
    monkeypatch.setattr(models, "build", lambda name, in_features, knobs: Gate(in_features))
    task = task_of("dataset=xor", "epochs=3")
    return task, film_of(task)

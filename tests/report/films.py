"""Tasks and films that the tests of the report share."""

import contextlib
import time
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

from backprop_lab import engines
from backprop_lab.config.types import Choice
from backprop_lab.experiment import experiment
from backprop_lab.options import discovery
from backprop_lab.report.run import page as run_page
from backprop_lab.runs.run import Run
from backprop_lab.training.epoch_end import EpochEnd
from backprop_lab.training.first_state import first_state
from backprop_lab.training.split import points_of
from backprop_lab.training.state import State
from backprop_lab.training.task import Task, build_task
from conftest import Silent, configured


def task_of(*overrides: str) -> Task:
    config = configured(*overrides)
    return build_task(config, *points_of(config))


def film_of(task: Task, engine: str = "module") -> list[State]:
    """The State before any step and at the end of each epoch, as far as these are finite."""
    frames = [first_state(task)]

    def watch(end: EpochEnd) -> None:
        if end.state.is_finite():
            frames.append(end.state)

    engines.load(Choice("engine", engine, {}))(task, frames[0], watch)
    return frames


def run_with_page(folder: Path, *overrides: str) -> Run:
    """A run that was carried out in ``folder``, with frames and page and nothing else."""
    run, typed = Run(folder), [*overrides, "engine=module", "logger=none", "callbacks=[frames]"]
    experiment.train(configured(*typed), run, typed, Silent(), keep_points=True, began=time.monotonic())
    run_page.write(run)
    return run


# An optimizer without words of its own, and without a learning rate by that name.
SIGN = """
from backprop_lab.options.arithmetic import below
from backprop_lab.options.rules import ABOVE_0, real

KNOBS = {"pace": real("how far each step goes", ABOVE_0)}

def coefficients(step, pace):
    return (pace,)

def update(weight, gradient, pace):
    return weight - pace * (below(0.0, gradient, 1.0, 0.0) - below(gradient, 0.0, 1.0, 0.0))
"""

GATE = """
import torch
from torch import nn

class Gate(nn.Module):
    def __init__(self, in_features):
        super().__init__()
        self.scale = nn.Parameter(torch.ones(1))
        self.gate = nn.Linear(in_features, 1)

    def forward(self, x):
        return self.scale * x[:, 0] * torch.sigmoid(self.gate(x)).squeeze(-1)

def build(in_features, outputs):
    return Gate(in_features)
"""


@contextlib.contextmanager
def own_option(folder: Path, group: str, name: str, source: str, **knobs: Any) -> Iterator[None]:
    """Inside, there is an option of one's own with these defaults, as ``--config-dir`` finds it."""
    (folder / group).mkdir(parents=True)
    (folder / group / f"{name}.py").write_text(source, encoding="utf-8")
    defaults = "".join(f"{key}: {value}\n" for key, value in {"name": name, **knobs}.items())
    (folder / group / f"{name}.yaml").write_text(defaults, encoding="utf-8")
    with forgotten_afterwards():
        discovery.use(folder)
        yield


@contextlib.contextmanager
def forgotten_afterwards() -> Iterator[None]:
    """Options of one's own that are found inside are not found behind it."""
    before = discovery.own_folders()
    try:
        yield
    finally:
        for folder in set(discovery.own_folders()) - set(before):
            discovery.forget(folder)


def with_option(task: Task, group: str, name: str, **knobs: Any) -> Task:
    """The task with another option of a group."""
    changes: dict[str, Any] = {group: Choice(group, name, knobs)}
    return replace(task, **changes)


@contextlib.contextmanager
def gated_film(folder: Path) -> Iterator[tuple[Task, list[State]]]:
    """x1 times a gate of x2, a model of a user's own and no list of linear layers: a task with it, and its frames."""
    with own_option(folder, "model", "gate", GATE):
        task = with_option(task_of("dataset=xor", "epochs=3"), "model", "gate", init="default")
        yield task, film_of(task)

"""Trains in one line, with the arguments of ``python -m train``; returns every recorded epoch, writes no folder."""

import contextlib
from dataclasses import dataclass

import numpy as np
import torch
from hydra import compose, initialize_config_dir

from backprop_lab import engines
from backprop_lab.callbacks.base import Callback
from backprop_lab.callbacks.watch import Stop, Watcher
from backprop_lab.config.check import check
from backprop_lab.config.types import Config
from backprop_lab.options.discovery import CONFIGS
from backprop_lab.training import evaluation
from backprop_lab.training.epoch_end import EpochEnd, Row
from backprop_lab.training.first_state import first_state
from backprop_lab.training.outcome import Stopped
from backprop_lab.training.split import points_of
from backprop_lab.training.state import State
from backprop_lab.training.task import Task, build_task
from hydra_plugins.lab.interpolation import resolved


@dataclass(frozen=True)
class Training:
    """The result of a training. ``states`` holds the initial state, then one for each of the ``rows``."""

    task: Task
    states: list[State]
    rows: list[Row]

    @property
    def epochs(self) -> list[int]:
        """The epoch of each row."""
        return [state.epoch for state in self.states[1:]]

    @property
    def state(self) -> State:
        """The final state."""
        return self.states[-1]

    def column(self, metric: str) -> list[float]:
        """One metric, such as ``val_loss``, of each row."""
        return [row[metric] for row in self.rows]

    def predict(self, x: np.ndarray, state: State | None = None) -> np.ndarray:
        """Probabilities of class 1, margins, or values [n] for points x [n, features]. Default: the last state."""
        return evaluation.predict(self.task, state or self.state, np.asarray(x, dtype=self.task.dtype))


class Recorder(Callback):
    def __init__(self) -> None:
        self.states: list[State] = []
        self.rows: list[Row] = []

    def on_epoch_end(self, end: EpochEnd) -> None:
        if end.row is not None:
            self.states.append(end.state)
            self.rows.append(end.row)


def train(*overrides: str) -> Training:
    """Train as ``python -m train`` would with these overrides, with the same numbers.

    Raises ``ConfigError`` for a wrong key or value, and ``Diverged``.
    """
    config = configured(*overrides)
    task = build_task(config, *points_of(config))
    start, recorder = first_state(task), Recorder()
    watch = Watcher(start, [recorder], Stop(task.stop), task.epochs)
    with contextlib.suppress(Stopped):  # stop= ends a training early; its last epoch has been recorded
        engines.load(config.engine)(task, start, watch)
    return Training(task, [start, *recorder.states], recorder.rows)


def task_of(*overrides: str) -> Task:
    """The task of a training: points, network, loss, optimizer, and the order of the points."""
    config = configured(*overrides)
    return build_task(config, *points_of(config))


def configured(*overrides: str) -> Config:
    """The configuration of a command line."""
    torch.set_num_threads(1)  # steps this small are slower on several threads
    with initialize_config_dir(str(CONFIGS), version_base="1.3"):
        return check(resolved(compose("train", list(overrides))))

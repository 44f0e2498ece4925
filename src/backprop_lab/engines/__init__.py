"""How a training is computed: one file for each rung of the ladder, named as in ``engine=``, with a ``fit``."""

import importlib

from backprop_lab.training.task import Fit, State, Task


def expected_seconds(name: str, task: Task, start: State) -> float | None:
    """How long a fit will take, from an engine slow enough to say so; None from the others."""
    estimate = getattr(importlib.import_module(f"{__name__}.{name}"), "estimate", None)
    return None if estimate is None else float(estimate(task, start))


def load(name: str) -> Fit:
    fit: Fit = importlib.import_module(f"{__name__}.{name}").fit
    return fit

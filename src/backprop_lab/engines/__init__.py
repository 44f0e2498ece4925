"""The engines: one module per rung of the ladder, named as in ``engine=``, with a ``fit``."""

import importlib
from types import ModuleType

from backprop_lab.config.types import Choice, Config
from backprop_lab.training.state import State
from backprop_lab.training.task import Fit, Task


def expected_seconds(engine: Choice, task: Task, start: State) -> float | None:
    """The estimated duration of a fit, if the engine is slow enough to provide one; else None."""
    estimate = getattr(_module(engine), "estimate", None)
    return None if estimate is None else float(estimate(task, start))


def require(config: Config) -> None:
    """Raise ``ConfigError`` if the configured engine cannot train this here."""
    check = getattr(_module(config.engine), "require", None)
    if check is not None:
        check(config)


def load(engine: Choice) -> Fit:
    fit: Fit = _module(engine).fit
    return fit


def _module(engine: Choice) -> ModuleType:
    """A custom engine is in its option's module; the built-in ones are in this package."""
    return engine.option if hasattr(engine.option, "fit") else importlib.import_module(f"{__name__}.{engine.name}")

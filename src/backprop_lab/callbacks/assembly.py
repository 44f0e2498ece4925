"""Builds the callbacks that a configuration chooses."""

import importlib
from typing import TYPE_CHECKING

from backprop_lab.callbacks.base import Callback, Context
from backprop_lab.config.types import Config
from backprop_lab.options import discovery
from backprop_lab.runs.run import Run

if TYPE_CHECKING:
    from backprop_lab.training.task import Task


def chosen(config: Config, task: "Task", run: Run, *, in_batch: bool = False) -> list[Callback]:
    """The callbacks of ``callbacks=`` and the loggers of ``logger=``, in the order in which they are called.

    The jobs of a batched sweep draw figures and write events only if ``figures`` and ``events`` are true. Loggers come
    last, so that they close after receiving the pictures of the others.
    """
    loggers = _loggers(config, task, run) if _wanted(config.events, in_batch) else []
    context = Context(config, task, run, loggers)
    callbacks = []
    for name, knobs in config.callbacks.items():
        option = discovery.module("callbacks", name)
        if _wanted(config.figures, in_batch) or not getattr(option, "DRAWS", False):
            callbacks.append(option.build(context, **knobs))
    return [*callbacks, *loggers]


def _wanted(value: bool | str, in_batch: bool) -> bool:
    return not in_batch if value == "auto" else value is True


def _loggers(config: Config, task: "Task", run: Run) -> list[Callback]:
    made: list[Callback] = []
    for name, knobs in config.loggers.items():
        option = discovery.module("logger", name)
        if getattr(option, "IS_NOBODY", False):
            continue
        if hasattr(option, "build"):
            from backprop_lab.callbacks.lightning_logger import LightningLogger

            logger = option.build(run.files.folder_for_others(name), **knobs)
            made.append(LightningLogger(logger, config, run, getattr(option, "REWRITES", False)))
        else:  # a callback of this project
            made.append(importlib.import_module(f"{__package__}.{name}").build(Context(config, task, run), **knobs))
    return made

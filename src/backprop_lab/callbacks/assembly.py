"""Builds the callbacks that a configuration chooses."""

import importlib
from collections.abc import Callable, Mapping
from functools import partial
from typing import TYPE_CHECKING, Any

from backprop_lab.callbacks.base import Callback, Context
from backprop_lab.callbacks.several import Several
from backprop_lab.config.types import Config
from backprop_lab.options import discovery
from backprop_lab.runs.run import Run

if TYPE_CHECKING:
    from backprop_lab.training.task import Task


def chosen(
    config: Config,
    task: "Task",
    run: Run,
    failed: Callable[[str, BaseException], None],
    *,
    in_batch: bool = False,
) -> list[Several]:
    """The callbacks of ``callbacks=`` and the loggers of ``logger=``, in the order in which they are called.

    One that fails is left out; ``failed`` gets its name and the exception. The jobs of a batched sweep draw figures and
    write events only if ``figures`` and ``events`` are true. Loggers come last, so that they close after receiving the
    pictures of the others.
    """
    callbacks, loggers = Several(failed), Several(failed)
    if _wanted(config.events, in_batch):
        for name, knobs in config.loggers.items():
            if not getattr(discovery.module("logger", name), "IS_NOBODY", False):
                loggers.add(f"logger.{name}", partial(_logger, name, Context(config, task, run), knobs))
    context = Context(config, task, run, [loggers])
    for name, knobs in config.callbacks.items():
        option = discovery.module("callbacks", name)
        if _wanted(config.figures, in_batch) or not getattr(option, "DRAWS", False):
            callbacks.add(f"callbacks.{name}", partial(option.build, context, **knobs))
    return [callbacks, loggers]


def _wanted(value: bool | str, in_batch: bool) -> bool:
    return not in_batch if value == "auto" else value is True


def _logger(name: str, context: Context, knobs: Mapping[str, Any]) -> Callback:
    option = discovery.module("logger", name)
    if not hasattr(option, "build"):  # a callback of this project
        callback: Callback = importlib.import_module(f"{__package__}.{name}").build(context, **knobs)
        return callback
    from backprop_lab.callbacks.lightning_logger import LightningLogger

    logger = option.build(context.run.files.folder_for_others(name), **knobs)
    return LightningLogger(logger, context.config, context.run, getattr(option, "REWRITES", False))

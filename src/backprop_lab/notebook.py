"""``train("dataset=moons", "model.hidden=16")``: ``python -m train`` from Python, for example in a notebook."""

import time
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from hydra.errors import HydraException
from omegaconf.errors import OmegaConfBaseException

from backprop_lab.config import own_options
from backprop_lab.config.check import check
from backprop_lab.config.errors import ConfigError
from backprop_lab.config.types import Config
from backprop_lab.experiment import experiment
from backprop_lab.experiment.console import RunConsole
from backprop_lab.experiment.paths import short
from backprop_lab.experiment.printing import say
from backprop_lab.report.run.after import page_of_run
from backprop_lab.runs.run import Run
from backprop_lab.training.interruption import Interrupted
from hydra_plugins.lab.composition import compose_alone
from hydra_plugins.lab.hydras_errors import explained
from hydra_plugins.lab.messages import look_ahead


def train(*overrides: str, config_dir: str | Path | None = None) -> Run:
    """Train with ``overrides``, as on the command line, and return the run, whatever its outcome.

    ``config_dir`` is a folder with custom options, read anew each time. Raises ``ConfigError`` with the message of the
    command line for invalid input, and ``KeyboardInterrupt`` once an interrupted run is safe on disk.
    """
    began = time.monotonic()
    config, folder = _composed(overrides, config_dir)
    run = Run(folder)
    try:
        experiment.train(config, run, list(overrides), RunConsole(), keep_points=True, began=began)
    except Interrupted:
        raise KeyboardInterrupt from None
    if config.report and (page := page_of_run(run)):
        say(short(page))
    return run


def compose(*overrides: str, config_dir: str | Path | None = None) -> dict[str, Any]:
    """The whole configuration that ``overrides`` make, as plain data, and nothing trained; raises as ``train`` does."""
    config, _ = _composed(overrides, config_dir)
    return dict(config.plain)


def _composed(overrides: Sequence[str], config_dir: str | Path | None) -> tuple[Config, str]:
    """The checked configuration, and the folder that a run of it gets."""
    if config_dir is not None:
        own_options.use_anew(str(config_dir))
    try:
        look_ahead(overrides)
        composed, folder = compose_alone(overrides)
        return check(composed), folder
    except ConfigError:
        raise
    except (HydraException, OmegaConfBaseException, ValueError) as wrong:
        raise ConfigError.saying(explained(wrong, overrides)) from None

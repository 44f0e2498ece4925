"""``train("dataset=moons", "model.hidden=16")``: ``python -m train`` from Python, for example in a notebook."""

import itertools
import time
from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path
from typing import Any

from hydra.errors import HydraException
from omegaconf.errors import OmegaConfBaseException

from backprop_lab.config import own_options
from backprop_lab.config.check import check
from backprop_lab.config.configs import Configs
from backprop_lab.config.errors import ConfigError
from backprop_lab.config.types import Config
from backprop_lab.experiment import experiment
from backprop_lab.experiment.console import RunConsole
from backprop_lab.experiment.paths import short
from backprop_lab.experiment.printing import say
from backprop_lab.options.rules import shown
from backprop_lab.report.run.after import page_of_run
from backprop_lab.report.sweep.conclusion import conclude
from backprop_lab.runs.run import Run
from backprop_lab.sweep import storage as storage_of_sweeps
from backprop_lab.sweep.folder import Sweep
from backprop_lab.sweep.jobs import carry_out as carry_out_alone
from backprop_lab.sweep.places import place
from backprop_lab.sweep.places.carry_out import carry_out
from backprop_lab.sweep.places.order import Assignments
from backprop_lab.training.interruption import Interrupted
from hydra_plugins.lab.composition import compose_alone, compose_many
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


def train_many(
    *given: str | Mapping[str, Iterable[Any]],
    folder: str | Path | None = None,
    config_dir: str | Path | None = None,
    where: str = "local",
    storage: str = "auto",
    **knobs: Any,
) -> Sweep:
    """Train every combination of the values of some keys, together as far as that is possible; returns the sweep.

    ``given`` are overrides, which all jobs have in common, and mappings of keys to their values:
    ``train_many("dataset=moons", {"optimizer.lr": [0.03, 0.1], "seed": range(50)})``. The sweep gets a new ``folder``
    below ``outputs/`` unless one is named. ``where``, ``storage`` and the ``knobs`` of the place are the keys of
    ``hydra.launcher`` with the batched launcher. Raises as ``train``.
    """
    overrides = [one for one in given if isinstance(one, str)]
    swept = {key: [*values] for one in given if not isinstance(one, str) for key, values in one.items()}
    for key, values in swept.items():
        if not values:
            raise ConfigError(key, "no values", "at least one")
    typed = [[f"{key}={shown(value)}" for value in values] for key, values in swept.items()]
    jobs = [[*overrides, *values] for values in itertools.product(*typed)]
    asked = dict.fromkeys(place.all_keys()) | knobs
    place.check(where, asked)
    storage_of_sweeps.check(storage)
    configs, chosen = _many_composed(jobs, [*overrides, *(of_key[0] for of_key in typed)], config_dir)
    sweep = Sweep(chosen if folder is None else folder)
    is_packed = storage_of_sweeps.is_packed(storage, configs)
    at = place.place_at(where, asked)
    try:
        with sweep.locked():
            sweep.begin(configs, jobs, is_batched=True, is_packed=is_packed)
            try:
                assigned = Assignments(configs, dict(enumerate(jobs)), range(len(jobs)))
                for number in carry_out(sweep, assigned, at):
                    carry_out_alone(configs[number].plain, sweep.run(number), jobs[number])
            finally:
                conclude(sweep)
    except Interrupted:
        raise KeyboardInterrupt from None
    return sweep


def _many_composed(
    jobs: Sequence[list[str]], first: Sequence[str], config_dir: str | Path | None
) -> tuple[Configs, str]:
    """The checked configurations of jobs, and the folder that Hydra would choose for their sweep."""
    if config_dir is not None:
        own_options.use_anew(str(config_dir))
    try:
        look_ahead(first)
        composer, folder = compose_many(first)
        return Configs(map(composer.compose, jobs)), folder
    except ConfigError:
        raise
    except (HydraException, OmegaConfBaseException, ValueError) as wrong:
        raise ConfigError.saying(explained(wrong, first)) from None


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

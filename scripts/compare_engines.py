"""Compares the engines step by step: ``python scripts/compare_engines.py dataset=xor``.

Takes the keys of ``python -m train``, and ``steps=200``. Trains that many steps on every engine that supports the
configuration, in float64 unless ``precision=32`` is given. Prints the loss at chosen steps, and how far the weights are
from those of the first engine. Each step counts as an epoch, also for schedules and dropout, so that every engine
reports it.
"""

import sys
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from hydra import compose, initialize_config_dir
from hydra.errors import HydraException
from omegaconf.errors import OmegaConfBaseException

from backprop_lab import engines
from backprop_lab.config import own_options
from backprop_lab.config.check import check
from backprop_lab.config.errors import ConfigError
from backprop_lab.config.keys import RULES
from backprop_lab.config.types import Config
from backprop_lab.experiment.console import aligned
from backprop_lab.experiment.printing import error, say
from backprop_lab.options.discovery import CONFIGS, OptionError, own_folders
from backprop_lab.options.engine import ladder
from backprop_lab.options.plain_yaml import typed_value
from backprop_lab.training import devices
from backprop_lab.training.epoch_end import EpochEnd
from backprop_lab.training.first_state import first_state
from backprop_lab.training.split import points_of
from backprop_lab.training.state import State
from backprop_lab.training.task import Task, build_task
from hydra_plugins.lab.hydras_errors import explained
from hydra_plugins.lab.interpolation import resolved

SMALL = ("dataset.n_samples=200", "precision=64")
SHOWN = (1, 2, 3, 5, 10, 20, 50, 100, 200, 500, 1000)


@dataclass(frozen=True)
class StepByStep(Task):
    """The same training with every step as an epoch of its own, so that each step is reported."""

    def batches(self, epoch: int) -> list[np.ndarray]:
        return [self.order(epoch)]

    def order(self, epoch: int) -> np.ndarray:
        number, step = divmod(epoch - 1, super().steps_per_epoch)
        first = step * self.batch_size
        return super().order(number + 1)[first : first + self.batch_size]

    @property
    def steps_per_epoch(self) -> int:
        return 1


@dataclass(frozen=True)
class Step:
    loss: float
    state: State


def comparison(overrides: list[str], steps: int) -> list[str]:
    """The lines to print. Invalid overrides raise the errors of Hydra and ``check``."""
    configs, left_out = configs_of(overrides, steps)
    first = next(iter(configs.values()))
    task = build_task(first, *points_of(first))
    start = first_state(task)
    runs = {name: first_steps(task, config, start) for name, config in configs.items()}
    return [*table(runs), f"{summary(runs)}, {task.dtype}", *left_out]


def configs_of(overrides: list[str], steps: int) -> tuple[dict[str, Config], list[str]]:
    """The configuration for each engine that takes these overrides, and a line for each that does not."""
    configs: dict[str, Config] = {}
    refused: dict[str, ConfigError] = {}
    for name in ladder():
        try:
            config = check(composed([*overrides, f"engine={name}", f"epochs={steps}"]))
            devices.require(config)
        except ConfigError as wrong:
            refused[name] = wrong
        else:
            configs[name] = config
    if not configs:
        raise next(iter(refused.values()))
    return configs, [f"{name} is left out: {wrong}" for name, wrong in refused.items()]


def composed(overrides: list[str]) -> dict[str, object]:
    """The composed configuration, small and in float64 unless the overrides say otherwise."""
    given = {override.partition("=")[0] for override in overrides}
    folders = ",".join(f"'{folder}'" for folder in own_folders())
    with initialize_config_dir(str(CONFIGS), version_base="1.3"):
        overrides = [*overrides, f"hydra.searchpath=[{folders}]"]
        as_given = resolved(compose("train", overrides))
        small = [override for override in SMALL if override.partition("=")[0] not in given]
        if as_given["dataset"]["n_samples"] is None:  # the data set has its own points
            small = [override for override in small if not override.startswith("dataset.")]
        return resolved(compose("train", [*overrides, *small]))


def first_steps(task: Task, config: Config, start: State) -> list[Step]:
    reported: list[Step] = []

    def watch(end: EpochEnd) -> None:
        reported.append(Step(end.loss, end.state))

    fields = {name: getattr(task, name) for name in Task.__dataclass_fields__}
    every_step = StepByStep(**(fields | {"log_every_n_epochs": task.epochs}))
    engines.load(config.engine)(every_step, start, watch)
    return reported


def table(runs: dict[str, list[Step]]) -> list[str]:
    first, *others = runs
    steps = len(runs[first])
    head = ["step", *(f"loss {name}" for name in runs), *(f"dw {name}" for name in others)]
    lines = []
    for i in sorted({*(step for step in SHOWN if step < steps), steps}):
        losses = [f"{run[i - 1].loss:.10f}" for run in runs.values()]
        distances = [f"{distance(runs[name][i - 1], runs[first][i - 1]):.1e}" for name in others]
        lines.append([str(i), *losses, *distances])
    return aligned([head, *lines])


def summary(runs: dict[str, list[Step]]) -> str:
    first = next(iter(runs.values()))
    largest = max(distance(step, other) for run in runs.values() for step, other in zip(run, first, strict=True))
    return f"largest difference over {len(first):,} steps: {largest:.1e}"


def distance(step: Step, other: Step) -> float:
    """The largest absolute difference of any weight."""
    return max(float(np.abs(w - other.state.weights[name]).max()) for name, w in step.state.weights.items())


def split(arguments: Sequence[str]) -> tuple[list[str], int]:
    """The overrides and the number of steps. Raises ``ConfigError`` for arguments that make no sense here."""
    overrides, steps = [], 200
    for argument in arguments:
        key, _, text = argument.partition("=")
        if key == "steps":
            steps = typed_value(text)
            if not RULES["epochs"].accepts(steps):
                raise ConfigError("steps", text or "nothing", RULES["epochs"].allowed)
        elif key == "engine":
            raise ConfigError("engine", text, "nothing, because every engine is compared")
        elif key == "epochs":
            raise ConfigError("epochs", text, "nothing; steps= says how far the training goes")
        elif argument.startswith("-"):
            raise ConfigError(argument, "a flag", "--config-dir=FOLDER, steps=NUMBER and the keys of python -m train")
        else:
            overrides.append(argument)
    return overrides, steps


def main() -> int:
    overrides = sys.argv[1:]
    try:
        overrides, steps = split(own_options.use_named(sys.argv[1:]))
        say(*comparison(overrides, steps))
    except (HydraException, OmegaConfBaseException, ConfigError, OptionError) as wrong:
        error(explained(wrong, overrides))
        return 2
    return 0


if __name__ == "__main__":
    sys.exit(main())

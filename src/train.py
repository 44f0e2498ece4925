"""``python -m train``: configuration -> task and initial state -> engine.fit -> a run folder."""

import time

BEGAN = time.monotonic()  # before the imports: the receipt counts the seconds of the whole process

import signal
import sys
from typing import TYPE_CHECKING, Any

import hydra
from hydra.core.hydra_config import HydraConfig
from hydra.errors import HydraException
from hydra.types import RunMode
from omegaconf import DictConfig
from omegaconf.errors import OmegaConfBaseException

from backprop_lab.config import help, own_options
from backprop_lab.config.check import check
from backprop_lab.config.errors import ConfigError
from backprop_lab.config.keys import RULES
from backprop_lab.config.types import Config
from backprop_lab.experiment import garbage
from backprop_lab.experiment.ending import status_of
from backprop_lab.experiment.printing import error, say
from backprop_lab.options.discovery import CONFIGS
from backprop_lab.options.plain_yaml import typed_value
from backprop_lab.runs.status import Status
from backprop_lab.training import interruption
from backprop_lab.training.interruption import Interrupted
from hydra_plugins.lab import full_error
from hydra_plugins.lab.batched_launcher import batchable
from hydra_plugins.lab.composition import plain
from hydra_plugins.lab.messages import explained, in_order, look_ahead

if TYPE_CHECKING:
    from backprop_lab.runs.run import Run

# torch is imported inside the functions that train, so invalid keys are reported without waiting for torch.


@hydra.main(version_base="1.3", config_path=str(CONFIGS), config_name="train")
@batchable
def compute(composed: DictConfig) -> float | None:
    """Train one run, or one job of a multirun, in the folder that Hydra made for it."""
    from backprop_lab.runs.run import Run

    settings = HydraConfig.get()
    for source in settings.runtime.config_sources:  # a job may run in a separate process
        if source.provider == "command-line":
            own_options.use(source.path)
    run, overrides = Run(settings.runtime.output_dir), list(settings.overrides.task)
    with full_error.as_the_user_has_it():
        if settings.mode == RunMode.MULTIRUN:
            from backprop_lab.sweep import jobs

            return jobs.carry_out(plain(composed), run, overrides)
        return _alone(plain(composed), run, overrides)


def _alone(composed: dict[str, Any], run: "Run", overrides: list[str]) -> float:
    """Train a single run; returns the objective that a sweep would minimize."""
    from backprop_lab.experiment import experiment
    from backprop_lab.experiment.console import RunConsole

    try:
        config = check(composed)
        status = experiment.train(config, run, overrides, RunConsole(), keep_points=True, began=BEGAN)
        write_page(config, run)
    except ConfigError as wrong:  # found only once points or network exist; the folder is there already
        run.discard_if_empty()
        error(wrong)
        raise SystemExit(2) from None  # otherwise Hydra adds its own line
    except OSError as problem:  # not even the receipt could be written
        error(problem)
        raise SystemExit(1) from None
    if status is not Status.FINISHED:
        raise SystemExit(1)
    return run.objective


def write_page(config: Config, run: "Run") -> None:
    """Write ``report.html`` for a run that has ended, unless it is switched off, and print its path."""
    from backprop_lab.experiment.console import short
    from backprop_lab.report.run.after import page_of_run

    if config.report and (page := page_of_run(run)):
        say(short(page))


def resume(arguments: list[str]) -> int:
    """Resume the run in ``resume=FOLDER``; returns the exit status.

    Bypasses Hydra, which would compose the current YAML files and overwrite those of the run.
    """
    given = {key: value for key, _, value in (argument.partition("=") for argument in arguments)}
    for key, value in given.items():
        if key not in ("resume", "epochs", "stop"):
            raise ConfigError(key, value or "nothing", "with resume=FOLDER only a higher epochs= and stop=never")
    if not given["resume"]:
        raise ConfigError("resume", "nothing", "a run folder, such as resume=outputs/runs/DATE/TIME")
    changes: dict[str, Any] = {}
    if "epochs" in given:
        changes["epochs"] = typed_value(given["epochs"])
        if not RULES["epochs"].accepts(changes["epochs"]):
            raise ConfigError("epochs", changes["epochs"], RULES["epochs"].allowed)
    if "stop" in given:
        if given["stop"] != "never":
            raise ConfigError("stop", given["stop"], "never with resume=FOLDER")
        changes["stop"] = {"name": "never"}

    from backprop_lab.experiment import experiment
    from backprop_lab.experiment.console import RunConsole, short
    from backprop_lab.runs.run import Run

    run = Run.at(given["resume"])
    if experiment.is_complete(run, changes):
        stopped = run.summary.get("stopped")
        more = "give stop=never" if stopped else "give a higher epochs="
        say(f"{short(run.folder)} is finished; {more} to train it further")
        return 0
    status = experiment.resume(run, changes, RunConsole(), began=BEGAN)
    write_page(run.checked_config(), run)
    return 0 if status is Status.FINISHED else 1


def main() -> None:
    arguments = sys.argv[1:]
    garbage.pause()
    with full_error.let_through() as shows_traceback, interruption.handled():
        try:
            rest = own_options.use_named(arguments)
            if {"--help", "-h"} & set(arguments):
                signal.signal(signal.SIGPIPE, signal.SIG_DFL)  # so that `--help | head` exits silently
                say(*help.text().splitlines())
            elif any(argument.startswith("resume=") for argument in rest):
                sys.exit(resume(rest) if shows_traceback else status_of(lambda: resume(rest)))
            else:
                sys.argv[1:] = in_order(arguments)
                look_ahead(arguments)
                compute()
        except Interrupted as interrupted:
            sys.exit(interrupted.exit_status)
        except (HydraException, OmegaConfBaseException, ValueError) as wrong:
            if shows_traceback:
                raise
            error(explained(wrong, arguments))
            sys.exit(2)
        except OSError as problem:  # the folder is not writable
            if shows_traceback:
                raise
            error(problem)
            sys.exit(1)


if __name__ == "__main__":
    main()

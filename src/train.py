"""``python -m train``: configuration -> task and first state -> engine.fit -> a run folder to look at."""

import time

BEGAN = time.monotonic()  # first of all: a receipt counts the seconds of the whole process

import os
import signal
import sys
from typing import TYPE_CHECKING

import hydra
from hydra.core.hydra_config import HydraConfig
from hydra.errors import HydraException
from hydra.types import RunMode
from omegaconf import DictConfig
from omegaconf.errors import OmegaConfBaseException

from backprop_lab.config import help
from backprop_lab.config.check import CONFIGS, Config, ConfigError, check
from backprop_lab.experiment import garbage
from backprop_lab.options.plain_yaml import typed_value
from backprop_lab.options.rules import RULES
from backprop_lab.training import interruption
from backprop_lab.training.interruption import Interrupted
from hydra_plugins.lab.batched_launcher import batchable
from hydra_plugins.lab.composition import plain
from hydra_plugins.lab.messages import explained, in_order

if TYPE_CHECKING:
    from backprop_lab.runs.run import Run

# torch is imported inside the functions that train: a wrong key is answered in a fraction of the time that takes.


@hydra.main(version_base="1.3", config_path=str(CONFIGS), config_name="train")
@batchable
def compute(composed: DictConfig) -> float | None:
    """One run, or one job of a multirun, in the folder that Hydra has made for it."""
    from backprop_lab.experiment import experiment
    from backprop_lab.experiment.console import RunConsole
    from backprop_lab.runs.run import Run

    settings = HydraConfig.get()
    run, overrides = Run(settings.runtime.output_dir), list(settings.overrides.task)
    if settings.mode == RunMode.MULTIRUN:
        from backprop_lab.sweep import jobs

        return jobs.carry_out(plain(composed), run, overrides)
    try:
        config = check(plain(composed))
        status = experiment.train(config, run, overrides, RunConsole(), keep_points=True, began=BEGAN)
        write_page(config, run)
    except OSError as problem:  # not even the receipt could be written; Hydra would add a line of its own
        print(f"error: {problem}", file=sys.stderr)
        raise SystemExit(1) from None
    if status != "finished":
        raise SystemExit(1)
    return run.objective


def write_page(config: Config, run: "Run") -> None:
    """Write ``report.html`` of a run that has ended, unless it is switched off, and say where it is."""
    from backprop_lab.experiment import experiment
    from backprop_lab.experiment.console import short

    if config.report and (page := experiment.report(run)):
        print(short(page), flush=True)


def resume(arguments: list[str]) -> int:
    """Go on with the run of ``resume=FOLDER``; gives the exit status.

    Hydra has no part in it: it would compose today's YAML files, and write over those of the run.
    """
    given = {key: value for key, _, value in (argument.partition("=") for argument in arguments)}
    for key, value in given.items():
        if key not in ("resume", "epochs"):
            raise ConfigError(key, value or "nothing", "beside resume=FOLDER only a higher epochs=")
    if not given["resume"]:
        raise ConfigError("resume", "nothing", "a run folder, as resume=outputs/runs/DATE/TIME")
    epochs = typed_value(given["epochs"]) if "epochs" in given else None
    if "epochs" in given and not RULES["epochs"].accepts(epochs):
        raise ConfigError("epochs", epochs, RULES["epochs"].allowed)

    from backprop_lab.experiment import experiment
    from backprop_lab.experiment.console import RunConsole, short
    from backprop_lab.runs.run import Run

    run = Run.at(given["resume"])
    if experiment.is_complete(run, epochs):
        print(f"{short(run.folder)} is finished; give a higher epochs= to train it further")
        return 0
    status = experiment.resume(run, epochs, RunConsole(), began=BEGAN)
    write_page(run.checked_config(), run)
    return 0 if status == "finished" else 1


def main() -> None:
    arguments = sys.argv[1:]
    # Hydra prints several lines and exits with 1; told to show everything, it lets its errors through to here.
    shows_traceback = os.environ.get("HYDRA_FULL_ERROR") == "1"
    os.environ["HYDRA_FULL_ERROR"] = "1"
    garbage.pause()
    with interruption.handled():
        try:
            if {"--help", "-h"} & set(arguments):
                signal.signal(signal.SIGPIPE, signal.SIG_DFL)  # so that `--help | head` ends in silence
                print(help.text())
            elif any(argument.startswith("resume=") for argument in arguments):
                sys.exit(resume(arguments))
            else:
                sys.argv[1:] = in_order(arguments)
                compute()
        except Interrupted as interrupted:
            sys.exit(interrupted.exit_status)
        except (HydraException, OmegaConfBaseException, ValueError) as wrong:
            if shows_traceback:
                raise
            print(f"error: {' '.join(explained(wrong, arguments).split())}", file=sys.stderr)
            sys.exit(2)
        except OSError as problem:  # a folder that cannot be written to
            if shows_traceback:
                raise
            print(f"error: {problem}", file=sys.stderr)
            sys.exit(1)


if __name__ == "__main__":
    main()

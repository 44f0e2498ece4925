"""``python -m train``: configuration -> task and initial state -> engine.fit -> a run folder."""

import signal
import time

BEGAN = time.monotonic()  # before the imports: the receipt counts the seconds of the whole process
if __name__ == "__main__" and signal.getsignal(signal.SIGINT) is signal.default_int_handler:
    signal.signal(signal.SIGINT, signal.SIG_DFL)  # Ctrl-C during the imports, and after the work, prints no traceback

import sys
from pathlib import Path
from typing import TYPE_CHECKING, Any

import hydra
import yaml
from hydra.core.hydra_config import HydraConfig
from hydra.errors import HydraException
from hydra.types import RunMode
from omegaconf import DictConfig, OmegaConf
from omegaconf.errors import OmegaConfBaseException

from backprop_lab import __version__
from backprop_lab.config import help, own_options
from backprop_lab.config.check import check
from backprop_lab.config.errors import ConfigError
from backprop_lab.config.keys import RULES
from backprop_lab.config.types import Config
from backprop_lab.experiment import garbage, printing
from backprop_lab.experiment.ending import leave, status_of
from backprop_lab.experiment.paths import seen_from
from backprop_lab.experiment.printing import doing, error, say
from backprop_lab.options.discovery import CONFIGS
from backprop_lab.options.plain_yaml import typed_value
from backprop_lab.runs.status import Status
from backprop_lab.training import interruption
from hydra_plugins.lab import full_error
from hydra_plugins.lab.batched_launcher import batchable
from hydra_plugins.lab.flags import in_order
from hydra_plugins.lab.hydras_errors import explained
from hydra_plugins.lab.interpolation import as_typed, resolved, settled
from hydra_plugins.lab.messages import look_ahead

if TYPE_CHECKING:
    from backprop_lab.runs.run import Run

# torch is imported inside the functions that train, so invalid keys are reported without waiting for torch.


@hydra.main(version_base="1.3", config_path=str(CONFIGS), config_name="train")
@batchable
def compute(composed: DictConfig) -> float | None:
    """Train one run, or one job of a multirun, in the folder that Hydra made for it."""
    with interruption.importing():
        from backprop_lab.runs.run import Run

    settings = HydraConfig.get()
    for source in settings.runtime.config_sources:  # a job may run in a separate process
        if source.provider == "command-line":
            own_options.use(as_typed(source, "path"))
    run = Run(as_typed(settings, "runtime.output_dir"))
    plain = resolved(composed)
    typed: Any = OmegaConf.to_container(settings.overrides.task, resolve=False)
    overrides = settled(typed, plain)
    with full_error.as_the_user_has_it(), seen_from(as_typed(settings, "runtime.cwd")):
        if settings.mode == RunMode.MULTIRUN:
            with interruption.importing():
                from backprop_lab.sweep import jobs

            return jobs.carry_out(plain, run, overrides)
        return _alone(plain, run, overrides)


def _alone(composed: dict[str, Any], run: "Run", overrides: list[str]) -> float:
    """Train a single run; returns the objective that a sweep would minimize."""
    with interruption.importing():
        from backprop_lab.experiment import experiment
        from backprop_lab.experiment.console import RunConsole
        from backprop_lab.runs.errors import RunError

    try:
        config = check(composed)
        status = experiment.train(config, run, overrides, RunConsole(), keep_points=True, began=BEGAN)
        write_page(config, run)
    except ConfigError as wrong:  # found only once points or network exist; the folder is there already
        run.discard_if_empty()
        error(wrong)
        raise SystemExit(2) from None  # otherwise Hydra adds its own line
    except RunError as refused:  # another process has begun there in the meantime
        error(refused)
        raise SystemExit(2) from None
    except OSError as problem:  # not even the receipt could be written
        error(problem)
        raise SystemExit(1) from None
    if status is not Status.FINISHED:
        raise SystemExit(1)
    return run.objective


def write_page(config: Config, run: "Run") -> None:
    """Write ``report.html`` for a run that has ended, unless it is switched off, and print its path."""
    from backprop_lab.experiment.paths import short
    from backprop_lab.report.run.after import page_of_run

    if config.report:
        with doing("writing the page"):
            page = page_of_run(run)
        if page:
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
    from backprop_lab.experiment.console import RunConsole
    from backprop_lab.experiment.paths import short
    from backprop_lab.runs import lock
    from backprop_lab.runs.errors import RunError
    from backprop_lab.runs.files import Files
    from backprop_lab.runs.run import Run

    def refuse_if_in_use(folder: Path) -> None:
        if lock.is_held(Files(folder.absolute().parent)):
            raise RunError(f"{folder}: its sweep is in use by another process, which is training there")

    refuse_if_in_use(Path(given["resume"]))  # a job that waits has no folder yet
    run = Run.at(given["resume"])
    refuse_if_in_use(run.folder)
    if run.missing:
        say(f"{short(run.folder)} lacks {', '.join(run.missing)}: drawing and writing")
        experiment.draw(run)
        write_page(run.checked_config(), run)
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
    printing.begin()
    with full_error.let_through() as shows_traceback:
        status = status_of(
            lambda: _carried_out(arguments, shows_traceback),
            wrong_input=(HydraException, OmegaConfBaseException, ValueError, yaml.YAMLError),
            explained=lambda wrong: explained(wrong, arguments),
            shows_traceback=shows_traceback,
        )
    if status:
        leave(status)


def _carried_out(arguments: list[str], shows_traceback: bool) -> int:
    rest = own_options.use_named(arguments)
    if "--version" in arguments:
        say(f"Backprop Lab {__version__}, Hydra {hydra.__version__}")
    elif {"--help", "-h"} & set(arguments):
        signal.signal(signal.SIGPIPE, signal.SIG_DFL)  # so that `--help | head` exits silently
        say(*help.text().splitlines())
    elif any(argument.startswith("resume=") for argument in rest):
        return status_of(lambda: resume(rest), shows_traceback=shows_traceback)
    else:
        look_ahead(arguments)
        sys.argv[1:] = in_order(arguments)
        compute()
    return 0


if __name__ == "__main__":
    main()

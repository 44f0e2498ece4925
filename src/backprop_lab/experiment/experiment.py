"""One experiment, from a checked configuration to a finished run folder, on any engine."""

import contextlib
import time
import traceback
from collections.abc import Callable
from dataclasses import replace
from datetime import datetime
from typing import IO, Any, NamedTuple

from backprop_lab import engines
from backprop_lab.config.check import check
from backprop_lab.config.errors import ConfigError
from backprop_lab.config.types import Config
from backprop_lab.config.upgrade import FORMAT
from backprop_lab.experiment import fit
from backprop_lab.experiment.console import Console, block
from backprop_lab.experiment.failure import described
from backprop_lab.experiment.left_out import LeftOut
from backprop_lab.experiment.paths import short
from backprop_lab.experiment.printing import error
from backprop_lab.experiment.visible import visible_lines
from backprop_lab.runs.errors import RunError
from backprop_lab.runs.receipt import git_commit, own_options, versions
from backprop_lab.runs.run import Run
from backprop_lab.runs.status import Status
from backprop_lab.training import devices, interruption
from backprop_lab.training.first_state import first_state
from backprop_lab.training.interruption import FAILURES, Interrupted
from backprop_lab.training.points import file_sha256
from backprop_lab.training.split import points_of
from backprop_lab.training.state import State
from backprop_lab.training.task import Task, build_task


class Prepared(NamedTuple):
    """The inputs of a training: the task, and the State before the first step."""

    task: Task
    start: State


def prepare(config: Config) -> Prepared:
    """Draw the points and the initial weights. Raises ``ConfigError`` if they cannot be trained."""
    engines.require(config)
    task = build_task(config, *points_of(config))
    return Prepared(task, first_state(task))


def train(config: Config, run: Run, overrides: list[str], console: Console, keep_points: bool, began: float) -> Status:
    """Train a configuration and write the complete run to a new folder; returns its status.

    The receipt's ``seconds`` count from ``began``, a ``time.monotonic``. A failure sets the status ``failed`` and its
    traceback goes to train.log. Raises ``ConfigError``, before anything is written, for points or a network that
    cannot be trained, and ``Interrupted`` once an interrupted run is safe on disk.
    """
    with interruption.deferred():
        prepared = _attempted(lambda: prepare(config))
        with run.locked(error) as log:
            if run.status.has_ended:  # between the check of the command line and the lock
                raise RunError(f"{run.folder}: trained by another process in the meantime")
            run.write_config(config.plain, overrides)
            run.write_summary(
                format=FORMAT, status=Status.RUNNING, metrics={}, best=None, epochs=0, steps=0, seconds=0.0,
                fit_seconds=0.0, seed=config.seed, parameters=None, data_sha256=None, weights_sha256=None,
                missing=[], batch=None, error=None, stopped=None, versions=versions(), git_commit=git_commit(),
                options=own_options(config),
            )  # fmt: skip

            def work(left_out: LeftOut) -> None:
                if isinstance(prepared, BaseException):
                    raise prepared
                task, start = prepared
                of_file = file_sha256(config.dataset)
                if keep_points:
                    run.write_points(task.given, task.meaning)
                elif of_file:  # which may be another by tomorrow
                    run.share_points(task)
                size = sum(weight.size for weight in start.weights.values())
                run.write_summary(data_sha256=task.data_sha256, parameters=size, **of_file)
                run.write_state("last", start)
                _carry_out(config, task, start, run, log, console, left_out)

            return _recorded(work, run, log, console, began)


def resume(run: Run, changes: dict[str, Any], console: Console, began: float) -> Status:
    """Resume a run from its checkpoint, in its folder; returns its status.

    ``changes`` may have a higher number of ``epochs``, and a different ``stop`` as a group configuration. Raises
    ``RunError`` or ``ConfigError`` if there is nothing to resume, and ``Interrupted`` as ``train`` does.
    """
    config = run.checked_config()
    if changes.get("epochs", config.epochs) < config.epochs:
        raise ConfigError("epochs", changes["epochs"], f"{config.epochs:,}, the run's current number, or more")
    config = check({**config.plain, **changes})
    devices.require(config)
    if run.status == Status.DIVERGED:
        raise RunError(f"{run.folder}: nothing to resume; {run.summary.get('error')}")
    if (run.summary.get("options") or {}) != own_options(config):
        raise RunError(f"{run.folder}: an option of your own has changed since the run began (options in summary.json)")
    if changed_file(run, config):
        error("the file of dataset.path has changed since the run began, which goes on with the points that it has")
    with interruption.deferred(), run.locked(error) as log:
        start = run.state()
        task = replace(run.task, epochs=config.epochs, stop=config.stop)
        if run.checkpoint != "last":
            run.write_state("last", start)
            run.checkpoint = "last"
        run.write_config(config.plain)
        run.write_summary(format=FORMAT, status=Status.RUNNING, error=None, stopped=None)

        def work(left_out: LeftOut) -> None:
            _carry_out(config, task, start, run, log, console, left_out)

        return _recorded(work, run, log, console, began)


def changed_file(run: Run, config: Config) -> bool:
    """Whether the file that the data set reads is another than when the run began, as far as both are known."""
    before, now = run.summary.get("file_sha256"), file_sha256(config.dataset).get("file_sha256")
    return before is not None and now is not None and before != now


def draw(run: Run) -> None:
    """Draw and write what a run lacks whose process was killed after its fit."""
    with run.locked(error) as log:
        left_out = LeftOut()
        fit.complete(run.checked_config(), run.task, run.state(), run, left_out)
        _say_left_out(left_out, run, log)


def is_complete(run: Run, changes: dict[str, Any]) -> bool:
    """Whether a run has finished and ``changes`` do not ask for more training."""
    config = run.checked_config()
    if run.status != Status.FINISHED:
        return False
    asks_for_more = changes.get("epochs", config.epochs) != config.epochs
    if run.summary.get("stopped"):
        return "stop" not in changes
    return not asks_for_more


def _attempted(prepare: Callable[[], Prepared]) -> Prepared | BaseException:
    """The result of ``prepare``, or the failure of a custom option, which belongs in the run's receipt."""
    try:
        with interruption.recognized():
            return prepare()
    except ConfigError:
        raise
    except FAILURES as failure:
        return failure


def _recorded(work: Callable[[LeftOut], None], run: Run, log: IO[str], console: Console, began: float) -> Status:
    """Do the work of a training and record in its receipt how it ended."""
    seconds_before = run.summary.get("seconds") or 0.0
    left_out = LeftOut()
    try:
        with interruption.recognized():
            work(left_out)
    except Interrupted as interrupted:
        run.write_summary(status=Status.INTERRUPTED, error=str(interrupted))
        raise
    except FAILURES as failure:
        _say(log, "".join(traceback.format_exception(failure)))
        run.write_summary(status=Status.FAILED, error=described(failure))
    finally:
        run.write_summary(seconds=seconds_before + time.monotonic() - began)
        _say(log, f"{run.summary['status']} {run.summary['error'] or ''}")
        console.end(run)
    status = Status(run.summary["status"])
    if status is not Status.FAILED:  # the reason of a failure is printed already
        _say_left_out(left_out, run, log)
    return status


def _say_left_out(left_out: LeftOut, run: Run, log: IO[str]) -> None:
    for line in left_out.lines(short(run.folder)):
        error(line)
    for _, failure in left_out.failures:
        _say(log, "".join(traceback.format_exception(failure)))


def _carry_out(
    config: Config, task: Task, start: State, run: Run, log: IO[str], console: Console, left_out: LeftOut
) -> None:
    """Print what is about to be trained, and train it."""
    _say(log, "\n".join(block(config, task, start, run)))
    shown = console.begin(config, task, start, run)
    expected = engines.expected_seconds(config.engine, task, start)
    if expected is not None:
        console.expect(expected)
    fit.carry_out(config, task, start, run, shown, left_out)


def _say(log: IO[str], text: str) -> None:
    with contextlib.suppress(OSError):  # the disk is full; the receipt says why a run failed, too
        log.write(f"{datetime.now():%Y-%m-%d %H:%M:%S} {visible_lines(text.rstrip())}\n")
        log.flush()

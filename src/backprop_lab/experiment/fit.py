"""The fit of one run: an engine with its callbacks, and the State to keep, however it ends."""

import contextlib
import time
from collections.abc import Callable, Sequence

from backprop_lab import engines
from backprop_lab.callbacks.assembly import chosen
from backprop_lab.callbacks.base import Callback
from backprop_lab.callbacks.checkpoints import Checkpoints
from backprop_lab.callbacks.metrics import Metrics
from backprop_lab.callbacks.several import Several
from backprop_lab.callbacks.watch import Stop, Watcher
from backprop_lab.config.types import Config
from backprop_lab.experiment import garbage
from backprop_lab.experiment.conclusion import Ended, conclusion, tested
from backprop_lab.experiment.left_out import LeftOut
from backprop_lab.experiment.printing import doing, error
from backprop_lab.runs.run import Run
from backprop_lab.runs.status import Status
from backprop_lab.training import cache, threads
from backprop_lab.training.epoch_end import Row
from backprop_lab.training.interruption import Interrupted
from backprop_lab.training.outcome import Diverged, Stopped
from backprop_lab.training.state import State
from backprop_lab.training.task import Task


def carry_out(config: Config, task: Task, start: State, run: Run, shown: Sequence[Callback], left_out: LeftOut) -> None:
    """Fit from ``start`` to the end of the training and complete the run folder. ``shown`` displays the progress.

    Callbacks that fail go to ``left_out``. Raises ``Interrupted`` once an interrupted run is safe on disk.
    """
    own = chosen(config, task, run, left_out.add)
    recorders = [Metrics(run, task), *own]
    checkpoints = Checkpoints(run, recorders)
    callbacks = [*recorders, *shown, checkpoints]
    if problem := cache.use_own():  # before an engine loads torch's optimizers
        error(problem)
    with doing("loading the engine"):
        fit = engines.load(config.engine)
    threads.use_one()
    garbage.resume()  # all large modules are loaded
    began = time.monotonic()
    try:
        for callback in callbacks:
            callback.on_start(start)
        # The earlier rows of a resumed run; `Metrics` has just repaired what a killed process left of them.
        watch = Watcher(start, callbacks, Stop(task.stop, run.rows()), task.epochs)
        state, ended = _kept(lambda: fit(task, start, watch))
        checkpoints.write(state)
        seconds = time.monotonic() - began
        for callback in shown:
            callback.close()
        summary = conclusion(task, state, _last_row(run, state), ended, checkpoints.best)
        # Of the jobs of a sweep only those of the chosen setting are tested, when it is concluded: sweep/tested.py.
        if run.has_points and task.given.test is not None and summary["status"] == Status.FINISHED:
            summary["test"], summary["scores"]["test"] = tested(task, Run.at(run.checkpoint_file("best")).state(task))
        seconds += run.summary.get("fit_seconds") or 0.0
        run.write_summary(fit_seconds=seconds, missing=missing(own, left_out), **summary)
        if isinstance(ended, Interrupted):
            raise ended
        with doing("drawing"):
            for callback in callbacks:
                callback.on_end(state)
    finally:
        for callback in callbacks:
            callback.close()
    _write_missing(run, left_out)


def complete(config: Config, task: Task, state: State, run: Run, left_out: LeftOut) -> None:
    """Let the callbacks of a training that has ended with ``state`` draw and write what is missing."""
    own = chosen(config, task, run, left_out.add)
    for callback in own:
        callback.on_start(state)
    for callback in own:
        callback.on_end(state)
    for callback in own:
        callback.close()
    _write_missing(run, left_out)


def missing(callbacks: Sequence[Several], left_out: LeftOut) -> list[str]:
    """What a run lacks if its process is killed now, after its fit."""
    return [*left_out.names, *(name for several in callbacks for name in several.with_an_end)]


def _write_missing(run: Run, left_out: LeftOut) -> None:
    with contextlib.suppress(OSError):  # the disk is full: the receipt, which is complete, says that all are missing
        run.write_summary(missing=left_out.names)


def _kept(fit: Callable[[], State]) -> tuple[State, Ended]:
    """The State to keep, and why the training ended early, if it did."""
    try:
        return fit(), None
    except (Diverged, Stopped) as ended:
        return ended.state, ended
    except Interrupted as interrupted:
        if interrupted.state is None:
            raise
        return interrupted.state, interrupted


def _last_row(run: Run, state: State) -> Row:
    """The row of the epoch that ended with ``state``; empty if that epoch has no row."""
    rows = run.rows()
    return rows[-1] if rows and rows[-1]["epoch"] == state.epoch else {}

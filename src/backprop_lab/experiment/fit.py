"""The fit of one run: an engine with its callbacks, and the State to keep, however it ends."""

import time
from collections.abc import Callable, Sequence

import torch

from backprop_lab import engines
from backprop_lab.callbacks.assembly import chosen
from backprop_lab.callbacks.base import Callback
from backprop_lab.callbacks.checkpoints import Checkpoints
from backprop_lab.callbacks.metrics import Metrics
from backprop_lab.callbacks.watch import Stop, Watcher
from backprop_lab.config.types import Config
from backprop_lab.experiment import garbage
from backprop_lab.experiment.conclusion import Ended, conclusion
from backprop_lab.experiment.printing import error
from backprop_lab.runs.run import Run
from backprop_lab.training import cache
from backprop_lab.training.epoch_end import Row
from backprop_lab.training.interruption import Interrupted
from backprop_lab.training.outcome import Diverged, Stopped
from backprop_lab.training.state import State
from backprop_lab.training.task import Task


def carry_out(config: Config, task: Task, start: State, run: Run, shown: Sequence[Callback]) -> None:
    """Fit from ``start`` to the end of the training and complete the run folder. ``shown`` displays the progress.

    Raises ``Interrupted`` once an interrupted run is safe on disk.
    """
    # Several threads only slow down steps of this size, and one makes the results independent of the thread count.
    torch.set_num_threads(1)
    recorders = [Metrics(run, task), *chosen(config, task, run)]
    checkpoints = Checkpoints(run, recorders)
    callbacks = [*recorders, *shown, checkpoints]
    if problem := cache.use_own():  # before an engine loads torch's optimizers
        error(problem)
    fit = engines.load(config.engine)
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
        run.write_summary(fit_seconds=(run.summary.get("fit_seconds") or 0.0) + seconds, **summary)
        if isinstance(ended, Interrupted):
            raise ended
        for callback in callbacks:
            callback.on_end(state)
    finally:
        for callback in callbacks:
            callback.close()


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

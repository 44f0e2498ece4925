"""Writes a member of a chunk as a run folder, as if it had been trained alone."""

import time
from collections.abc import Sequence
from typing import Any

import numpy as np

from backprop_lab.callbacks.assembly import chosen
from backprop_lab.callbacks.base import Callback
from backprop_lab.callbacks.metrics import columns, table
from backprop_lab.config.types import Config
from backprop_lab.config.upgrade import FORMAT
from backprop_lab.experiment.conclusion import Ended, conclusion
from backprop_lab.experiment.fit import missing
from backprop_lab.experiment.left_out import LeftOut
from backprop_lab.report.run.after import page_of_run
from backprop_lab.runs import names
from backprop_lab.runs.receipt import own_options, versions
from backprop_lab.runs.run import Run
from backprop_lab.sweep.batch.history import History
from backprop_lab.sweep.job_run import Outcome, outcome_of
from backprop_lab.sweep.plan import Batch
from backprop_lab.training.epoch_end import EpochEnd
from backprop_lab.training.outcome import Diverged
from backprop_lab.training.points import file_sha256
from backprop_lab.training.state import State
from backprop_lab.training.task import Task


def write(
    run: Run,
    config: Config,
    task: Task,
    overrides: list[str],
    history: History,
    batch: Batch,
    fit_seconds: float,
    commit: str | None = None,
) -> tuple[Outcome, LeftOut]:
    """Write configuration, receipt, rows, checkpoints and frames; figures, events and a page if it asks for them.

    The receipt is written after the files it describes: a job without a receipt counts as not run. ``batch`` says how
    it was computed, in ``fit_seconds`` of its own, by the project at ``commit``. Returns what was written, and the
    callbacks that failed.
    """
    began = time.monotonic()
    run.write_config(config.plain, overrides)
    of_file = file_sha256(config.dataset)
    if of_file:
        run.share_points(task)
    steps = task.steps_per_epoch
    values: dict[str, list[Any]] = {"epoch": [*history.rows], "step": [epoch * steps for epoch in history.rows]}
    values |= {name: [row[name] for row in history.rows.values()] for name in columns(task) if name not in values}
    run.files.write(names.METRICS, table(values).encode())
    if history.best_state is not None:
        run.write_state("best", history.best_state)
    run.write_state("last", history.state)
    left_out = LeftOut()
    callbacks = chosen(config, task, run, left_out.add, in_batch=True)
    for callback in callbacks:
        if history.film is not None:
            callback.on_film(history.film)
    if told := [others for callback in callbacks if (others := callback.told_of_epochs()).callbacks]:
        _tell(told, history, task)
    row = history.rows.get(history.state.epoch, {})
    lacking = missing(callbacks, left_out)

    def seconds() -> float:
        return fit_seconds + time.monotonic() - began

    summary = run.write_new_summary(
        format=FORMAT, **conclusion(task, history.state, row, _ended(history), history.best), seconds=seconds(),
        fit_seconds=fit_seconds, seed=config.seed, data_sha256=task.data_sha256, **of_file,
        parameters=sum(weight.size for weight in history.start.weights.values()), versions=versions(),
        git_commit=commit, options=own_options(config), missing=lacking, batch=batch._asdict(),
    )  # fmt: skip
    for callback in callbacks:
        callback.on_end(history.state)
    for callback in callbacks:
        callback.close()
    if lacking != left_out.names:
        run.write_summary(missing=left_out.names, seconds=seconds())
        summary = run.summary
    if config.report is True:
        page_of_run(run)
    metrics = {name: np.array(column) for name, column in values.items()}
    return outcome_of(summary, metrics, history.state), left_out


def _ended(history: History) -> Ended:
    if history.has_diverged:
        return Diverged(history.state.epoch + 1, history.state)
    return history.stopped


def _tell(callbacks: Sequence[Callback], history: History, task: Task) -> None:
    """Replay the training for the callbacks: every epoch with a row or a frame."""
    states = {frame.epoch: frame for frame in history.frames} | {history.state.epoch: history.state}
    for callback in callbacks:
        callback.on_start(history.start)
    for epoch in sorted({*history.rows, *states} - {0}):
        row = history.rows.get(epoch)
        state = states.get(epoch) or _Unrecorded(epoch, epoch * task.steps_per_epoch)
        loss = row["train_loss"] if row else float("nan")
        end = EpochEnd(epoch, state.step, loss, row, state, is_last=epoch == history.state.epoch)
        for callback in callbacks:
            callback.on_epoch_end(end)
    for callback in callbacks:
        callback.flush()


class _Unrecorded(State):
    """The State of an epoch whose State a batch did not keep."""

    def __init__(self, epoch: int, step: int) -> None:
        self.epoch, self.step = epoch, step

    def __getattr__(self, name: str) -> object:
        raise LookupError(
            f"the State of epoch {self.epoch} was not kept; a callback must list the epochs it needs in epochs()"
        )

"""One member of a chunk as the run folder that it would have left alone."""

import functools
from collections.abc import Sequence

from backprop_lab.callbacks import base as callbacks
from backprop_lab.callbacks.base import Callback, Context
from backprop_lab.callbacks.metrics import columns, line
from backprop_lab.config.check import Config
from backprop_lab.experiment.experiment import conclusion, report
from backprop_lab.runs.files import write_atomically
from backprop_lab.runs.receipt import git_commit, versions
from backprop_lab.runs.run import Run
from backprop_lab.sweep.batch.chunk import History
from backprop_lab.training.task import Diverged, Moment, Task


def write(
    run: Run, config: Config, overrides: list[str], task: Task, history: History, seconds: float, fit_seconds: float
) -> None:
    """Receipt, rows, checkpoints and frames; figures, TensorBoard's events and a page where they were asked for.

    The receipt comes after what it speaks of: a job without one has not been run.
    """
    ended = Diverged(history.state.epoch + 1, history.state) if history.has_diverged else None
    head = columns(task)
    rows = [{"epoch": epoch, "step": epoch * task.steps_per_epoch, **row} for epoch, row in history.rows.items()]
    table = ",".join(head) + "\n" + "".join(line(head, row) for row in rows)
    write_atomically(run.metrics_file, table.encode())
    if history.frames:
        run.write_frames(history.frames)
    if history.best_state is not None:
        run.write_state("best", history.best_state)
    run.write_state("last", history.state)
    run.write_summary(
        **conclusion(task, history.state, history.rows.get(history.state.epoch, {}), ended, history.best),
        seconds=seconds, fit_seconds=fit_seconds, seed=config.seed, data_sha256=task.data_sha256,
        parameters=sum(weight.size for weight in history.start.weights.values()), versions=versions(),
        git_commit=git_commit(),
    )  # fmt: skip
    asked = {override.lstrip("+~").partition("=")[0].partition(".")[0] for override in overrides}
    _replay(_shown(run, config, task, asked), history, task)
    if config.report is True:
        report(run)


def _shown(run: Run, config: Config, task: Task, asked: set[str]) -> list[Callback]:
    """The callbacks that draw, in the order in which a run of its own has them: TensorBoard last."""
    board = None
    if config.logger == "tensorboard" and "logger" in asked:
        from backprop_lab.callbacks.tensorboard import TensorBoard

        board = TensorBoard(run, task, config)
    context = Context(config, task, run, board)
    figures = [
        callbacks.build(name, context, knobs)
        for name, knobs in config.callbacks.items()
        if name != "frames" and "callbacks" in asked
    ]
    return [*figures, *([board] if board else [])]


def _replay(shown: Sequence[Callback], history: History, task: Task) -> None:
    """Tell callbacks of the training as they would have been told of it."""
    states = {frame.epoch: frame for frame in history.frames}
    try:
        for callback in shown:
            callback.on_start(history.start)
        for epoch, row in history.rows.items():
            state = functools.partial(states.__getitem__, epoch)  # those that were recorded
            moment = Moment(epoch, epoch * task.steps_per_epoch, row["train_loss"], row, state)
            for callback in shown:
                callback.on_epoch_end(moment)
        for callback in shown:
            callback.on_end(history.state)
    finally:
        for callback in shown:
            callback.close()

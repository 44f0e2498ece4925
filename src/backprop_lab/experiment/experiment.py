"""One experiment, from a checked configuration to a finished run folder, on any engine."""

import time
import traceback
from collections.abc import Callable
from dataclasses import replace
from datetime import datetime
from pathlib import Path
from typing import IO, Any

import torch

from backprop_lab import engines
from backprop_lab.callbacks import base as callbacks
from backprop_lab.callbacks.base import Callback, Context
from backprop_lab.callbacks.checkpoints import Checkpoints
from backprop_lab.callbacks.metrics import Metrics
from backprop_lab.callbacks.watch import Watcher
from backprop_lab.config.check import Config, ConfigError, check
from backprop_lab.experiment import garbage
from backprop_lab.experiment.console import Console, block, error
from backprop_lab.runs.receipt import git_commit, versions
from backprop_lab.runs.run import Run, RunError
from backprop_lab.training import devices, interruption
from backprop_lab.training.interruption import Interrupted
from backprop_lab.training.metrics import final_metrics, predict
from backprop_lab.training.task import Diverged, Fit, Row, State, Task, Watch, build_task, points_of
from backprop_lab.training.tensors import first_state

FEW_POINTS = 16  # for as many the receipt holds the predictions


def train(config: Config, run: Run, overrides: list[str], console: Console, keep_points: bool, began: float) -> str:
    """Train a configuration in a new run folder and leave there all that belongs to a run; gives its status.

    ``began``, a ``time.monotonic``, is where the receipt's ``seconds`` start. A failure becomes the status ``failed``
    and its traceback goes to train.log. Raises ``Interrupted`` once an interrupted run is safe on disk.
    """
    with interruption.deferred(), run.locked() as log:
        run.write_config(config.plain, overrides)
        run.write_summary(
            status="running", metrics={}, best=None, epochs=0, steps=0, seconds=0.0, fit_seconds=0.0, seed=config.seed,
            parameters=None, data_sha256=None, weights_sha256=None, versions=versions(), git_commit=git_commit(),
            error=None,
        )  # fmt: skip

        def work() -> None:
            train_points, val_points = points_of(config)
            task = build_task(config, train_points, val_points)
            if keep_points:
                run.write_points(train_points, val_points)
            start = first_state(task)
            size = sum(weight.size for weight in start.weights.values())
            run.write_summary(data_sha256=task.data_sha256, parameters=size)
            run.write_state("last", start)
            _carry_out(config, task, start, run, log, console)

        return _recorded(work, run, log, console, began)


def resume(run: Run, epochs: int | None, console: Console, began: float) -> str:
    """Go on with a run from its checkpoint, in its folder, perhaps to a higher number of epochs; gives its status.

    Raises ``RunError`` or ``ConfigError`` where there is nothing to resume from, and ``Interrupted`` as ``train`` does.
    """
    config = run.checked_config()
    if epochs is not None and epochs != config.epochs:
        if epochs < config.epochs:
            raise ConfigError("epochs", epochs, f"{config.epochs:,}, which the run has, or more")
        config = check({**config.plain, "epochs": epochs})
    devices.require(config)
    if run.summary.get("status") == "diverged":
        raise RunError(f"{run.folder}: nothing to resume; {run.summary.get('error')}")
    with interruption.deferred(), run.locked() as log:
        start = run.state()
        task = replace(run.task, epochs=config.epochs)
        if run.checkpoint != "last":
            run.write_state("last", start)
            run.checkpoint = "last"
        run.write_config(config.plain)
        run.write_summary(status="running", error=None)
        return _recorded(lambda: _carry_out(config, task, start, run, log, console), run, log, console, began)


def _recorded(work: Callable[[], None], run: Run, log: IO[str], console: Console, began: float) -> str:
    """Do the work of a training and put into its receipt how it ended."""
    seconds_before = run.summary.get("seconds") or 0.0
    try:
        work()
    except Interrupted as interrupted:
        run.write_summary(status="interrupted", error=str(interrupted))
        raise
    except (Exception, SystemExit) as failure:
        _say(log, traceback.format_exc())
        run.write_summary(status="failed", error=described(failure))
    finally:
        run.write_summary(seconds=seconds_before + time.monotonic() - began)
        _say(log, f"{run.summary['status']} {run.summary['error'] or ''}")
        console.end(run)
    return str(run.summary["status"])


def _carry_out(config: Config, task: Task, start: State, run: Run, log: IO[str], console: Console) -> None:
    """Fit from ``start`` to the task's last epoch and conclude the run folder."""
    # Steps of this size only lose by being shared out, and so the bits do not depend on the number of threads.
    torch.set_num_threads(1)
    _say(log, "\n".join(block(config, task, start, run)))
    shown = console.begin(config, task, start, run)
    expected = engines.expected_seconds(config.engine, task, start)
    if expected is not None:
        console.expect(expected)
    recorders = _recorders(config, task, run)
    checkpoints = Checkpoints(run, recorders)
    everyone: list[Callback] = [*recorders, *shown, checkpoints]
    fit = engines.load(config.engine)
    garbage.resume()  # all that is large has been loaded
    fit_began = time.monotonic()
    try:
        for callback in everyone:
            callback.on_start(start)
        state, ended = _fit(fit, task, start, Watcher(start, everyone))
        checkpoints.write(state)
        seconds = time.monotonic() - fit_began
        for callback in shown:
            callback.close()
        summary = conclusion(task, state, _last_row(run, state), ended, checkpoints.best)
        run.write_summary(fit_seconds=(run.summary.get("fit_seconds") or 0.0) + seconds, **summary)
        if isinstance(ended, Interrupted):
            raise ended
        for callback in everyone:
            callback.on_end(state)
    finally:
        for callback in everyone:
            callback.close()


def _recorders(config: Config, task: Task, run: Run) -> list[Callback]:
    """What writes into the run folder, apart from checkpoints: metrics.csv, TensorBoard, and those of ``callbacks=``.

    TensorBoard comes last, to close after the others have sent it their pictures.
    """
    board = None
    if config.logger == "tensorboard":
        from backprop_lab.callbacks.tensorboard import TensorBoard

        board = TensorBoard(run, task, config)
    context = Context(config, task, run, board)
    optional = [callbacks.build(name, context, knobs) for name, knobs in config.callbacks.items()]
    return [Metrics(run, task), *optional, *([board] if board else [])]


def _fit(fit: Fit, task: Task, start: State, watch: Watch) -> tuple[State, Diverged | Interrupted | None]:
    """The State to keep, and why the training ended before its last epoch where it did."""
    try:
        return fit(task, start, watch), None
    except Diverged as diverged:
        return diverged.state, diverged
    except Interrupted as interrupted:
        if interrupted.state is None:
            raise
        return interrupted.state, interrupted


def _last_row(run: Run, state: State) -> Row:
    """The row of the epoch that ``state`` is the end of; nothing where that epoch has none."""
    history = run.metrics()
    if not len(history["epoch"]) or history["epoch"][-1] != state.epoch:
        return {}
    return {name: column[-1].item() for name, column in history.items()}


def conclusion(
    task: Task, state: State, row: Row, ended: Diverged | Interrupted | None, best: Row | None
) -> dict[str, Any]:
    """The entries of the receipt that are known after the fit.

    ``state`` is the one to keep and ``row`` that of its epoch, ``ended`` why the training ended before its last epoch
    where it did, ``best`` the row with the lowest ``val_loss``.
    """
    status = {type(None): "finished", Diverged: "diverged", Interrupted: "interrupted"}[type(ended)]
    train = {name: value for name, value in row.items() if name.startswith("train_")}
    summary: dict[str, Any] = {
        "status": status,
        "error": str(ended) if ended else None,
        "metrics": train | final_metrics(task, state, task.val),
        "best": best,
        "epochs": state.epoch,
        "steps": state.step,
        "weights_sha256": state.weights_sha256,
    }
    if len(task.val) <= FEW_POINTS:
        answers = predict(task, state, torch.from_numpy(task.val.x))
        summary["predictions"] = [
            {"x": x.tolist(), "y": y.item(), "prediction": answer.item()}
            for x, y, answer in zip(task.val.x, task.val.y, answers, strict=True)
        ]
    return summary


def report(run: Run) -> Path | None:
    """Write the page of a run that has come to an end. A failure costs the page and one line, and not the run."""
    from backprop_lab.report.run import page as run_page  # a sweep without pages does without these imports

    if run.status not in ("finished", "diverged"):
        return None
    try:
        return run_page.write(run)
    except Exception as failure:
        error(f"report.html was not written ({described(failure)}); the run itself is complete")
        return None


def is_complete(run: Run, epochs: int | None) -> bool:
    """Whether a run has finished and ``epochs`` asks for no more of it."""
    return run.status == "finished" and epochs in (None, run.checked_config().epochs)


def described(failure: BaseException) -> str:
    """One line: what went wrong, and where."""
    frames = traceback.extract_tb(failure.__traceback__)
    place = f" ({Path(frames[-1].filename).name}, line {frames[-1].lineno})" if frames else ""
    said = f"sys.exit({failure.code})" if isinstance(failure, SystemExit) else f"{type(failure).__name__}: {failure}"
    return " ".join(said.split()) + place


def _say(log: IO[str], text: str) -> None:
    log.write(f"{datetime.now():%Y-%m-%d %H:%M:%S} {text.rstrip()}\n")
    log.flush()

"""Lightning's own loggers on every rung, through one adapter."""

import csv
import os
import signal
import time

import pytest

from backprop_lab.experiment import experiment
from backprop_lab.options.discovery import names
from backprop_lab.runs.run import Run
from backprop_lab.training.interruption import Interrupted
from backprop_lab.training.task import Task
from conftest import Program, Silent, Train

SMALL = ("dataset=xor", "epochs=6", "callbacks=[]", "report=false", "logger=csv")


def logged(run: Run) -> list[dict[str, str]]:
    with (run.folder / "csv" / "metrics.csv").open(newline="") as file:
        return list(csv.DictReader(file))


def assert_tells_of(run: Run) -> None:
    """The table of Lightning's CSVLogger has the rows of ours and then the final metrics."""
    *rows, final = logged(run)
    ours = run.rows()
    assert [int(row["step"]) for row in rows] == [int(row["epoch"]) for row in ours]
    for row, own in zip(rows, ours, strict=True):
        assert {name: float(row[name]) for name in own if name not in ("epoch", "step")} == pytest.approx(
            {name: value for name, value in own.items() if name not in ("epoch", "step")}
        )
    told = run.summary["metrics"] | {f"val_{name}": run.summary["scores"]["val"][name] for name in ("f1", "roc_auc")}
    assert {name: float(final[f"final/{name}"]) for name in told} == pytest.approx(told)


@pytest.mark.parametrize("engine", names("engine"))
def test_every_engine_tells_a_logger_of_lightning(engine: str, train: Train) -> None:
    run = train(*SMALL, f"engine={engine}", "penalty=l2")
    assert run.status == "finished"
    assert_tells_of(run)
    hyperparameters = (run.folder / "csv" / "hparams.yaml").read_text()
    assert "optimizer.lr: 0.1" in hyperparameters
    assert "penalty: l2" in hyperparameters


def test_several_loggers_are_told_at_once(train: Train) -> None:
    run = train(*SMALL, "logger=[csv,tensorboard]", "engine=module")
    assert_tells_of(run)
    assert [*run.tensorboard_folder.iterdir()]


def test_a_resumed_run_tells_of_what_was_before_once(train: Train, monkeypatch: pytest.MonkeyPatch) -> None:
    in_order, left = Task.batches, [signal.SIGINT]

    def batches(task: Task, epoch: int) -> object:
        if epoch == 3 and left:
            os.kill(os.getpid(), left.pop())
        return in_order(task, epoch)

    monkeypatch.setattr(Task, "batches", batches)
    with pytest.raises(Interrupted):
        train(*SMALL, "engine=by_hand", folder="cut")
    monkeypatch.setattr(Task, "batches", in_order)
    whole = train(*SMALL, "engine=by_hand", folder="whole")
    cut = Run(whole.folder.with_name("cut"))
    assert cut.state().epoch == 3
    assert experiment.resume(cut, {}, Silent(), time.monotonic()) == "finished"
    assert logged(cut) == logged(whole)


@pytest.mark.slow
@pytest.mark.parametrize(("events", "there"), [("auto", False), ("true", True), ("false", False)])
def test_jobs_of_a_batch_write_for_loggers_only_if_asked_by_a_value(events: str, there: bool, program: Program) -> None:
    done = program("-m", "hydra/launcher=batched", "hydra.sweep.dir=sweep", *SMALL, f"events={events}", "seed=0,1")
    assert done.status == 0, done.err
    for number in range(2):
        run = Run(f"sweep/{number}")
        assert (run.folder / "csv").exists() == there
        if there:
            assert_tells_of(run)

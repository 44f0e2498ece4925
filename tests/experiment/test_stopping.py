"""``stop=patience``: alone, in a batch, interrupted and resumed, a training stops at the same row."""

import os
import signal
import time
from pathlib import Path

import pytest

from backprop_lab.config.recording import recorded_epochs
from backprop_lab.experiment import experiment
from backprop_lab.options.discovery import names
from backprop_lab.runs.run import Run
from backprop_lab.sweep.batch import unstack
from backprop_lab.sweep.plan import Batch
from backprop_lab.training.interruption import Interrupted
from backprop_lab.training.task import Task
from conftest import Program, Silent, Train, configured, quick_of, task_of
from engines.rungs import batched

COMMON = ("logger=none", "callbacks=[frames]", "report=false", "precision=64", "engine=module")
# A rate at which the loss soon jumps up and down; it stops somewhere on its way.
ENDLESS = ("dataset.n_samples=60", "optimizer.lr=2", "epochs=60")
JUMPY = (*ENDLESS, "stop=patience", "stop.patience=3")
SETTINGS = {
    "every row": (),
    "every third epoch": ("log_every_n_epochs=3", "stop.patience=2"),
    "by a tenth": ("stop.min_delta=0.1", "stop.patience=5"),
    "on the training loss": ("stop.monitor=train_loss", "stop.patience=2"),
}


def where_it_stops(run: Run) -> int:
    """The epoch at which a run has stopped, worked out from its table with a loop of this test's own."""
    knobs, rows = run.config["stop"], run.metrics()
    best, waited = float("inf"), 0
    for epoch, loss in zip(rows["epoch"].tolist(), rows[knobs["monitor"]].tolist(), strict=True):
        waited = 0 if loss < best - knobs["min_delta"] else waited + 1
        best = loss if waited == 0 else best
        if waited == knobs["patience"]:
            return int(epoch)
    raise AssertionError("it should have gone on")


@pytest.mark.parametrize("setting", SETTINGS)
def test_a_stopped_run_is_complete_with_row_frame_and_receipt(setting: str, train: Train) -> None:
    run = train(*JUMPY, *SETTINGS[setting], *COMMON)
    summary, rows = run.summary, run.metrics()
    stopped = summary["stopped"]
    assert (summary["status"], summary["error"]) == ("finished", None)
    assert stopped["epoch"] == summary["epochs"] == where_it_stops(run) == rows["epoch"][-1] < 60
    assert run.config["stop"]["monitor"] in stopped["reason"]
    assert run.frames()[-1].epoch == run.state().epoch == stopped["epoch"]
    assert run.frames()[-1].weights_sha256 == run.state().weights_sha256 == summary["weights_sha256"]
    assert summary["metrics"]["val_loss"] == pytest.approx(rows["val_loss"][-1], rel=1e-12)


@pytest.mark.parametrize("engine", names("engine"))
def test_every_engine_stops_at_the_same_row(engine: str, train: Train) -> None:
    expected = train(*JUMPY, *COMMON, folder="module")
    run = train(*JUMPY, *COMMON, f"engine={engine}", folder="other")
    assert run.summary["stopped"] == expected.summary["stopped"]
    assert run.metrics()["epoch"].tolist() == expected.metrics()["epoch"].tolist()


def test_the_last_picture_is_that_of_the_epoch_at_which_it_stopped(train: Train) -> None:
    pictures = ("callbacks=[frames,decision_boundary]", "callbacks.decision_boundary.every_n_epochs=2")
    run = train(*JUMPY, *COMMON, *pictures)
    last = run.summary["stopped"]["epoch"]
    there = {path.stem for path in (run.folder / "figures").iterdir()}
    assert there == {"decision_boundary", *(f"decision_boundary_epoch_{epoch:06d}" for epoch in range(2, last + 1, 2))}


@pytest.mark.parametrize("setting", quick_of(SETTINGS, "every row"))
def test_a_member_of_a_batch_stops_where_it_would_alone_and_leaves_what_it_would(
    setting: str, train: Train, tmp_path: Path
) -> None:
    overrides = [[*JUMPY, *SETTINGS[setting], *COMMON, f"seed={seed}"] for seed in range(4)]
    configs = [configured(*given) for given in overrides]
    tasks = [task_of(*given) for given in overrides]
    histories = batched(tasks, recorded_epochs(configs[0]))
    for seed, (config, task, history) in enumerate(zip(configs, tasks, histories, strict=True)):
        alone = train(*overrides[seed], folder=f"alone_{seed}")
        run = Run(tmp_path / "batch" / str(seed))
        unstack.write(run, config, task, overrides[seed], history, Batch("vmap", "cpu"), 1.0)
        assert run.summary["stopped"] == alone.summary["stopped"]
        assert run.summary["epochs"] == alone.summary["epochs"]
        assert run.summary["best"] == pytest.approx(alone.summary["best"], abs=1e-9)
        assert run.metrics()["epoch"].tolist() == alone.metrics()["epoch"].tolist()
        assert [frame.epoch for frame in run.frames()] == [frame.epoch for frame in alone.frames()]
        assert run.state().weights_sha256 == run.frames()[-1].weights_sha256 == run.summary["weights_sha256"]
        for name, weight in alone.state().weights.items():
            assert run.state().weights[name] == pytest.approx(weight, abs=1e-9)
    assert len({history.state.epoch for history in histories}) > 1, "they stop at epochs of their own"


def test_a_member_that_stops_changes_no_bit_of_its_neighbours() -> None:
    going_on = [task_of(*ENDLESS, f"seed={seed}") for seed in range(3)]
    with_one_that_stops = [*going_on[:1], task_of(*JUMPY, "seed=9"), *going_on[1:]]
    alone = batched(going_on)
    beside = batched(with_one_that_stops)
    assert beside[1].stopped is not None
    assert beside[1].state.epoch < 60
    neighbours = [beside[0], *beside[2:]]
    assert [h.state.weights_sha256 for h in neighbours] == [h.state.weights_sha256 for h in alone]
    assert [h.rows for h in neighbours] == [h.rows for h in alone]
    assert all(h.stopped is None and h.state.epoch == 60 for h in neighbours)


@pytest.mark.parametrize("engine", ["module", "lightning"])
def test_interrupted_and_resumed_it_stops_where_it_would_have(
    engine: str, train: Train, monkeypatch: pytest.MonkeyPatch
) -> None:
    expected = train(*JUMPY, *COMMON, f"engine={engine}", folder="whole")
    last = expected.summary["stopped"]["epoch"]
    in_order = Task.batches
    for epoch in (2, last - 1, last):
        left = [signal.SIGINT]

        def batches(task: Task, number: int, epoch: int = epoch, left: list[signal.Signals] = left) -> object:
            if number == epoch and left:
                os.kill(os.getpid(), left.pop())
            return in_order(task, number)

        monkeypatch.setattr(Task, "batches", batches)
        with pytest.raises(Interrupted):
            train(*JUMPY, *COMMON, f"engine={engine}", folder=f"cut_{epoch}")
        run = Run(expected.folder.with_name(f"cut_{epoch}"))
        assert run.state().epoch == epoch
        if epoch == last:  # a stop comes before an interruption: there is nothing left to do
            assert run.status == "finished"
        else:
            assert experiment.resume(run, {}, Silent(), time.monotonic()) == "finished"
        run = Run(run.folder)
        assert run.metrics_file.read_bytes() == expected.metrics_file.read_bytes()
        assert run.summary["stopped"] == expected.summary["stopped"]
        assert run.state().weights_sha256 == expected.state().weights_sha256


def test_going_on_asks_for_stop_never_and_does_go_on(train: Train, program: Program) -> None:
    run = train(*JUMPY, *COMMON)
    before = run.summary
    for arguments in ([], ["epochs=60"], ["epochs=90"]):
        done = program(f"resume={run.folder}", *arguments)
        assert (done.status, done.err) == (0, "")
        assert "is finished; give stop=never to train it further" in done.out
    assert Run(run.folder).summary == before
    assert program(f"resume={run.folder}", "stop=never").status == 0
    gone_on, never = Run(run.folder), train(*ENDLESS, *COMMON, folder="never")
    assert (gone_on.summary["epochs"], gone_on.summary["stopped"]) == (60, None)
    assert gone_on.metrics_file.read_bytes() == never.metrics_file.read_bytes()
    assert gone_on.state().weights_sha256 == never.state().weights_sha256
    assert gone_on.config["stop"] == {"name": "never"}


def test_stop_never_beside_more_epochs_goes_to_the_last_of_them(train: Train, program: Program) -> None:
    run = train(*JUMPY, *COMMON)
    assert program(f"resume={run.folder}", "stop=never", "epochs=70").status == 0
    assert Run(run.folder).summary["epochs"] == 70

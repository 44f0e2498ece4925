"""The numbers that the source texts fix, out of this project's own code."""

import statistics
import time
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from backprop_lab import engines
from backprop_lab.experiment import experiment
from backprop_lab.options.discovery import names
from backprop_lab.runs.run import Run
from backprop_lab.training.epoch_end import EpochEnd
from backprop_lab.training.metrics import final_metrics
from conftest import Silent, Train, chosen, configured, quick_of, task_of
from engines.rungs import in_blocks

LEAN = ("logger=none", "callbacks=[frames]")


def weight_by_epoch(run: Run) -> dict[int, float]:
    return {frame.epoch: frame.weights["layers.0.weight"].item() for frame in run.frames()}


def test_the_circle_takes_6250_steps_on_33_parameters(train: Train) -> None:
    run = train("dataset=circle", "model.hidden=8", "engine=kernel", *LEAN)
    summary = run.summary
    assert (summary["status"], summary["epochs"], summary["steps"]) == ("finished", 50, 6250)
    assert summary["parameters"] == 33
    assert summary["metrics"]["val_acc"] > 0.97
    assert len(run.metrics()["epoch"]) == 50


@pytest.mark.slow
def test_half_of_all_circles_reach_an_accuracy_of_98_percent() -> None:
    """Trained together, which takes a tenth of the time; tests/engines shows that it makes no difference."""
    tasks = [task_of(f"seed={seed}", "log_every_n_epochs=50") for seed in range(20)]
    histories = in_blocks(tasks)
    assert statistics.median(history.rows[50]["val_acc"] for history in histories) >= 0.98


# Epoch: w after the step, loss before it, as the source text prints them.
FROM_ZERO = {1: (0.150, 7.5), 11: (0.833, 0.29069641), 21: (0.967, 0.01126722), 31: (0.994, 0.00043671),
             41: (0.999, 0.00001693), 51: (1.000, 0.00000066)}  # fmt: skip
FROM_ONE = {1: (1.150, 7.5), 11: (1.833, 0.29069635), 21: (1.967, 0.01126729), 31: (1.994, 0.00043671),
            41: (1.999, 0.00001693), 51: (2.000, 0.00000066)}  # fmt: skip
SUMMED = {1: (1.200, 30.0), 2: (1.680, 4.79999924), 3: (1.872, 0.76800019), 4: (1.949, 0.12288000),
          5: (1.980, 0.01966083), 20: (2.000, 0.0)}  # fmt: skip


@pytest.mark.parametrize(
    ("overrides", "table", "answer"),
    [
        pytest.param([], FROM_ZERO, 5.0, id="slope 1 from w = 0"),
        pytest.param(["dataset.slope=2", "model.init=1"], FROM_ONE, 10.0, id="slope 2 from w = 1"),
        pytest.param(["dataset.slope=2", "optimizer.lr=0.04", "epochs=20"], SUMMED, 10.0, id="the summed gradient"),
    ],
)  # fmt: skip
def test_the_line_follows_the_tables_of_the_ladder(
    train: Train, overrides: list[str], table: dict[int, tuple[float, float]], answer: float
) -> None:
    run = train("experiment=linear_regression", *overrides, *LEAN[:1])
    weights, losses = weight_by_epoch(run), run.metrics()["train_loss"]
    for epoch, (weight, loss) in table.items():
        assert weights[epoch] == pytest.approx(weight, abs=5.1e-4)
        assert losses[epoch - 1] == pytest.approx(loss, abs=2e-8, rel=1e-6)
    assert run.predict([[5.0]])[0] == pytest.approx(answer, abs=5e-4)


@pytest.mark.slow
def test_one_layer_cannot_learn_xor(train: Train) -> None:
    run = train("experiment=xor_single_layer", "engine=module", *LEAN)
    summary = run.summary
    assert summary["epochs"] == 10_000
    assert f"{summary['metrics']['val_loss']:.4f}" == "0.2500"
    assert [f"{prediction['prediction']:.4f}" for prediction in summary["predictions"]] == ["0.5000"] * 4


@pytest.mark.parametrize("seed", quick_of([0, 1, 2], 0))
def test_two_layers_learn_xor(train: Train, seed: int) -> None:
    summary = train("experiment=xor_mlp", "engine=module", f"seed={seed}", *LEAN).summary
    assert summary["metrics"]["val_acc"] == 1.0
    assert summary["metrics"]["val_loss"] < 0.01
    assert [round(prediction["prediction"]) for prediction in summary["predictions"]] == [0, 1, 1, 0]


def test_the_same_command_gives_the_same_bits_with_any_number_of_threads(train: Train) -> None:
    import torch

    quick = ("epochs=2", "model.hidden=[64,64]", "dataset.batch_size=2000", *LEAN)
    receipts: list[dict[str, Any]] = []
    for threads in (1, 2, 2):
        torch.set_num_threads(threads)
        receipts.append(train(*quick, folder=f"threads-{len(receipts)}").summary)
    for entry in ("weights_sha256", "data_sha256", "metrics"):
        assert receipts[0][entry] == receipts[1][entry] == receipts[2][entry]
    assert receipts[0]["weights_sha256"] != train("seed=1", *quick, folder="other").summary["weights_sha256"]


def test_the_receipt_has_every_entry(train: Train) -> None:
    summary = train("dataset=xor", "epochs=3", *LEAN).summary
    assert set(summary) == {
        "status", "metrics", "best", "epochs", "steps", "seconds", "fit_seconds", "seed", "parameters", "data_sha256",
        "weights_sha256", "versions", "git_commit", "error", "predictions", "scores", "format", "options", "stopped",
        "missing", "batch", "success", "success_at",
    }  # fmt: skip
    assert set(summary["metrics"]) == {"train_loss", "train_acc", "val_loss", "val_acc"}
    assert summary["best"]["epoch"] in (1, 2, 3)


def test_a_regression_is_measured_by_r2(train: Train) -> None:
    summary = train("dataset=linear", "dataset.n_samples=100", "dataset.noise=0.1", "model=single_layer", *LEAN).summary
    assert set(summary["metrics"]) == {"train_loss", "train_r2", "val_loss", "val_r2"}
    assert summary["metrics"]["val_r2"] > 0.9


def test_metrics_are_those_of_the_epoch(train: Train) -> None:
    """train_loss is the mean over the epoch's points as the steps saw them, val_loss that of its last weights."""
    run = train("dataset.n_samples=100", "epochs=2", "engine=module", *LEAN)
    task, frames = run.task, run.frames()
    ends: list[EpochEnd] = []
    engines.load(chosen("engine", "module"))(task, frames[0], ends.append)
    history = run.metrics()
    assert history["val_loss"][0] == pytest.approx(final_metrics(task, frames[1], task.val)["val_loss"], rel=1e-6)
    assert history["train_loss"][0] == ends[0].loss
    assert list(history["epoch"]) == [1, 2]
    assert list(history["step"]) == [3, 6]


def test_rows_validation_and_best_follow_log_every_n_epochs(train: Train) -> None:
    for engine in ("module", "lightning"):
        run = train("dataset=xor", "epochs=10", "log_every_n_epochs=4", f"engine={engine}", *LEAN, folder=engine)
        assert list(run.metrics()["epoch"]) == [4, 8, 10]
        assert run.summary["best"]["epoch"] in (4, 8, 10)


@pytest.mark.parametrize("engine", names("engine"))
def test_a_loss_that_is_not_finite_stops_the_run_and_keeps_the_last_finite_state(train: Train, engine: str) -> None:
    run = train("dataset=linear", "model=single_layer", "optimizer.lr=1e6", "epochs=50", f"engine={engine}", *LEAN)
    summary = run.summary
    assert summary["status"] == "diverged"
    assert "optimizer.lr" in summary["error"]
    assert f"epoch {summary['epochs'] + 1} " in summary["error"]
    state = run.state()
    assert state.epoch == summary["epochs"] > 0
    assert all(np.isfinite(weight).all() for weight in state.weights.values())


def test_a_failure_is_recorded_with_its_place_and_its_traceback(
    train: Train, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    def broken(*_: object) -> None:
        raise RuntimeError("no points today")

    monkeypatch.setattr(experiment, "points_of", broken)
    config = configured("epochs=1", *LEAN)
    run = Run(tmp_path / "broken")
    assert experiment.train(config, run, [], Silent(), keep_points=True, began=time.monotonic()) == "failed"
    assert run.summary["error"].startswith("RuntimeError: no points today (test_experiment.py, line ")
    assert "Traceback" in run.log_file.read_text()

"""The test points of a sweep are measured once, when it is concluded, for the chosen setting only."""

import csv
import json
import shutil
import statistics
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest
from sklearn import metrics

from backprop_lab.experiment.left_out import LeftOut
from backprop_lab.report.sweep import page
from backprop_lab.runs.run import Run
from backprop_lab.sweep import jobs
from backprop_lab.sweep.__main__ import main
from backprop_lab.sweep.failed import write_failed
from backprop_lab.sweep.folder import Sweep
from conftest import Done, Program, environment

BATCHED = ("hydra/launcher=batched", "report=false")
SWEPT = ("dataset=iris", "dataset.test_fraction=0.2", "optimizer.lr=0.001,0.3", "epochs=15", "engine=kernel")
REPEATED = ("dataset.folds=3", "dataset.fold=range(2)", "seed=range(2)")


@pytest.fixture(scope="module")
def concluded(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A batched sweep with folds and seeds, which no test changes."""
    folder = tmp_path_factory.mktemp("tested")
    command = [sys.executable, "-m", "train", "-m", *BATCHED, *SWEPT, *REPEATED, "hydra.sweep.dir=sweep"]
    subprocess.run(command, cwd=folder, env=environment(), check=True)
    return folder / "sweep"


@pytest.fixture
def sweep(concluded: Path, tmp_path: Path) -> Sweep:
    return Sweep(shutil.copytree(concluded, tmp_path / "sweep"))


@pytest.fixture
def again(capsys: pytest.CaptureFixture[str]) -> Callable[..., Done]:
    """``python -m backprop_lab.sweep``, in this process."""

    def run(sweep: Sweep, *flags: str) -> Done:
        capsys.readouterr()
        return Done(main([str(sweep.folder), *flags]), *capsys.readouterr())

    return run


def rows(folder: Path) -> list[dict[str, str]]:
    with (folder / "sweep.csv").open(newline="") as file:
        return list(csv.DictReader(file))


def line_of(text: str) -> str:
    (line,) = [line for line in text.splitlines() if line.startswith("test")]
    return line


def fails(sweep: Sweep, lr: str) -> None:
    """Make the jobs of a setting failed ones, in a sweep that has not been concluded."""
    for job in sweep.jobs():
        if str(job.values["optimizer.lr"]) == lr:
            write_failed(job.run, "the disk was full")
    (sweep.folder / "test.json").unlink()


def test_the_runs_of_the_best_setting_are_measured_by_their_best_checkpoints_and_no_others(sweep: Sweep) -> None:
    tested = {}
    for row in rows(sweep.folder):
        run = Run(sweep.folder / row["job"], "best")
        assert "test" not in run.summary
        if row["optimizer.lr"] != "0.3":
            assert row["test_loss"] == row["test_acc"] == row["test_f1"] == ""
            continue
        points = run.task.given.test
        assert points is not None
        predictions = run.predict(points.x)
        answers = predictions.argmax(axis=1)
        assert float(row["test_acc"]) == pytest.approx(metrics.accuracy_score(points.y, answers))
        assert float(row["test_loss"]) == pytest.approx(metrics.log_loss(points.y, predictions), rel=1e-5)
        assert float(row["test_f1"]) == pytest.approx(metrics.f1_score(points.y, answers, average="macro"))
        tested[row["job"]] = float(row["test_acc"])
    written = json.loads((sweep.folder / "test.json").read_text())
    assert written.keys() == tested.keys()
    assert len(tested) == 4


def test_terminal_and_page_say_mean_and_deviation_and_that_it_was_once(
    sweep: Sweep, again: Callable[..., Done]
) -> None:
    before = (sweep.folder / "test.json").stat().st_mtime_ns
    line = line_of(again(sweep).out)
    accuracies = [float(row["test_acc"]) for row in rows(sweep.folder) if row["test_acc"]]
    assert f"accuracy {np.mean(accuracies):.4f} ± {statistics.stdev(accuracies):.4f}" in line
    assert line.startswith("test of optimizer.lr=0.3: loss ")
    assert line.endswith("over 4 runs, each by its best checkpoint; measured once, for the chosen setting only")
    assert line[1:] in page.page(sweep, sweep.jobs())
    assert (sweep.folder / "test.json").stat().st_mtime_ns == before


def test_nothing_is_measured_before_all_jobs_have_ended(sweep: Sweep, again: Callable[..., Done]) -> None:
    (sweep.folder / "test.json").unlink()
    shutil.rmtree(sweep.folder / "0")
    assert line_of(again(sweep).out) == "test: not measured before all jobs have ended"
    assert not (sweep.folder / "test.json").exists()
    assert "Test: not measured before all jobs have ended." in page.page(sweep, sweep.jobs())
    assert "measured once" in line_of(again(sweep, "--complete").out)


def test_a_setting_that_becomes_the_best_later_is_not_measured_and_that_is_said(
    sweep: Sweep, again: Callable[..., Done]
) -> None:
    fails(sweep, "0.3")
    assert line_of(again(sweep).out).startswith("test of optimizer.lr=0.001: ")
    before = (sweep.folder / "test.json").read_bytes()
    done = again(sweep, "--complete")
    assert done.status == 0
    assert {row["status"] for row in rows(sweep.folder)} == {"finished"}
    line = line_of(done.out)
    assert line.startswith("test of optimizer.lr=0.001: ")
    assert line.endswith(
        "for the chosen setting only as it was then: now optimizer.lr=0.3 is the best, whose test points are left alone"
    )
    assert (sweep.folder / "test.json").read_bytes() == before
    assert all((row["test_acc"] != "") == (row["optimizer.lr"] == "0.001") for row in rows(sweep.folder))


def test_a_run_of_the_chosen_setting_that_is_completed_later_is_measured_then(
    sweep: Sweep, again: Callable[..., Done]
) -> None:
    (number,) = [n for n, row in enumerate(rows(sweep.folder)) if row["test_acc"]][:1]
    (sweep.folder / "test.json").unlink()
    write_failed(sweep.run(number), "the disk was full")
    assert "over 3 runs" in line_of(again(sweep).out)
    assert "over 4 runs" in line_of(again(sweep, "--complete").out)


def test_a_run_that_was_trained_on_since_is_said(sweep: Sweep, again: Callable[..., Done]) -> None:
    number = next(int(row["job"]) for row in rows(sweep.folder) if row["test_acc"])
    run = Run(sweep.folder / str(number))
    run.write_summary(best=run.summary["best"] | {"epoch": 10})
    assert line_of(again(sweep).out).endswith("; 1 run trained on since")


@pytest.mark.parametrize(
    "content",
    [b"{", b"[]", b'{"x": {}}', b'{"2": {"test": [], "scores": {}}}', b'{"2": {"test": {"epoch": 1}, "scores": {}}}'],
)
def test_a_damaged_file_costs_one_line_and_measures_nothing_again(
    sweep: Sweep, again: Callable[..., Done], content: bytes
) -> None:
    (sweep.folder / "test.json").write_bytes(content)
    done = again(sweep)
    assert "test.json: damaged" in done.err
    assert "measured" not in done.out
    assert (sweep.folder / "test.json").read_bytes() == content
    assert "damaged" in page.page(sweep, sweep.jobs())


def test_a_best_checkpoint_that_is_missing_costs_its_run(sweep: Sweep, again: Callable[..., Done]) -> None:
    number = next(int(row["job"]) for row in rows(sweep.folder) if row["test_acc"])
    (sweep.folder / "test.json").unlink()
    (sweep.folder / str(number) / "checkpoints" / "best.ckpt").unlink()
    done = again(sweep)
    assert "over 3 runs" in line_of(done.out)
    assert f"the test of job {number} was left out" in done.err


def test_jobs_one_by_one_do_as_batched_ones(program: Program, tmp_path: Path) -> None:
    swept = ("dataset=diabetes", "dataset.test_fraction=0.2", "optimizer.lr=0.001,0.1", "epochs=5", "engine=kernel")
    done = program("-m", *swept, "callbacks=[]", "logger=none", "hydra.sweep.dir=one_by_one")
    assert done.status == 0, done.err
    sweep = Sweep(tmp_path / "one_by_one")
    assert [("test" in job.summary, "test" in job.summary["scores"]) for job in sweep.jobs()] == [(False, False)] * 2
    line, (row,) = line_of(done.out), [row for row in rows(sweep.folder) if row["test_r2"]]
    assert line.startswith("test of optimizer.lr=0.1: loss ")
    assert "of the best checkpoint; measured once" in line
    best = Run(sweep.folder / row["job"], "best")
    points = best.task.given.test
    assert points is not None
    assert float(row["test_mae"]) == pytest.approx(metrics.mean_absolute_error(points.y, best.predict(points.x)))
    assert f"mean absolute error {float(row['test_mae']):.4f}" in line


def test_a_sweep_over_the_loss_measures_the_best_of_each(program: Program, tmp_path: Path) -> None:
    """They are different problems, between which nothing is chosen."""
    swept = ("dataset=circle", "dataset.test_fraction=0.2", "dataset.n_samples=100", "loss=bce,mse", "model.hidden=2,8")
    done = program("-m", *BATCHED, *swept, "epochs=3", "hydra.sweep.dir=sweep")
    assert done.status == 0, done.err
    said = [line for line in done.out.splitlines() if line.startswith("test of ")]
    assert ["loss=bce" in line for line in said] == [True, False]
    table = rows(tmp_path / "sweep")
    assert [sum(row["loss"] == loss and row["test_acc"] != "" for row in table) for loss in ("bce", "mse")] == [1, 1]
    assert all(row["val_log_loss"] for row in table)  # the losses are not the same, so it says something
    of_bce = [row for row in table if row["loss"] == "bce"]
    assert [row["val_log_loss"] for row in of_bce] == [row["val_loss"] for row in of_bce]


def test_a_sweep_without_test_points_says_nothing_of_them(program: Program, tmp_path: Path) -> None:
    done = program("-m", *BATCHED, "dataset=iris", "model.hidden=2,3", "epochs=2", "hydra.sweep.dir=sweep")
    assert "test" not in done.out
    assert not (tmp_path / "sweep" / "test.json").exists()
    assert not [name for name in rows(tmp_path / "sweep")[0] if name.startswith("test_")]


def test_what_cannot_be_written_is_one_line(sweep: Sweep, monkeypatch: pytest.MonkeyPatch) -> None:
    (sweep.folder / "test.json").unlink()
    write = type(sweep.files).write

    def full(files: object, name: str, *rest: object) -> None:
        if name == "test.json":
            raise OSError(28, "No space left on device")
        write(files, name, *rest)  # type: ignore[arg-type]

    monkeypatch.setattr(type(sweep.files), "write", full)
    left_out = LeftOut()
    jobs.conclude(sweep, left_out)
    assert left_out.names == ["test.json"]
    assert "test_acc" not in rows(sweep.folder)[0]

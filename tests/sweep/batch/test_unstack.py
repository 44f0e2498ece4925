"""A job of a batch leaves the folder that it would have left alone."""

import csv
from pathlib import Path

import numpy as np
import pytest

from backprop_lab import evaluate
from backprop_lab.runs.run import Run
from backprop_lab.sweep.folder import Sweep
from conftest import Program

BATCHED = ("-m", "hydra/launcher=batched", "report=false")
SMALL = ("dataset.n_samples=100", "epochs=4")


def statuses(folder: Path) -> list[str]:
    with (folder / "sweep.csv").open(newline="") as file:
        return [row["status"] for row in csv.DictReader(file)]


def files_of(run: Run) -> set[str]:
    return {str(path.relative_to(run.folder)) for path in run.folder.rglob("*") if path.is_file()}


def test_a_batched_job_leaves_what_it_would_have_left_alone(program: Program, tmp_path: Path) -> None:
    jobs = (*SMALL, "precision=64", "optimizer.lr=0.1,0.5", "optimizer.momentum=0,0.9", "seed=1,2")
    alone = ("logger=none", "callbacks=[frames]", "engine=module")
    assert program(*BATCHED, *jobs, "hydra.sweep.dir=together").status == 0
    assert program("-m", *jobs, *alone, "report=false", "hydra.sweep.dir=alone").status == 0
    for number in range(8):
        mine, theirs = Run(tmp_path / "together" / str(number)), Run(tmp_path / "alone" / str(number))
        assert files_of(mine) == files_of(theirs) - {"train.log", ".lock", "checkpoints/previous.ckpt"}
        receipt, expected = mine.summary, theirs.summary
        assert receipt.keys() == expected.keys()
        for key in (
            "status",
            "epochs",
            "steps",
            "seed",
            "parameters",
            "data_sha256",
            "versions",
            "git_commit",
            "error",
        ):
            assert receipt[key] == expected[key]
        assert receipt["metrics"] == pytest.approx(expected["metrics"], abs=1e-12)
        assert list(receipt["metrics"]) == list(expected["metrics"])
        assert receipt["best"] == pytest.approx(expected["best"], abs=1e-12)
        assert 0 < receipt["fit_seconds"] <= receipt["seconds"]
        assert receipt["weights_sha256"] == mine.state().weights_sha256
        history, others = mine.metrics(), theirs.metrics()
        assert list(history) == list(others)
        for name, column in history.items():
            assert column == pytest.approx(others[name], abs=1e-12)
        assert [(f.epoch, f.step) for f in mine.frames()] == [(f.epoch, f.step) for f in theirs.frames()]
        assert mine.state().optimizer.keys() == theirs.state().optimizer.keys()
        for which in ("last", "best"):
            states = [Run(run.folder, which).state() for run in (mine, theirs)]
            assert states[0].epoch == states[1].epoch
            for name, weight in states[1].weights.items():
                assert np.abs(states[0].weights[name] - weight).max() < 1e-12


@pytest.mark.slow
def test_a_batched_job_can_be_evaluated_and_resumed(
    program: Program, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    done = program(*BATCHED, *SMALL, "optimizer.momentum=0.9", "seed=range(2)", "hydra.sweep.dir=sweep")
    assert done.status == 0
    folder = tmp_path / "sweep" / "1"
    assert evaluate.main([f"run={folder}", f"to={tmp_path}"]) == 0  # the stored metrics, bit for bit
    probabilities = Run(folder).predict([[0.0, 0.0], [0.9, 0.9]])
    assert ((probabilities > 0) & (probabilities < 1)).all()

    assert program(f"resume={folder}", "epochs=6").status == 0
    assert program(*SMALL, "epochs=6", "seed=1", "optimizer.momentum=0.9", "logger=none", "callbacks=[frames]",
                   "report=false", "hydra.run.dir=whole").status == 0  # fmt: skip
    resumed, whole = Run(folder), Run(tmp_path / "whole")
    assert resumed.summary["epochs"] == 6
    assert list(resumed.metrics()["epoch"]) == [1, 2, 3, 4, 5, 6]
    for name, weight in whole.state().weights.items():
        assert resumed.state().weights[name] == pytest.approx(weight, abs=1e-5)


@pytest.mark.slow
def test_figures_and_tensorboard_are_there_if_values_ask_for_them(program: Program, tmp_path: Path) -> None:
    assert program(*BATCHED, *SMALL, "seed=range(2)", "hydra.sweep.dir=plain").status == 0
    assert not (tmp_path / "plain" / "0" / "figures").exists()
    assert not (tmp_path / "plain" / "0" / "tensorboard").exists()
    typed = ("logger=tensorboard", "callbacks=[frames,decision_boundary,training_curves]", "callbacks.frames.count=3")
    assert program(*BATCHED, *SMALL, *typed, "seed=range(2)", "hydra.sweep.dir=typed").status == 0
    assert not (tmp_path / "typed" / "0" / "figures").exists()
    assert not (tmp_path / "typed" / "0" / "tensorboard").exists()
    asked = ("figures=true", "events=true")
    assert program(*BATCHED, *SMALL, *asked, "seed=range(2)", "hydra.sweep.dir=asked").status == 0
    figures = {path.name for path in (tmp_path / "asked" / "0" / "figures").iterdir()}
    assert figures == {"decision_boundary.png", "training_curves.png"}
    from tensorboard.backend.event_processing.event_accumulator import EventAccumulator

    events = EventAccumulator(str(tmp_path / "asked" / "0" / "tensorboard"))
    events.Reload()
    rows = [(event.step, event.value) for event in events.Scalars("val_loss")]
    history = Run(tmp_path / "asked" / "0").metrics()
    losses = zip(history["epoch"], history["val_loss"], strict=True)
    assert rows == [(epoch, pytest.approx(loss)) for epoch, loss in losses]


@pytest.mark.slow
def test_a_page_for_each_job_is_there_when_it_is_asked_for(program: Program, tmp_path: Path) -> None:
    assert program("-m", "hydra/launcher=batched", *SMALL, "report=true", "seed=0,1", "hydra.sweep.dir=s").status == 0
    assert all(Run(tmp_path / "s" / number).report_file.is_file() for number in "01")
    assert program("-m", "hydra/launcher=batched", *SMALL, "seed=0,1", "hydra.sweep.dir=auto").status == 0
    assert not Run(tmp_path / "auto" / "0").report_file.exists()
    assert Sweep(tmp_path / "auto").report_file.is_file()


def test_a_job_that_diverges_is_listed_and_changes_no_other(program: Program, tmp_path: Path) -> None:
    line = ("dataset=linear", "model=single_layer", "epochs=100")
    done = program(*BATCHED, *line, "optimizer.lr=0.01,10,0.02", "hydra.sweep.dir=sweep")
    assert done.status == 1
    assert statuses(tmp_path / "sweep") == ["finished", "diverged", "finished"]
    assert "1 of 3 jobs did not finish:" in done.out
    diverged = Run(tmp_path / "sweep" / "1")
    assert "try a lower optimizer.lr" in diverged.summary["error"]
    assert diverged.state().is_finite()
    assert program(*BATCHED, *line, "optimizer.lr=0.01,0.02", "hydra.sweep.dir=healthy").status == 0
    for mine, other in (("0", "0"), ("2", "1")):
        hashes = [Run(tmp_path / folder).summary["weights_sha256"] for folder in (f"sweep/{mine}", f"healthy/{other}")]
        assert hashes[0] == hashes[1]

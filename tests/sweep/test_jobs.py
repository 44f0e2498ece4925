"""Completing a batched sweep trains together what is missing."""

import csv
from pathlib import Path

import pytest

from backprop_lab.runs.run import Run
from backprop_lab.sweep.__main__ import main as sweep_main
from backprop_lab.sweep.folder import Sweep
from conftest import Program

BATCHED = ("-m", "hydra/launcher=batched", "report=false")
SMALL = ("dataset.n_samples=100", "epochs=4")


def statuses(folder: Path) -> list[str]:
    with (folder / "sweep.csv").open(newline="") as file:
        return [row["status"] for row in csv.DictReader(file)]


def test_completing_trains_what_is_missing_together(
    program: Program, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert program(*BATCHED, *SMALL, "seed=range(5)", "hydra.sweep.dir=sweep").status == 0
    folder = tmp_path / "sweep"
    kept = Run(folder / "0").summary_file.stat().st_mtime_ns
    expected = [Run(folder / str(n)).summary["weights_sha256"] for n in range(5)]
    for number in (1, 3):
        for path in (folder / str(number)).rglob("*"):
            if path.is_file() and path.parent.name != ".hydra":
                path.unlink()
    Run(folder / "4").write_summary(status="failed", error="by a full disk")
    Run(folder / "4").checkpoint_file("last").unlink()
    capsys.readouterr()
    assert sweep_main([str(folder), "--complete"]) == 0
    assert "batched    3 jobs in 1 group" in capsys.readouterr().out
    assert statuses(folder) == ["finished"] * 5
    assert [Run(folder / str(n)).summary["weights_sha256"] for n in range(5)] == expected
    assert Run(folder / "0").summary_file.stat().st_mtime_ns == kept


def test_a_sweep_that_was_not_batched_is_completed_one_by_one(program: Program, tmp_path: Path) -> None:
    assert program("-m", *SMALL, "engine=module", "logger=none", "callbacks=[]", "report=false", "seed=0",
                   "hydra.sweep.dir=sweep").status == 0  # fmt: skip
    assert not Sweep(tmp_path / "sweep").is_batched
    assert not Sweep(tmp_path).is_batched

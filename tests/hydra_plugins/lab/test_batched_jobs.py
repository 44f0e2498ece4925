"""``hydra/launcher=batched``: what it refuses, and jobs that nobody has checked before."""

import csv
from pathlib import Path
from typing import Any

import pytest
from hydra.core.plugins import Plugins
from hydra.plugins.sweeper import Sweeper

from backprop_lab.runs.run import Run
from conftest import Program

BATCHED = ("-m", "hydra/launcher=batched", "report=false")
SMALL = ("dataset.n_samples=100", "epochs=4")


def statuses(folder: Path) -> list[str]:
    with (folder / "sweep.csv").open(newline="") as file:
        return [row["status"] for row in csv.DictReader(file)]


@pytest.mark.parametrize(
    ("wrong", "said"),
    [
        ("hydra.launcher.compile=often", "hydra.launcher.compile: got often; allowed: auto, true or false"),
        ("hydra.launcher.processes=0", "hydra.launcher.processes: got 0; allowed: auto, or a whole number from 1"),
        ("optimizer.lr=0.1,-1", "optimizer.lr: got -1; allowed: a number above 0"),
    ],
)
def test_wrong_input_is_refused_before_anything_is_made(
    program: Program, tmp_path: Path, wrong: str, said: str
) -> None:
    done = program(*BATCHED, wrong, "hydra.sweep.dir=sweep")
    assert done.status == 2
    assert said in done.err
    assert len(done.err.strip().splitlines()) == 1
    assert not (tmp_path / "sweep").exists()


def test_jobs_that_are_proposed_as_one_goes_are_trained_and_wrong_ones_are_infinitely_bad(
    program: Program, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """As Optuna's sweeper does: batches of jobs that nobody has checked, whose values decide what comes next."""
    # The class that Hydra's discovery has made: it runs the modules of its plugins again.
    BasicSweeper = next(plugin for plugin in Plugins.instance().discover(Sweeper) if plugin.__name__ == "BasicSweeper")
    values: list[float] = []

    def sweep(self: Any, arguments: list[str]) -> None:
        folder = Path(self.config.hydra.sweep.dir)
        folder.mkdir(parents=True, exist_ok=True)
        for number, lr in enumerate(("0.1", "-1", "0.5")):
            (done,) = self.launcher.launch([[*arguments, f"optimizer.lr={lr}"]], initial_job_idx=number)
            values.append(done.return_value)

    monkeypatch.setattr(BasicSweeper, "sweep", sweep)
    done = program(*BATCHED, *SMALL, "hydra/sweeper=basic", "hydra.sweep.dir=sweep")
    assert done.status == 1, done.err
    assert values[1] == float("inf")
    assert values[0] == Run(tmp_path / "sweep" / "0").summary["metrics"]["val_loss"]
    assert values[2] == Run(tmp_path / "sweep" / "2").summary["metrics"]["val_loss"] != values[0]
    assert statuses(tmp_path / "sweep") == ["finished", "failed", "finished"]
    assert "optimizer.lr: got -1" in Run(tmp_path / "sweep" / "1").summary["error"]

"""A user's own file that changes while a run or a sweep waits is noticed."""

import shutil
from pathlib import Path

import pytest

from backprop_lab.runs.run import Run
from backprop_lab.sweep import __main__ as sweep_main
from conftest import FLOWERS, Program

QUICK = ("dataset=csv", "engine=by_hand", "logger=none", "report=false", "callbacks=[]", "epochs=3")


@pytest.fixture
def table(tmp_path: Path) -> Path:
    return Path(shutil.copy(FLOWERS, tmp_path / "table.csv"))


def test_a_run_that_is_resumed_goes_on_with_its_points_and_says_so(
    program: Program, tmp_path: Path, table: Path
) -> None:
    assert program(*QUICK, f"dataset.path={table}", "hydra.run.dir=run").status == 0
    points = (tmp_path / "run" / "data.npz").read_bytes()
    assert program("resume=run", "epochs=5").err == ""
    table.write_text(table.read_text() + "5,3,red,lily\n")
    done = program("resume=run", "epochs=7")
    assert done.status == 0
    assert "the file of dataset.path has changed since the run began" in done.err
    assert (tmp_path / "run" / "data.npz").read_bytes() == points
    table.unlink()
    assert program("resume=run", "epochs=9").status == 0


@pytest.mark.parametrize("launcher", ["batched", "basic"])
def test_a_sweep_is_not_completed_from_another_file(
    program: Program, tmp_path: Path, table: Path, launcher: str, capsys: pytest.CaptureFixture[str],
    monkeypatch: pytest.MonkeyPatch,
) -> None:  # fmt: skip
    swept = ["-m", f"hydra/launcher={launcher}", "seed=range(3)", "hydra.sweep.dir=swept"]
    assert program(*QUICK, f"dataset.path={table}", *swept).status == 0
    shutil.rmtree(tmp_path / "swept" / "1")
    table.write_text(table.read_text() + "5,3,red,lily\n")
    monkeypatch.chdir(tmp_path)
    capsys.readouterr()
    assert sweep_main.main(["swept", "--complete"]) == 2
    assert f"{table}: changed since the sweep began" in capsys.readouterr().err
    shutil.copy(FLOWERS, table)
    assert sweep_main.main(["swept", "--complete"]) == 0
    assert [Run(tmp_path / "swept" / str(number)).status for number in range(3)] == ["finished"] * 3

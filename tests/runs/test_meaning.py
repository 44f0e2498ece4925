"""What the numbers of a run stand for, as a folder says it: checked before anything uses it."""

import json
import shutil
from pathlib import Path
from typing import Any

import pytest

from backprop_lab.evaluate import evaluate
from backprop_lab.report import __main__ as report
from backprop_lab.runs.errors import RunError
from backprop_lab.runs.run import Run
from conftest import FLOWERS, Program, Train

QUICK = ("dataset=csv", "epochs=2", "engine=by_hand", "logger=none", "callbacks=[]")


@pytest.fixture
def run(train: Train) -> Run:
    return train(*QUICK, f"dataset.path={FLOWERS}", "report=false")


def with_meaning(run: Run, **changes: Any) -> None:
    file = run.folder / "data.json"
    file.write_text(json.dumps(json.loads(file.read_text()) | changes))


WRONG: dict[str, tuple[dict[str, Any], str]] = {
    "fewer inputs": ({"columns": [{"name": "a", "categories": []}]}, "columns: got '1 inputs'; allowed: 4, as many"),
    "fewer classes": ({"classes": ["a", "b"]}, "classes: got '2 names'; allowed: one for each class, up to class 2"),
    "no columns": ({"columns": []}, "columns: got 'list'; allowed: a list"),
    "a number for a name": ({"target": 3}, "a name: got 'int'; allowed: text"),
    "text for names": ({"classes": "abc"}, "names: got 'str'; allowed: a list"),
    "a long name": ({"target": "a" * 2000}, "a name: got 'str'; allowed: text of at most"),
    "another entry": ({"more": 1}, "not columns, target and classes"),
    "another column": ({"columns": [{"name": "a"}]}, "columns: got 'an entry'; allowed: a name and its categories"),
}


@pytest.mark.parametrize("case", WRONG)
def test_a_wrong_entry_is_refused(run: Run, case: str) -> None:
    changes, said = WRONG[case]
    with_meaning(run, **changes)
    with pytest.raises(RunError) as caught:
        _ = run.task
    assert str(caught.value).startswith(str(run.folder / "data.json"))
    assert said in str(caught.value)


def test_a_run_that_holds_its_points_needs_no_file(train: Train, tmp_path: Path) -> None:
    table = tmp_path / "table.csv"
    table.write_bytes(FLOWERS.read_bytes())
    run = Run(train(*QUICK, f"dataset.path={table}", "report=false").folder)
    table.unlink()
    assert run.task.meaning.classes == ("lily", "rose", "tulip")
    assert run.predict([5.0, 3.0, 1.0, 0.0]).shape == (1, 3)


def test_the_page_of_a_sweep_is_made_though_its_file_is_gone(
    program: Program, tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    table = tmp_path / "table.csv"
    table.write_bytes(FLOWERS.read_bytes())
    assert program(*QUICK, f"dataset.path={table}", "-m", "seed=range(3)", "hydra.sweep.dir=swept").status == 0
    table.unlink()
    monkeypatch.chdir(tmp_path)
    (tmp_path / "swept" / "report.html").unlink()
    shutil.rmtree(tmp_path / "swept" / "points")
    assert report.main(["swept"]) == 0
    assert "its points cannot be had again" in (tmp_path / "swept" / "report.html").read_text(encoding="utf-8")
    capsys.readouterr()
    assert report.main(["swept/0"]) == 2
    said = capsys.readouterr().err
    assert "swept/0: its points cannot be had again (dataset.path: got " in said
    sha256 = Run(tmp_path / "swept" / "0").summary["data_sha256"]
    assert f"; its sweep keeps them in points/{sha256}.npz" in said


@pytest.mark.parametrize("launcher", [(), ("hydra/launcher=batched",)], ids=["basic", "batched"])
def test_a_sweep_keeps_the_points_of_a_file_once_for_all_jobs_that_have_the_same(
    launcher: tuple[str, ...], program: Program, tmp_path: Path
) -> None:
    table = tmp_path / "table.csv"
    table.write_bytes(FLOWERS.read_bytes())
    folds = ("dataset.folds=2", "dataset.fold=range(2)", "seed=range(2)")
    given = (*QUICK, f"dataset.path={table}", "report=false", "hydra.sweep.dir=swept")
    assert program("-m", *launcher, *given, *folds).status == 0
    table.write_text("length,kind\n1,a\n2,b\n3,a\n4,b\n")  # another one by now
    runs = [Run.at(tmp_path / "swept" / str(i)) for i in range(4)]
    kept = sorted(file.name for file in (tmp_path / "swept" / "points").iterdir())
    assert kept == sorted(f"{sha256}.{kind}" for sha256 in {run.summary["data_sha256"] for run in runs}
                          for kind in ("json", "npz"))  # fmt: skip
    assert len(kept) == 4
    for run in runs:
        assert run.task.meaning.classes == ("lily", "rose", "tulip")
        assert evaluate(run).again == evaluate(run).stored
    shutil.copytree(tmp_path / "swept" / "0", tmp_path / "alone")
    with pytest.raises(
        RunError, match=r"alone: these are not the points of the run .*; its sweep keeps them in points/"
    ):
        Run.at(tmp_path / "alone").task  # noqa: B018

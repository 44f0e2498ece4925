"""A missing number gets the mean of those who are trained on, in the training and in what is asked later."""

import csv
import json
from pathlib import Path
from statistics import fmean

import numpy as np
import pytest

from backprop_lab import predict
from backprop_lab.runs.run import Run
from backprop_lab.training.split import Split, points_of
from conftest import Program, Train, configured

QUICK = ("dataset=csv", "engine=by_hand", "epochs=3", "logger=none", "report=false", "callbacks=[]")
HOLES = {3, 8, 11, 17, 26, 34}
"""Rows that lack their number."""
VALUE = {row: float(row * row) for row in range(40) if row not in HOLES}
WORDS = {row: ("red", "white", "")[row % 3] for row in range(40)}


@pytest.fixture
def path(tmp_path: Path) -> Path:
    """The columns are the number of the row, one with holes, a word that is missing now and then, and the target."""
    file = tmp_path / "table.csv"
    rows = [f"{row},{VALUE.get(row, '')},{WORDS[row]},{row % 7 < 3:d}\n" for row in range(40)]
    file.write_text("row,value,word,y\n" + "".join(rows))
    return file


def split_of(path: Path, *overrides: str) -> Split:
    return points_of(configured("dataset=csv", f"dataset.path={path}", "dataset.missing=mean", *overrides))


@pytest.mark.parametrize(
    "overrides", [(), ("dataset.folds=4", "dataset.fold=0"), ("dataset.folds=4", "dataset.fold=3")]
)
def test_it_is_the_mean_of_the_rows_that_are_trained_on(path: Path, overrides: tuple[str, ...]) -> None:
    split = split_of(path, "dataset.test_fraction=0.2", *overrides)
    assert split.test is not None
    mean = fmean(VALUE[row] for row in map(int, split.train.x[:, 0]) if row in VALUE)
    assert abs(mean - fmean(VALUE.values())) > 1, "the mean of all rows would pass"
    filled = set()
    for part in (split.train, split.val, split.test):
        for row, value in part.x[:, :2].tolist():
            assert value == pytest.approx(VALUE.get(int(row), mean), rel=1e-12)
            filled |= {int(row)} - VALUE.keys()
    assert filled == HOLES


@pytest.fixture
def run(train: Train, path: Path) -> Run:
    made = train(*QUICK, f"dataset.path={path}", "dataset.missing=mean")
    path.unlink()
    return Run(made.folder)


def trained_mean(run: Run) -> float:
    return fmean(VALUE[row] for row in map(int, run.task.given.train.x[:, 0]) if row in VALUE)


def test_the_run_keeps_it_for_new_rows(run: Run, tmp_path: Path) -> None:
    mean = trained_mean(run)
    expected = run.predict([[5.0, mean, 1.0, 0.0, 0.0], [6.0, 7.0, 1.0, 0.0, 0.0]])
    np.testing.assert_allclose(
        run.predict([[5.0, np.nan, 1.0, 0.0, 0.0], [6.0, 7.0, 1.0, 0.0, 0.0]]), expected, rtol=1e-6
    )
    (tmp_path / "new.csv").write_text("word,value,row\n,,5\nNA,7,6\n")
    assert predict.main([f"run={run.folder}", f"data={tmp_path}/new.csv", f"to={tmp_path}/answers.csv"]) == 0
    with (tmp_path / "answers.csv").open(newline="", encoding="utf-8") as file:
        rows = list(csv.DictReader(file))
    np.testing.assert_allclose([float(row["probability of 1"]) for row in rows], expected, rtol=1e-6)
    assert [(row["word"], row["value"]) for row in rows] == [("", ""), ("", "7.0")]


def test_a_wrong_number_in_its_place_is_refused(run: Run) -> None:
    file = run.folder / "data.json"
    plain = json.loads(file.read_text())
    for wrong in ("1", True, 1e999):
        plain["columns"][1]["filling"] = wrong
        file.write_text(json.dumps(plain))
        with pytest.raises(ValueError, match=r"a filling: got .*; allowed: a finite number"):
            _ = Run(run.folder).task


@pytest.mark.parametrize("missing", ["refuse", "drop"])
def test_without_it_what_is_missing_in_new_rows_is_refused(
    missing: str, train: Train, path: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    if missing == "refuse":
        lines = path.read_text().splitlines(keepends=True)
        path.write_text("".join(line for line in lines if ",," not in line))
    run = train(*QUICK, f"dataset.path={path}", f"dataset.missing={missing}")
    with pytest.raises(ValueError, match="finite numbers"):
        run.predict([[5.0, np.nan, 1.0, 0.0]])
    for cells, column in (("5,,red", "value"), ("5,3,", "word")):
        (tmp_path / "new.csv").write_text(f"row,value,word\n{cells}\n")
        assert predict.main([f"run={run.folder}", f"data={tmp_path}/new.csv", f"to={tmp_path}/to.csv"]) == 2
        assert f"new.csv, row 2, column {column}: got nothing; allowed: a cell with" in capsys.readouterr().err


def test_a_column_that_nobody_has_who_is_trained_on_is_refused_in_one_line(
    path: Path, program: Program, tmp_path: Path
) -> None:
    held_out = int(split_of(path).val.x[0, 0])
    rows = [f"{row},{5 if row == held_out else ''},{row % 7 < 3:d}\n" for row in range(40)]
    path.write_text("row,value,y\n" + "".join(rows))
    done = program(*QUICK, f"dataset.path={path}", "dataset.missing=mean", "hydra.run.dir=run")
    assert (done.status, done.err.count("\n")) == (2, 1), done
    assert "column value: got only missing cells among the 32 training points" in done.err
    assert not (tmp_path / "run").exists()

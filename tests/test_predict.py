"""What a trained network says of the rows of a file."""

import csv
from pathlib import Path

import numpy as np
import pytest

from backprop_lab import predict
from backprop_lab.runs.run import Run
from conftest import FLOWERS, Train

QUICK = ("engine=by_hand", "logger=none", "report=false", "callbacks=[]")


def answers(run: Run, data: Path, to: Path) -> list[dict[str, str]]:
    assert predict.main([f"run={run.folder}", f"data={data}", f"to={to}"]) == 0
    with to.open(newline="", encoding="utf-8") as file:
        return list(csv.DictReader(file))


def refusal(capsys: pytest.CaptureFixture[str], *arguments: str) -> str:
    assert predict.main(list(arguments)) == 2
    error: str = capsys.readouterr().err
    assert error.count("\n") == 1
    return error


@pytest.fixture
def flowers(train: Train) -> Run:
    return train("dataset=csv", f"dataset.path={FLOWERS}", "epochs=20", *QUICK)


def test_the_answers_are_the_rows_with_the_class_and_a_probability_for_each(flowers: Run, tmp_path: Path) -> None:
    rows = answers(flowers, FLOWERS, tmp_path / "answers.csv")
    with FLOWERS.open(newline="") as file:
        given = list(csv.DictReader(file))
    assert len(rows) == len(given) == 60
    x = [[float(row["length"]), float(row["width"]), row["colour"] == "red", row["colour"] == "white"] for row in given]
    expected = flowers.predict(np.array(x, dtype=float))
    for row, own, probabilities in zip(rows, given, expected, strict=True):
        assert (float(row["length"]), row["colour"]) == (float(own["length"]), own["colour"])
        said = [float(row[f"probability of {name}"]) for name in ("lily", "rose", "tulip")]
        np.testing.assert_allclose(said, probabilities, rtol=1e-6)
        assert row["predicted kind"] == ("lily", "rose", "tulip")[int(np.argmax(said))]


def test_columns_may_come_in_any_order_and_form_and_others_be_there(flowers: Run, tmp_path: Path) -> None:
    plain, other = tmp_path / "plain.csv", tmp_path / "other.csv"
    plain.write_text("length,width,colour\n5.5,3.25,red\n4.25,2,white\n")
    other.write_text("colour;note;width;length\nred;=1+1;3,25;5,5\nwhite;b;2;4,25\n")
    one, two = (answers(flowers, file, tmp_path / "to.csv") for file in (plain, other))
    assert [row["probability of rose"] for row in one] == [row["probability of rose"] for row in two]
    assert two[0]["note"] == "'=1+1"  # which a spreadsheet would compute


def test_the_predictions_of_a_regression_are_in_the_units_of_the_file(train: Train, tmp_path: Path) -> None:
    table = tmp_path / "houses.csv"
    random = np.random.default_rng(0)
    size = random.uniform(50, 200, 200)
    table.write_text("size,price\n" + "".join(f"{s:.1f},{2000 * s + 50000:.0f}\n" for s in size))
    run = train("dataset=csv", f"dataset.path={table}", "model=single_layer", "epochs=60", *QUICK)
    (tmp_path / "new.csv").write_text("size\n100\n150\n")
    rows = answers(run, tmp_path / "new.csv", tmp_path / "to.csv")
    assert [float(row["predicted price"]) for row in rows] == pytest.approx([250_000, 350_000], rel=0.01)


def test_two_classes_have_the_probability_of_the_second(train: Train, tmp_path: Path) -> None:
    table = tmp_path / "two.csv"
    table.write_text("a,b,ill\n" + "".join(f"{i},{i % 7},{'yes' if i > 30 else 'no'}\n" for i in range(60)))
    run = train("dataset=csv", f"dataset.path={table}", "epochs=100", *QUICK)
    rows = answers(run, table, tmp_path / "to.csv")
    for row in (rows[0], rows[-1]):
        assert row["predicted ill"] == row["ill"] == ("yes" if float(row["probability of yes"]) > 0.5 else "no")


WRONG = {
    "a column": ("length,colour\n1,red\n", "new.csv, columns: got length, colour; allowed: those of the training"),
    "a category": (
        "length,width,colour\n1,2,red\n1,2,blue\n",
        "new.csv, row 3, column colour: got blue; allowed: one of",
    ),
    "a word": ("length,width,colour\nlong,2,red\n", "new.csv, row 2, column length: got long; allowed: a number"),
    "a cell": ("length,width,colour\n1,,red\n1,2,red\n", "new.csv, row 2, column width: got nothing; allowed: a cell"),
    "rows": ("length,width,colour\n", "new.csv; allowed: a table with rows below its header"),
}


@pytest.mark.parametrize("case", WRONG)
def test_wrong_rows_get_one_line_and_leave_nothing(
    flowers: Run, tmp_path: Path, capsys: pytest.CaptureFixture[str], case: str
) -> None:
    content, said = WRONG[case]
    (tmp_path / "new.csv").write_text(content)
    to = tmp_path / "to.csv"
    assert said in refusal(capsys, f"run={flowers.folder}", f"data={tmp_path / 'new.csv'}", f"to={to}")
    assert not to.exists()


def test_the_data_are_never_overwritten(flowers: Run, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    data = tmp_path / "new.csv"
    data.write_text("length,width,colour\n5.5,3.25,red\n")
    (tmp_path / "link.csv").symlink_to(data)
    for to in (data, tmp_path / "link.csv"):
        assert "another file than data=" in refusal(capsys, f"run={flowers.folder}", f"data={data}", f"to={to}")
    assert data.read_text() == "length,width,colour\n5.5,3.25,red\n"


def test_what_is_missing_is_named(capsys: pytest.CaptureFixture[str]) -> None:
    assert "data: got nothing; allowed: a file, such as data=new.csv" in refusal(capsys, "run=x")
    assert "file: no such key" in refusal(capsys, "file=x")

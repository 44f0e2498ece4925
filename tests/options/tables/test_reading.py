"""Tables of a user's own: what is found in a file, and what is said about one that cannot be used."""

import codecs
import os
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import sklearn.datasets

from backprop_lab.options.table import DataError, Table
from backprop_lab.options.tables.reading import table, task_of

Write = Callable[..., str]


@pytest.fixture
def write(tmp_path: Path) -> Write:
    """``write(text, name, encoding)`` makes a file; gives its path."""

    def make(text: str | bytes, name: str = "table.csv", encoding: str = "utf-8") -> str:
        file = tmp_path / name
        file.write_bytes(text if isinstance(text, bytes) else text.encode(encoding))
        return str(file)

    return make


def refusal(path: str, **knobs: Any) -> str:
    with pytest.raises(DataError) as caught:
        table(path, **knobs)
    text = str(caught.value)
    assert "\n" not in text
    return text


FLOWERS = "length,width,kind\n5.1,3.5,rose\n4.9,3,lily\n6.2,2.9,rose\n5.5,2.5,tulip\n"


def test_numbers_are_inputs_and_words_of_the_last_column_classes_in_the_order_of_the_alphabet(write: Write) -> None:
    made = table(write(FLOWERS))
    np.testing.assert_array_equal(made.x, [[5.1, 3.5], [4.9, 3], [6.2, 2.9], [5.5, 2.5]])
    assert made.meaning.classes == ("lily", "rose", "tulip")
    assert made.y.tolist() == [1, 0, 1, 2]
    assert made.meaning.inputs == ["length", "width"]
    assert made.meaning.target == "kind"
    assert made.said[0] == "table.csv: 4 rows, commas between the columns, a header"
    assert made.said[1] == "target kind (3 classes), 2 inputs of 2 columns"


@pytest.mark.parametrize("target", ["length", 1])
def test_the_target_is_a_column_by_name_or_number_and_words_become_inputs(write: Write, target: str | int) -> None:
    made = table(write(FLOWERS), target=target)
    assert made.y.tolist() == [5.1, 4.9, 6.2, 5.5]
    assert made.meaning.classes == ()
    assert made.meaning.inputs == ["width", "kind=lily", "kind=rose", "kind=tulip"]
    np.testing.assert_array_equal(made.x[:, 1:], [[0, 1, 0], [1, 0, 0], [0, 1, 0], [0, 0, 1]])


@pytest.mark.parametrize("ignore", [["width"], [2], [2, "width"]])
def test_columns_can_be_left_out(write: Write, ignore: list[str | int]) -> None:
    assert table(write(FLOWERS), ignore=ignore).meaning.inputs == ["length"]


FORMS = {
    "semicolons": ("a;b;c\n1.5;2;0\n2;3;1\n3;4;0\n4;5;1\n", "utf-8", "semicolons between the columns, a header"),
    "decimal commas": (
        "a;b;c\n1,5;2;0\n2;3;1\n3;4;0\n4;5;1\n",
        "utf-8",
        "semicolons between the columns, decimal commas",
    ),
    "tabs": ("a\tb\tc\n1.5\t2\t0\n2\t3\t1\n3\t4\t0\n4\t5\t1\n", "utf-8", "tabs between the columns, a header"),
    "bars": ("a|b|c\n1.5|2|0\n2|3|1\n3|4|0\n4|5|1\n", "utf-8", "bars between the columns, a header"),
    "no header": ("1.5,2,0\n2,3,1\n3,4,0\n4,5,1\n", "utf-8", "commas between the columns, no header"),
    "blanks": ("a, b, c\n1.5, 2, 0\n2, 3, 1\n\n3, 4, 0\n4, 5, 1\n\n", "utf-8", "commas between the columns, a header"),
    "Windows": ("a,b,c\r\n1.5,2,0\r\n2,3,1\r\n3,4,0\r\n4,5,1\r\n", "utf-8", "commas between the columns, a header"),
    "old Mac": ("a,b,c\r1.5,2,0\r2,3,1\r3,4,0\r4,5,1\r", "utf-8", "commas between the columns, a header"),
    "a mark": ("a,b,c\n1.5,2,0\n2,3,1\n3,4,0\n4,5,1\n", "utf-8-sig", "commas between the columns, a header"),
    "quotes": ('"a","b","c"\n"1.5","2","0"\n2,3,1\n3,4,0\n4,5,1\n', "utf-8", "commas between the columns, a header"),
    "UTF-16": (
        "a\tb\tc\n1.5\t2\t0\n2\t3\t1\n3\t4\t0\n4\t5\t1\n",
        "utf-16",
        "tabs between the columns, a header, UTF-16",
    ),
    "no end": ("a,b,c\n1.5,2,0\n2,3,1\n3,4,0\n4,5,1", "utf-8", "commas between the columns, a header"),
}


@pytest.mark.parametrize("form", FORMS)
def test_the_form_of_a_file_is_found_and_said(write: Write, form: str) -> None:
    text, encoding, said = FORMS[form]
    made = table(write(text, encoding=encoding))
    np.testing.assert_array_equal(made.x, [[1.5, 2], [2, 3], [3, 4], [4, 5]])
    assert made.y.tolist() == [0, 1, 0, 1]
    assert said in made.said[0]
    assert made.meaning.inputs == (["column 1", "column 2"] if form == "no header" else ["a", "b"])


def test_latin_1_is_said_and_may_be_demanded(write: Write) -> None:
    path = write("Größe;Straße;ja\n1;2;a\n2;3;b\n3;4;a\n4;5;b\n", encoding="latin-1")
    made = table(path)
    assert made.meaning.inputs == ["Größe", "Straße"]
    assert "Latin-1" in made.said[0]
    assert table(path, encoding="latin-1").meaning == made.meaning
    assert refusal(path, encoding="utf-8").startswith("dataset.encoding: got utf-8; allowed: text in UTF-8; byte 2")


def test_what_is_found_can_be_overridden(write: Write) -> None:
    path = write("1;2,5;0\n2;3,5;1\n3;4,5;0\n4;5,5;1\n5;6,5;0\n")
    assert table(path).x[0].tolist() == [1, 2.5]
    assert table(path, header=True).meaning.inputs == ["1", "2,5"]
    assert table(path, delimiter=",", header=False).meaning.columns[0].categories == ("1;2", "2;3", "3;4", "4;5", "5;6")


def test_names_may_hold_the_delimiter_in_quotes(write: Write) -> None:
    made = table(write('"a, or b",place,y\n1,"Bonn, Rhein",0\n2,Köln,1\n3,"Bonn, Rhein",0\n4,Köln,1\n'))
    assert made.meaning.inputs == ["a, or b", "place=Bonn, Rhein", "place=Köln"]


# -- the task ---------------------------------------------------------------------------------------------------------

TARGETS = {
    "two words": (["yes", "no"] * 20, "binary", ("no", "yes")),
    "two numbers": (["0", "1"] * 20, "binary", ("0", "1")),
    "two other numbers": (["-1", "2.5"] * 20, "binary", ("-1", "2.5")),
    "few words": (["a", "b", "c", "d"] * 10, "multiclass", ("a", "b", "c", "d")),
    "few whole numbers": (["1", "2", "10"] * 10, "multiclass", ("1", "2", "10")),
    "many whole numbers": ([str(i) for i in range(40)], "regression", ()),
    "other numbers": ([f"{i % 4 + 0.5}" for i in range(40)], "regression", ()),
}


@pytest.mark.parametrize("kind", TARGETS)
def test_the_type_of_task_is_found_from_the_target(write: Write, kind: str) -> None:
    cells, task, classes = TARGETS[kind]
    path = write("x,y\n" + "".join(f"{i},{cell}\n" for i, cell in enumerate(cells)))
    assert task_of(path=path) == task
    assert table(path).meaning.classes == classes


def test_the_type_of_task_can_be_overridden(write: Write) -> None:
    path = write("x,y\n" + "".join(f"{i},{i % 3}\n" for i in range(30)))
    assert table(path, task="multiclass").meaning.classes == ("0", "1", "2")
    made = table(path, task="regression")
    assert (made.meaning.classes, made.y[:4].tolist()) == ((), [0, 1, 2, 0])
    assert refusal(path, task="binary").endswith("got 3 different values; allowed: two, for dataset.task=binary") or (
        "3 different values" in refusal(path, task="binary")
    )
    words = write("x,y\n1,a\n2,b\n3,a\n4,b\n", "words.csv")
    assert (
        refusal(words, task="regression") == "words.csv, target y: got a; allowed: numbers, for dataset.task=regression"
    )


# -- missing cells and constant columns -------------------------------------------------------------------------------

HOLES = "a,b,y\n1,x,0\n,x,1\n3,NA,0\n5,z,1\n7,z,1\n"


def test_a_missing_cell_is_refused_with_its_row_and_column(write: Write) -> None:
    said = (
        "table.csv, row 3, column a: got nothing; allowed: a cell with something in it, or dataset.missing=drop or mean"
    )
    assert refusal(write(HOLES)) == said


def test_rows_with_missing_cells_can_be_left_out(write: Write) -> None:
    made = table(write(HOLES + "8,x,1\n"), missing="drop")
    assert made.x[:, 0].tolist() == [1, 5, 7, 8]
    assert "2 rows with missing cells left out" in made.said


def test_missing_cells_can_be_filled(write: Write) -> None:
    made = table(write(HOLES), missing="mean")
    np.testing.assert_array_equal(made.x[:, 0], [1, np.nan, 3, 5, 7])
    assert made.fills_missing
    assert made.meaning.inputs == ["a", "b=(missing)", "b=x", "b=z"]
    assert "2 missing cells filled, numbers by the mean of the training points" in made.said
    assert "dataset.missing=drop" in refusal(write("a,y\n1,0\n2,\n3,1\n4,0\n", "target.csv"), missing="mean")


def test_constant_columns_are_named(write: Write) -> None:
    made = table(write("a,b,c,y\n1,2,u,0\n2,2,u,1\n3,2,u,0\n4,2,u,1\n"))
    assert made.said[-1] == "constant: b, c"


# -- wrong files ------------------------------------------------------------------------------------------------------

ROWS = "1,2,0\n2,3,1\n3,4,0\n4,5,1\n"
WRONG: dict[str, tuple[str | bytes, dict[str, Any], str]] = {
    "empty": ("", {}, "allowed: a table; this file is empty"),
    "blank": (" \n\n", {}, "allowed: a table; this file is empty"),
    "header only": ("a,b,c\n", {}, "a table with rows below its header; this one has none"),
    "one row": ("a,b,c\n1,2,0\n", {}, "a table of at least 4 complete rows; it has 1"),
    "few rows": ("a,b,c\n1,2,0\n2,3,1\n", {}, "a table of at least 4 complete rows; it has 2"),
    "one column": ("a\n1\n2\n3\n4\n", {}, "a table of at least two columns"),
    "one class": ("a,b\n1,x\n2,x\n3,x\n4,x\n", {}, "target b: got x in every row; allowed: at least two"),
    "text among numbers": ("a,b,c\n" + ROWS + "5,six,1\n", {}, "row 6, column b: got six; allowed: a number"),
    "infinity": ("a,b,c\n" + ROWS + "5,inf,1\n", {}, "row 6, column b: got inf; allowed: a number"),
    "too large": ("a,b,c\n" + ROWS + "5,1e999,1\n", {}, "row 6, column b: got 1e999; allowed: a number"),
    "a row too short": ("a,b,c\n" + ROWS + "5,6\n", {}, "row 6: got 2 cells; allowed: 3, as in the first row"),
    "a row too long": ("a,b,c\n1,2,0\n2,3,1,9\n3,4,0\n4,5,1\n", {}, "row 3: got 4 cells; allowed: 3"),
    "binary": (bytes(range(256)) * 10, {}, "this one is binary"),
    "zeros": (b"\0" * 10_000, {}, "this one is binary"),
    "duplicate columns": ("a,b,a\n" + ROWS, {}, "names of columns 1 and 3: got a; allowed: different names"),
    "no such target": (
        "a,b,c\n" + ROWS,
        {"target": "d"}, "dataset.target: got d; allowed: the number or name of a column: 1 (a), 2 (b), 3 (c)",
    ),
    "no such number": ("a,b,c\n" + ROWS, {"target": 4}, "dataset.target: got 4; allowed: the number or name"),
    "all ignored": ("a,b,c\n" + ROWS, {"ignore": ["a", "b"]}, "dataset.ignore: got [a,b]; allowed: fewer; no input"),
    "target ignored": ("a,b,c\n" + ROWS, {"ignore": ["c"]}, "allowed: columns other than the target, c"),
    "dates": (
        "a,day,c\n1,2024-01-31,0\n2,2024-02-01,1\n3,2024-02-02,0\n4,2024-02-03,1\n",
        {}, "row 2, column day: got 2024-01-31; allowed: a word or a number; make of a date the year",
    ),
    "German dates": ("a,Tag,c\n1,31.1.2024,0\n2,1.2.2024,1\n3,1.3.2024,0\n4,1.4.2024,1\n", {}, "dataset.ignore=[2]"),
    "only missing cells": ("a,b,c\n1,,0\n2,,1\n3,,0\n4,,1\n", {"missing": "mean"}, "column b: got only missing cells"),
    "nothing complete": ("a,b,c\n1,,0\n,2,1\n3,,0\n,4,1\n", {"missing": "drop"}, "at least 4 complete rows; it has 0"),
    "many words": (
        "id,b,c\n" + "".join(f"u{i},{i},{i % 2}\n" for i in range(60)),
        {}, "column id: got 60 different words; allowed: numbers, or at most 50 different words; dataset.ignore=[1]",
    ),
    "many classes": (
        "a,name\n" + "".join(f"{i},n{i}\n" for i in range(200)),
        {}, "got 200 different values; allowed: at most 100 classes",
    ),
    "an open quote": ('a,b,c\n1,2,0\n"2,3,1\n3,4,0\n' + "x" * 200_000, {}, "row"),
}  # fmt: skip


@pytest.mark.parametrize("kind", WRONG)
def test_a_wrong_file_gets_one_line_that_names_what_and_where(write: Write, kind: str) -> None:
    content, knobs, said = WRONG[kind]
    assert said in refusal(write(content), **knobs)


def test_what_is_no_file_is_refused(tmp_path: Path) -> None:
    os.mkfifo(tmp_path / "pipe.csv")
    (tmp_path / "loop.csv").symlink_to(tmp_path / "loop.csv")
    (tmp_path / "dangling.csv").symlink_to(tmp_path / "nowhere.csv")
    for name in ("pipe.csv", "loop.csv", "dangling.csv", "missing.csv", "", "a\0b"):
        assert refusal(str(tmp_path / name)).startswith("dataset.path: got ")
    assert "not a folder" in refusal(str(tmp_path))
    assert "a device" in refusal("/dev/zero")


def test_a_huge_sparse_file_is_refused_without_reading_it(tmp_path: Path) -> None:
    for size in (2 * 1024**3, 10 * 1024**3):
        with (tmp_path / "huge.csv").open("wb") as file:
            file.truncate(size)
        assert "dataset.path" in refusal(str(tmp_path / "huge.csv"))


def test_a_link_to_a_file_is_read_and_the_file_never_changed(write: Write, tmp_path: Path) -> None:
    path = write(FLOWERS)
    (tmp_path / "link.csv").symlink_to(path)
    before = Path(path).stat()
    assert table(str(tmp_path / "link.csv")).meaning == table(path).meaning
    after = Path(path).stat()
    assert (before.st_mtime_ns, before.st_size, before.st_ino) == (after.st_mtime_ns, after.st_size, after.st_ino)


def test_a_file_that_has_changed_is_read_again(write: Write) -> None:
    path = write(FLOWERS)
    before = table(path)
    write(FLOWERS + "1,2,rose\n")
    after = table(path)
    assert (len(before.y), len(after.y)) == (4, 5)
    assert before.sha256 != after.sha256


# -- the two ways to read give the same -------------------------------------------------------------------------------


def same(a: Table, b: Table) -> bool:
    return bool((a.x == b.x).all() and (a.y == b.y).all() and a.meaning == b.meaning)


@pytest.mark.parametrize("name", ["iris", "wine", "breast_cancer", "digits"])
def test_tables_of_scikit_learn_come_back_as_they_were(write: Write, name: str) -> None:
    loaded = getattr(sklearn.datasets, f"load_{name}")()
    names = [str(label) for label in loaded.target_names]
    lines = [",".join(f'"{feature}"' for feature in loaded.feature_names) + ",target"]
    lines += [
        ",".join(map(repr, row)) + f",{names[y]}" for row, y in zip(loaded.data.tolist(), loaded.target, strict=True)
    ]
    made = table(write("\n".join(lines) + "\n"))
    np.testing.assert_array_equal(made.x, loaded.data)
    assert [made.meaning.classes[int(y)] for y in made.y] == [names[y] for y in loaded.target]


def test_read_at_once_and_cell_by_cell_give_the_same(write: Write) -> None:
    """A missing cell anywhere makes it read cell by cell."""
    random = np.random.default_rng(0)
    rows = [f"{a!r},{b:e},{word},{y}" for a, b, word, y in zip(
        random.normal(size=500).tolist(), random.normal(size=500).tolist(), random.choice(["u", "v w", "ü"], 500),
        random.choice(["p", "q", "r"], 500), strict=True,
    )]  # fmt: skip
    text = "a,b,c,y\n" + "\n".join(rows) + "\n"
    assert same(table(write(text, "one.csv")), table(write(text + "1,,u,p\n", "two.csv"), missing="drop"))


def test_arrays_of_a_file_npz(tmp_path: Path) -> None:
    random = np.random.default_rng(0)
    x, y = random.normal(size=(20, 3)), random.integers(0, 3, 20)
    np.savez(tmp_path / "arrays.npz", X=x, y=y)
    made = table(str(tmp_path / "arrays.npz"))
    np.testing.assert_array_equal(made.x, x)
    assert (made.meaning.classes, made.meaning.inputs) == (("0", "1", "2"), ["x1", "x2", "x3"])
    np.savez(tmp_path / "pickled.npz", x=np.array([{}, []], dtype=object), y=y)
    assert "arrays x and y" in refusal(str(tmp_path / "pickled.npz"))
    np.savez(tmp_path / "without.npz", x=x)
    assert refusal(str(tmp_path / "without.npz")).endswith("it has no y")
    np.savez(tmp_path / "shapes.npz", x=x, y=y[:5])
    assert "x of shape [20, 3] and y of shape [5]" in refusal(str(tmp_path / "shapes.npz"))
    (tmp_path / "text.npz").write_bytes(codecs.BOM_UTF8 + b"no zip")
    assert "arrays x and y" in refusal(str(tmp_path / "text.npz"))

"""A table that is read at once is what it is cell by cell, and so is what is said about one that cannot be used."""

from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest

from backprop_lab.options.table import DataError, Table
from backprop_lab.options.tables import blocks, rows
from backprop_lab.options.tables.reading import table
from options.tables.test_reading import FORMS, WRONG

Read = Callable[..., tuple[Table | str, Table | str, bool]]


@pytest.fixture
def read(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Read:
    """``read(content)`` reads it both ways, and says whether at once it came to an end. An error is its text."""
    at_once = blocks.columns
    said: list[bool] = []

    def columns(*arguments: object) -> object:
        found = at_once(*arguments)  # type: ignore[arg-type]
        said.append(found is not None)
        return found

    monkeypatch.setattr(blocks, "columns", columns)
    monkeypatch.setattr(blocks, "BLOCK", 64)

    def both(content: str | bytes, encoding: str = "utf-8", **knobs: object) -> tuple[Table | str, Table | str, bool]:
        made: list[Table | str] = []
        said.clear()
        for large in (0, 1 << 30):
            monkeypatch.setattr(rows, "LARGE", large)
            (folder := tmp_path / str(int(large > 0))).mkdir(exist_ok=True)
            file = folder / "table.csv"
            file.write_bytes(content if isinstance(content, bytes) else content.encode(encoding))
            try:
                made.append(table(str(file), **knobs))  # type: ignore[arg-type]
            except DataError as wrong:
                made.append(str(wrong).replace(f"{folder}/", ""))
        return made[0], made[1], any(said)

    return both


def assert_same(one: Table | str, other: Table | str) -> None:
    if isinstance(one, str) or isinstance(other, str):
        assert one == other
        return
    np.testing.assert_array_equal(one.x, other.x)
    np.testing.assert_array_equal(one.y, other.y)
    assert (one.meaning, one.said, one.sha256) == (other.meaning, other.said, other.sha256)


@pytest.mark.parametrize("form", FORMS)
def test_each_form_is_read_as_it_is_cell_by_cell(read: Read, form: str) -> None:
    text, encoding, _ = FORMS[form]
    one, other, is_at_once = read(text, encoding)
    assert_same(one, other)
    assert is_at_once is (form not in ("blanks", "old Mac")), "a blank line, and lines without a newline"


@pytest.mark.parametrize("kind", WRONG)
def test_each_wrong_file_gets_the_same_line(read: Read, kind: str) -> None:
    content, knobs, _ = WRONG[kind]
    one, other, _ = read(content, **knobs)
    assert isinstance(one, str)
    assert_same(one, other)


NUMBERS = (
    "1", "-1", "+1", "1.", ".5", "-.5", "+.5", "1e5", "1E5", "1e+5", "1e-5", "1.e5", ".5e-3", "-0", "007", "1e-400",
    "4.9e-324", "1.7976931348623157e308", "0.1000000000000000055511151231257827", "123456789012345678901234567890",
    '"1.5"',
)  # fmt: skip
MISSING = ("", "NA", "n/a", "nan", "NaN", "null", "None", "?", "-", '""')
NONE = (
    ".", "-.", "+", "--1", "+-1", "1-2", "1+2", "2024-01-31", "1.2.3", "1e", "1e-", "e5", ".e5", "-.e5", "1e5.3",
    "1e5e3", "1e+-5", "inf", "-inf", "1e999", "0x10", "1_0", "1 2", "1a", "a1", "%", "1\x00", "--",
)  # fmt: skip


@pytest.mark.parametrize("cell", [*NUMBERS, *MISSING, *NONE, " 1", "1 ", "\t1", "١", '1"', '"1', '"1"2"', '"1,5"'])
@pytest.mark.parametrize("missing", ["refuse", "mean"])
def test_each_cell_is_a_number_missing_or_wrong_as_it_is_alone(read: Read, cell: str, missing: str) -> None:
    lines = [f"{i + 0.25},{i},{i % 2}\n" for i in range(20)]
    lines[11] = f"0.5,{cell},1\n"
    one, other, is_at_once = read("a,b,y\n" + "".join(lines), missing=missing)
    assert_same(one, other)
    if cell in NUMBERS:
        assert isinstance(one, Table)
        assert one.x[11].tolist() == [0.5, float(cell.strip('"'))]
    assert is_at_once is (cell in (*NUMBERS, *MISSING) or cell == " 1")
    assert isinstance(one, str) or cell not in NONE


def test_words_of_any_length_and_language_come_back(read: Read) -> None:
    words = ["a", "eightchr", "nine char", "Köln", "a, or b", "x" * 200, "NA"]
    random = np.random.default_rng(0)
    lines = [f'{i},"{random.choice(words)}",{random.choice(["yes", "no"])}\r\n' for i in range(300)]
    quoted = read("a,word,y\r\n" + "".join(lines), missing="mean")
    assert_same(quoted[0], quoted[1])
    lines = [line.replace("a, or b", "a or b").replace('"', "") for line in lines]
    for encoding in ("utf-8", "latin-1", "utf-16"):
        one, other, is_at_once = read("a,word,y\r\n" + "".join(lines), encoding, missing="mean")
        assert_same(one, other)
        assert is_at_once
        assert isinstance(one, Table)
        assert one.meaning.columns[1].categories == (
            "(missing)",
            "Köln",
            "a",
            "a or b",
            "eightchr",
            "nine char",
            "x" * 200,
        )


def test_a_mark_before_rows_without_a_header_is_no_part_of_the_first_cell(read: Read) -> None:
    one, other, is_at_once = read("1.5,2,0\n2,3,1\n3,4,0\n4,5,1\n", "utf-8-sig")
    assert_same(one, other)
    assert is_at_once


def test_numbers_are_rounded_as_python_does(read: Read) -> None:
    random = np.random.default_rng(0)
    values = random.normal(size=4000) * 10.0 ** random.integers(-300, 300, 4000)
    text = "".join(f"{value!r},{value:.18e},{i % 2}\n" for i, value in enumerate(values.tolist()))
    one, _, is_at_once = read(text)
    assert is_at_once
    assert isinstance(one, Table)
    np.testing.assert_array_equal(one.x, np.stack([values, values], axis=1))

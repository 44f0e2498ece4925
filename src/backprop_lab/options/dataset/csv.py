"""A table in a file of one's own: ``.csv``, ``.tsv`` or other text with one row in each line, or ``.npz``."""

from typing import Any

from backprop_lab.options.rules import Rule, choice, is_whole
from backprop_lab.options.table import Table

ALSO_CALLED = ("file", "own", "table", "tsv", "npz", "excel", "pandas", "dataframe")


def _is_place(value: object) -> bool:
    """Whether a value may be the name of a column, or its number."""
    return (isinstance(value, str) and value != "") or (is_whole(value) and value > 0)  # type: ignore[operator]


KNOBS = {
    "path": Rule(lambda v: isinstance(v, str) and v != "", "a file", "the file with the table, .csv, .tsv or .npz"),
    "target": Rule(
        lambda v: v is None or _is_place(v),
        "the name or the number of a column, counted from 1, or null for the last one",
        "the column to predict",
    ),
    "ignore": Rule(
        lambda v: isinstance(v, list) and all(map(_is_place, v)),
        "a list of names or numbers of columns, counted from 1",
        "columns to leave out",
    ),
    "delimiter": choice("what is between the columns", "auto", ",", ";", "\t", "|"),
    "decimal": choice("the sign before the decimals of a number", "auto", ".", ","),
    "header": choice("whether the first row has the names of the columns", "auto", True, False),
    "encoding": choice("encoding of the text", "auto", "utf-8", "utf-16", "latin-1"),
    "missing": choice(
        "what to do about missing cells; drop: leave out their rows; mean: fill in the mean of the training points",
        "refuse", "drop", "mean",
    ),
}  # fmt: skip


def table(**knobs: Any) -> Table:
    """With ``task``, the type of task that the target is read for; ``auto`` finds it."""
    from backprop_lab.options.tables import reading

    return reading.table(**knobs)


def task_of(**knobs: Any) -> str:
    from backprop_lab.options.tables import reading

    return reading.task_of(**knobs)

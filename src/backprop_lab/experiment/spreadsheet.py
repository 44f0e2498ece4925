"""Tables as CSV. A spreadsheet computes a cell that begins like a formula, whoever wrote it."""

import csv
import io
from collections.abc import Iterable, Sequence

from backprop_lab.experiment.visible import visible

FORMULA = ("=", "+", "-", "@", "\t", "\r", "\n")


def table(rows: Iterable[Sequence[object]]) -> str:
    """The rows as CSV, a line each, text that would be a formula after a ``'``; numbers stay numbers."""
    text = io.StringIO()
    csv.writer(text, lineterminator="\n").writerows([_cell(value) for value in row] for row in rows)
    return text.getvalue()


def _cell(value: object) -> object:
    if not isinstance(value, str):
        return value
    return visible(f"'{value}" if value.startswith(FORMULA) else value)

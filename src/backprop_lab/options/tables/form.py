"""How a file is laid out: found from its beginning, unless the user says it."""

import contextlib
import io
import re
from collections import Counter
from dataclasses import dataclass

from backprop_lab.options.table import DataError
from backprop_lab.options.tables.cells import is_missing, is_number
from backprop_lab.options.tables.records import records
from backprop_lab.options.tables.source import KEY, NAMES, Source

DELIMITERS = {",": "comma", ";": "semicolon", "\t": "tab", "|": "bar"}
LOOKED_AT = 200
"""Rows from which the form is found."""
_WITH_COMMA = re.compile(r"[+-]?\d*,\d+([eE][+-]?\d+)?")


@dataclass(frozen=True)
class Form:
    """``decimal`` is the sign before the decimals, a point or a comma."""

    delimiter: str
    decimal: str
    has_header: bool

    def said(self, encoding: str) -> list[str]:
        """In words; what is usual goes without saying."""
        return [
            f"{DELIMITERS[self.delimiter]}s between the columns",
            *(["decimal commas"] if self.decimal == "," else []),
            "a header" if self.has_header else "no header",
            *([NAMES[encoding]] if NAMES[encoding] != "UTF-8" else []),
        ]


def form_of(source: Source, delimiter: str, decimal: str, header: str | bool, fewest: int = 2) -> Form:
    """The form of a file; ``auto`` is found. Raises ``DataError`` if it has fewer columns than ``fewest``."""
    head = source.head()
    separator = _delimiter(source, head) if delimiter == "auto" else delimiter
    rows = _looked_at(head, separator)
    if max(map(len, rows), default=0) < fewest:
        said = f"a table of at least two columns, with {', '.join(DELIMITERS.values())} between them"
        raise DataError(KEY, source.name, f"{said}, or dataset.delimiter")
    mark = _decimal(rows, separator) if decimal == "auto" else decimal
    has_header = _has_header(rows, mark) if header == "auto" else bool(header)
    return Form(separator, mark, has_header)


def _looked_at(head: str, delimiter: str) -> list[list[str]]:
    rows: list[list[str]] = []
    with contextlib.suppress(DataError):  # told when the whole file is read
        for _, row in records(io.StringIO(head, newline=""), delimiter, ""):
            rows.append(row)
            if len(rows) == LOOKED_AT:
                break
    return rows


def _delimiter(source: Source, head: str) -> str:
    """The one by which most rows have the same number of columns; of several, the one with more columns."""

    def quality(delimiter: str) -> tuple[float, int]:
        widths = Counter(map(len, _looked_at(head, delimiter)))
        (width, count), *_ = widths.most_common(1) or [(1, 0)]
        return (count / max(1, sum(widths.values())), width) if width > 1 else (0.0, 0)

    if source.name.lower().endswith(".tsv"):
        return "\t"
    return max(DELIMITERS, key=quality)


def _decimal(rows: list[list[str]], delimiter: str) -> str:
    if delimiter == ",":
        return "."
    cells = [cell.strip() for row in rows for cell in row]
    with_comma = sum(_WITH_COMMA.fullmatch(cell) is not None for cell in cells)
    with_point = sum(is_number(cell) and "." in cell for cell in cells)
    return "," if with_comma > with_point else "."


def _has_header(rows: list[list[str]], decimal: str) -> bool:
    """Whether the first row is unlike the others: no number in it, and below it numbers or other words."""
    first, *others = ([cell.strip().replace(decimal, ".") for cell in row] for row in rows)
    if any(is_number(cell) or is_missing(cell) for cell in first):
        return False
    below = [{row[i] for row in others if i < len(row)} for i in range(len(first))]
    has_numbers = any(any(map(is_number, cells)) for cells in below)
    return has_numbers or not any(cell in cells for cell, cells in zip(first, below, strict=True))

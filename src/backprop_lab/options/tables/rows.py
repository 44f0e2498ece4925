"""The cells of a file, column by column: numbers, or texts."""

import io
import itertools
import math
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import TextIO

import numpy as np

from backprop_lab.options.table import DataError
from backprop_lab.options.tables import blocks
from backprop_lab.options.tables.cells import MISSING_TEXT, is_date, is_missing, is_number
from backprop_lab.options.tables.form import LOOKED_AT, Form
from backprop_lab.options.tables.records import records
from backprop_lab.options.tables.source import KEY, Source

BLOCK = 20_000
"""Rows that are in memory as texts at a time."""
LARGE = 1 << 18
"""Bytes from which on it is worth while to look at all cells at once."""


@dataclass(frozen=True)
class RawColumn:
    """``cells`` [n]: float64, with NaN where one is missing, or texts, with ``MISSING_TEXT``."""

    name: str
    cells: np.ndarray

    @property
    def is_number(self) -> bool:
        return self.cells.dtype == np.float64

    @property
    def missing(self) -> np.ndarray:
        """[n] bool"""
        return np.isnan(self.cells) if self.is_number else self.cells == MISSING_TEXT


def columns_of(source: Source, form: Form) -> tuple[list[RawColumn], np.ndarray]:
    """The columns, and the number of each row in the file, counted from 1.

    Raises ``DataError`` for rows of different lengths, a text among numbers, a date, or a number that is not finite.
    """
    rows = _rows(source, form)
    first = list(itertools.islice(rows, LOOKED_AT + 1))
    if not first:
        raise DataError(KEY, source.name, "a table with rows; this file has none")
    names = _names(source, form, first[0][1])
    body = first[form.has_header :]
    if not body:
        raise DataError(KEY, source.name, "a table with rows below its header; this one has none")
    are_numbers = [_are_numbers([row[i] for _, row in body if i < len(row)], form) for i in range(len(names))]
    above = body[0][0] - 1 if not form.has_header else first[0][0]
    read = _at_once(source, form, above, are_numbers)
    if read is None:
        read, numbers = _one_by_one(source, form, names, are_numbers)
    else:
        numbers = np.arange(len(read[0])) + 1 + above
    return [RawColumn(name, cells) for name, cells in zip(names, read, strict=True)], numbers


def _rows(source: Source, form: Form) -> Iterator[tuple[int, list[str]]]:
    return records(_text(source), form.delimiter, source.name)


def _text(source: Source) -> TextIO:
    return io.TextIOWrapper(io.BytesIO(source.content), encoding=source.encoding, newline="")


def _names(source: Source, form: Form, first: Sequence[str]) -> list[str]:
    if not form.has_header:
        return [f"column {i + 1}" for i in range(len(first))]
    names = [name.strip() or f"column {i + 1}" for i, name in enumerate(first)]
    for i, name in enumerate(names):
        if name in names[:i]:
            where = f"columns {names.index(name) + 1} and {i + 1}"
            raise DataError(f"{source.name}, names of {where}", name, "different names")
    return names


def _are_numbers(cells: Sequence[str], form: Form) -> bool:
    """Whether a column is meant to have numbers: most of those cells that are there are."""
    there = [cell.strip().replace(form.decimal, ".") for cell in cells if not is_missing(cell)]
    return sum(map(is_number, there)) > len(there) / 2 or not there


def _at_once(source: Source, form: Form, above: int, are_numbers: Sequence[bool]) -> list[np.ndarray] | None:
    """The columns of a large table that begins below some lines; None if it is small, or not plain."""
    if len(source.content) < LARGE:
        return None
    content, encoding = source.in_ascii()
    start = 0
    for _ in range(above):
        start = content.find(b"\n", start) + 1
        if not start:
            return None
    return blocks.columns(content, start, encoding, form, are_numbers)


def _one_by_one(
    source: Source, form: Form, names: Sequence[str], are_numbers: Sequence[bool]
) -> tuple[list[np.ndarray], np.ndarray]:
    blocks: list[list[np.ndarray]] = []
    numbers: list[int] = []
    rows = itertools.islice(_rows(source, form), int(form.has_header), None)
    while block := list(itertools.islice(rows, BLOCK)):
        for number, row in block:
            if len(row) != len(names):
                raise DataError(
                    f"{source.name}, row {number}", f"{len(row)} cells", f"{len(names)}, as in the first row"
                )
        numbers += [number for number, _ in block]
        blocks.append([_column(source, form, name, i, is_one, block)
                       for i, (name, is_one) in enumerate(zip(names, are_numbers, strict=True))])  # fmt: skip
    return [np.concatenate(parts) for parts in zip(*blocks, strict=True)], np.array(numbers)


def _column(
    source: Source, form: Form, name: str, i: int, is_number_column: bool, block: Sequence[tuple[int, list[str]]]
) -> np.ndarray:
    """A column of some rows."""
    cells = [row[i].strip() for _, row in block]
    different = set(cells)
    missing = set(filter(is_missing, different))
    if not is_number_column:
        if any(map(is_date, different)):
            number, cell = next((number, cell) for (number, _), cell in zip(block, cells, strict=True) if is_date(cell))
            hint = "a word or a number; make of a date the year, or the days since one, or leave the column out with "
            raise DataError(f"{source.name}, row {number}, column {name}", cell, f"{hint}dataset.ignore=[{i + 1}]")
        return np.array([MISSING_TEXT if cell in missing else cell for cell in cells], dtype=object)
    plain = ["nan" if cell in missing else cell.replace(form.decimal, ".") for cell in cells]
    for (number, _), cell, text in zip(block, cells, plain, strict=True):
        if cell not in missing and not (is_number(text) and math.isfinite(float(text))):
            raise DataError(f"{source.name}, row {number}, column {name}", cell, "a number, as in most rows")
    return np.array(list(map(float, plain)))

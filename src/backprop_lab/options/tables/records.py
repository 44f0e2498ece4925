"""Texts with one row in each line as lists of cells."""

import csv
from collections.abc import Iterator
from typing import TextIO

from backprop_lab.options.table import DataError


def records(text: TextIO, delimiter: str, name: str) -> Iterator[tuple[int, list[str]]]:
    """Number, counted from 1, and cells of each row that is not blank. Raises ``DataError`` for what is no row.

    Of a row whose quoted cells have several lines, the number is that of the last one.
    """
    reader = csv.reader(text, delimiter=delimiter, skipinitialspace=True)
    try:
        for row in reader:
            if any(map(str.strip, row)) or len(row) > 1:
                yield reader.line_num, row
    except csv.Error as problem:
        raise DataError(f"{name}, row {reader.line_num + 1}", str(problem), "a row of cells") from None

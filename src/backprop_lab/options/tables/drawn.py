"""Points of the plane with their classes, from a list or a file of three columns."""

import functools
from collections.abc import Sequence

import numpy as np

from backprop_lab.options.table import DataError, Table, of_numbers
from backprop_lab.options.tables import source
from backprop_lab.options.tables.form import form_of
from backprop_lab.options.tables.rows import columns_of
from backprop_lab.options.tables.source import KEY


def of_list(points: Sequence[Sequence[float]], sha256: str | None = None, name: str = "") -> Table:
    """The points [x1, x2, class], which have been checked."""
    array = np.array(points, dtype=np.float64)
    x, y = np.ascontiguousarray(array[:, :2]), np.ascontiguousarray(array[:, 2])
    x.flags.writeable = y.flags.writeable = False  # all runs of a process share them
    said = f"{name}{len(y):,} points of {len(np.unique(y))} classes"
    return Table(x, y, of_numbers(2), (said,), sha256)


def of_file(path: str, most_classes: int) -> Table:
    """The points of a text file, read again if it has changed. Raises ``DataError`` that names what is wrong, and
    where."""
    return _of_file(source.identity(path), path, most_classes)


@functools.lru_cache(maxsize=4)
def _of_file(identity: tuple[int, ...], path: str, most_classes: int) -> Table:
    read = source.read(path)
    columns, numbers = columns_of(read, form_of(read, "auto", "auto", "auto"))
    if len(columns) != 3:
        given = ", ".join(column.name for column in columns)
        raise DataError(f"{read.name}, columns", given, "three: x1, x2 and the class")
    for column in columns:
        if column.missing.any():
            row = numbers[np.flatnonzero(column.missing)[0]]
            raise DataError(f"{read.name}, row {row}, column {column.name}", "nothing", "a number")
        if not column.is_number:
            raise DataError(f"{read.name}, row {numbers[0]}, column {column.name}", str(column.cells[0]), "a number")
    labels = columns[2].cells
    is_class = (labels == np.floor(labels)) & (labels >= 0) & (labels < most_classes)
    if not is_class.all():
        row = np.flatnonzero(~is_class)[0]
        where = f"{read.name}, row {numbers[row]}, column {columns[2].name}"
        raise DataError(where, float(labels[row]), f"a class, a whole number from 0 to {most_classes - 1}")
    if len(np.unique(labels)) < 2:
        raise DataError(KEY, read.name, "points of two classes at least")
    return of_list(np.stack([column.cells for column in columns], axis=1).tolist(), read.sha256, f"{read.name}: ")

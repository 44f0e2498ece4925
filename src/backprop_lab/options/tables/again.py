"""New rows for a network that was trained on a table: their inputs, by the names of the columns."""

import io
from dataclasses import dataclass

import numpy as np

from backprop_lab.options.table import FILLED, Column, DataError, Meaning
from backprop_lab.options.tables import source
from backprop_lab.options.tables.cells import MISSING_TEXT
from backprop_lab.options.tables.form import form_of
from backprop_lab.options.tables.reading import named
from backprop_lab.options.tables.rows import RawColumn, columns_of

KEY = "data"


@dataclass(frozen=True)
class NewRows:
    """``x`` [n, inputs]; ``names`` and ``cells`` are the columns of the file, as they were read."""

    x: np.ndarray
    names: list[str]
    cells: list[list[str | float]]


def new_rows(path: str, meaning: Meaning) -> NewRows:
    """The rows of a file, text or ``.npz`` with an array x. Columns may come in any order, and others be there too.

    A missing cell is filled as in the training. Raises ``DataError`` for one that cannot be, for a column that is
    missing, or for a category that the network has not seen.
    """
    source.identity(path)
    if path.lower().endswith(".npz"):
        return _of_array(path, meaning)
    read = source.read(path)
    form = form_of(read, "auto", "auto", "auto", fewest=1)
    columns, numbers = columns_of(read, form)
    if not form.has_header and len(columns) == len(meaning.columns):  # in the order of the training
        columns = [RawColumn(own.name, column.cells) for own, column in zip(meaning.columns, columns, strict=True)]
    by_name = {column.name: column for column in columns}
    lacking = [column.name for column in meaning.columns if column.name not in by_name]
    if lacking:
        wanted = ", ".join(column.name for column in meaning.columns)
        raise DataError(f"{read.name}, columns", ", ".join(by_name), f"those of the training: {wanted}")
    parts = [_inputs(read.name, column, by_name[column.name], numbers) for column in meaning.columns]
    shown = (np.where(column.missing, MISSING_TEXT, column.cells.astype(object)).tolist() for column in columns)
    rows = [list(row) for row in zip(*shown, strict=True)]
    return NewRows(np.concatenate(parts, axis=1), [column.name for column in columns], rows)


def _inputs(file: str, column: Column, given: RawColumn, numbers: np.ndarray) -> np.ndarray:
    fills = FILLED in column.categories or column.filling is not None
    missing = np.flatnonzero(given.missing)
    if len(missing) and not fills:
        where = f"{file}, row {numbers[missing[0]]}, column {column.name}"
        raise DataError(where, "nothing", "a cell with something in it")
    if not column.categories:
        if not given.is_number:
            raise DataError(f"{file}, row {numbers[0]}, column {column.name}", str(given.cells[0]), "a number")
        filling = np.nan if column.filling is None else column.filling  # without one nothing is missing here
        return np.where(given.missing, filling, given.cells)[:, None]
    words = [
        FILLED if is_none else str(named(cell))
        for cell, is_none in zip(given.cells.tolist(), given.missing, strict=True)
    ]
    places = {category: i for i, category in enumerate(column.categories)}
    for number, word in zip(numbers, words, strict=True):
        if word not in places:
            where = f"{file}, row {number}, column {column.name}"
            raise DataError(where, word, f"one of {', '.join(column.categories)}, which the network was trained on")
    return np.eye(len(places))[[places[word] for word in words]]


def _of_array(path: str, meaning: Meaning) -> NewRows:
    try:
        with np.load(io.BytesIO(source.bytes_of(path)), allow_pickle=False) as arrays:
            x = np.asarray({name.lower(): arrays[name] for name in arrays.files}["x"], dtype=np.float64)
    except Exception as problem:  # zipfile and numpy raise many types
        raise DataError(KEY, path, f"an .npz file with an array x of numbers ({type(problem).__name__})") from None
    if x.ndim != 2 or x.shape[1] != len(meaning.inputs) or not np.isfinite(x).all():
        raise DataError(KEY, path, f"an .npz file with an array x [n, {len(meaning.inputs)}] of finite numbers")
    return NewRows(x, meaning.inputs, x.tolist())

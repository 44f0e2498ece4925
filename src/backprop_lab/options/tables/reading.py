"""Makes a table of a user's own file: its inputs, its targets, and what they mean."""

import functools
import io
from collections.abc import Sequence
from typing import Any

import numpy as np

from backprop_lab.options.table import FILLED, Column, DataError, Meaning, Table
from backprop_lab.options.tables import source
from backprop_lab.options.tables.form import form_of
from backprop_lab.options.tables.rows import RawColumn, columns_of
from backprop_lab.options.tables.source import KEY

MOST_CATEGORIES, MOST_CLASSES = 50, 100
FEW_WHOLE_NUMBERS = 20
"""Up to this many different whole numbers in a target are the numbers of classes."""
FEWEST_ROWS = 4
"""The category of a missing word."""


def table(
    path: str, target: str | int | None = None, ignore: Sequence[str | int] = (), delimiter: str = "auto",
    decimal: str = "auto", header: str | bool = "auto", encoding: str = "auto", missing: str = "refuse",
    task: str = "auto",
) -> Table:  # fmt: skip
    """The table in a file: text with one row in each line, or ``.npz`` with arrays x and y.

    Read once, and again if the file has changed. Raises ``DataError`` that names what is wrong, and where.
    """
    key = (path, target, tuple(ignore), delimiter, decimal, header, encoding, missing, task)
    return _table(source.identity(path), *key)


def task_of(**knobs: Any) -> str:
    """The type of task that a target is for."""
    return _task(table(**{**knobs, "task": "auto"}))


@functools.lru_cache(maxsize=4)
def _table(
    identity: tuple[int, ...], path: str, target: str | int | None, ignore: tuple[str | int, ...], delimiter: str,
    decimal: str, header: str | bool, encoding: str, missing: str, task: str,
) -> Table:  # fmt: skip
    if path.lower().endswith(".npz"):
        return _of_arrays(path, task)
    read = source.read(path, encoding)
    form = form_of(read, delimiter, decimal, header)
    columns, numbers = columns_of(read, form)
    names = [column.name for column in columns]
    at = len(columns) - 1 if target is None else _place("dataset.target", target, names)
    left_out = {_place("dataset.ignore", one, names) for one in ignore}
    if at in left_out:
        raise DataError("dataset.ignore", list(ignore), f"columns other than the target, {names[at]}")
    inputs = [column for i, column in enumerate(columns) if i != at and i not in left_out]
    if not inputs:
        raise DataError("dataset.ignore", list(ignore), "fewer; no input is left")
    inputs, wanted, notes = _complete(read.name, inputs, columns[at], numbers, missing)
    if len(wanted.cells) < FEWEST_ROWS:
        raise DataError(KEY, read.name, f"a table of at least {FEWEST_ROWS} complete rows; it has {len(wanted.cells)}")
    y, classes = _targets(read.name, wanted, task)
    parts = [_encoded(read.name, column, names.index(column.name)) for column in inputs]
    constant = [column.name for column in inputs if _is_constant(column)]
    notes += [f"constant: {', '.join(constant)}"] if constant else []
    meaning = Meaning(tuple(column for column, _ in parts), wanted.name, classes)
    of = f"{len(classes)} classes" if classes else "values"
    said = (
        f"{read.name}: {len(y):,} rows, {', '.join(form.said(read.encoding))}",
        f"target {wanted.name} ({of}), {len(meaning.inputs)} inputs of {len(parts)} columns",
        *notes,
    )
    x = np.concatenate([values for _, values in parts], axis=1)
    return _fixed(Table(x, y, meaning, said, read.sha256, fills_missing=missing == "mean"))


def _is_constant(column: RawColumn) -> bool:
    there = column.cells[~column.missing]
    return bool((there == there[0]).all())


def _place(key: str, wanted: str | int, names: Sequence[str]) -> int:
    """The index of a column by its name or by its number, counted from 1."""
    if isinstance(wanted, str) and wanted in names:
        return names.index(wanted)
    if isinstance(wanted, int) and 1 <= wanted <= len(names):
        return wanted - 1
    listed = ", ".join(f"{i} ({name})" for i, name in enumerate(names, start=1))
    raise DataError(key, wanted, f"the number or name of a column: {listed}")


def _complete(
    file: str, inputs: Sequence[RawColumn], target: RawColumn, numbers: np.ndarray, missing: str
) -> tuple[list[RawColumn], RawColumn, list[str]]:
    """The columns without missing cells, and what was done about them."""
    for column in (*inputs, target):
        if column.missing.all():
            raise DataError(
                f"{file}, column {column.name}", "only missing cells", "a column with cells, or dataset.ignore"
            )
    lacking = [(column, np.flatnonzero(column.missing)) for column in (*inputs, target) if column.missing.any()]
    if not lacking:
        return list(inputs), target, []
    if missing == "refuse":
        column, where = min(lacking, key=lambda item: item[1][0])
        cell = f"{file}, row {numbers[where[0]]}, column {column.name}"
        raise DataError(cell, "nothing", "a cell with something in it, or dataset.missing=drop or mean")
    if missing == "drop":
        kept = ~np.any([column.missing for column in (*inputs, target)], axis=0)
        said = f"{int((~kept).sum()):,} rows with missing cells left out"
        *made, wanted = (RawColumn(column.name, column.cells[kept]) for column in (*inputs, target))
        return made, wanted, [said]
    if target.missing.any():
        row = numbers[np.flatnonzero(target.missing)[0]]
        raise DataError(
            f"{file}, row {row}, column {target.name}", "nothing", "a target in every row, or dataset.missing=drop"
        )
    count = sum(len(where) for _, where in lacking)
    said = f"{count:,} missing cells filled, numbers by the mean of the training points"
    return [_without_missing_words(column) for column in inputs], target, [said]


def _without_missing_words(column: RawColumn) -> RawColumn:
    """With a category for what is missing; numbers are filled when it is known who is trained on."""
    return column if column.is_number else RawColumn(column.name, np.where(column.missing, FILLED, column.cells))


def _encoded(file: str, column: RawColumn, place: int) -> tuple[Column, np.ndarray]:
    """A column as inputs: numbers as they are, of categories one for each."""
    if column.is_number:
        return Column(column.name), column.cells[:, None]
    categories, found = _different(column)
    if len(categories) > MOST_CATEGORIES:
        allowed = f"numbers, or at most {MOST_CATEGORIES} different words; dataset.ignore=[{place + 1}] leaves it out"
        raise DataError(f"{file}, column {column.name}", f"{len(categories):,} different words", allowed)
    return Column(column.name, tuple(categories)), np.eye(len(categories))[found]


def _different(column: RawColumn) -> tuple[list[Any], np.ndarray]:
    """The different cells of a column in ascending order, and the place of each cell among them, [n]."""
    if column.is_number:
        values, places = np.unique(column.cells, return_inverse=True)
        return values.tolist(), places
    words = sorted(set(column.cells))
    at = {word: i for i, word in enumerate(words)}
    return words, np.fromiter(map(at.__getitem__, column.cells), np.intp, len(column.cells))


def _targets(file: str, target: RawColumn, task: str) -> tuple[np.ndarray, tuple[str, ...]]:
    """The targets and the names of the classes, which a regression does not have."""
    where = f"{file}, target {target.name}"
    values, found = _different(target)
    if len(values) == 1:
        raise DataError(where, f"{named(values[0])} in every row", "at least two different values")
    if task == "auto":
        are_whole = not target.is_number or all(map(float.is_integer, values))
        is_regression = target.is_number and len(values) > 2 and not (are_whole and len(values) <= FEW_WHOLE_NUMBERS)
    else:
        is_regression = task == "regression"
    if is_regression:
        if not target.is_number:
            raise DataError(where, named(values[0]), "numbers, for dataset.task=regression")
        return target.cells, ()
    if task == "binary" and len(values) != 2:
        raise DataError(where, f"{len(values):,} different values", "two, for dataset.task=binary")
    if len(values) > MOST_CLASSES:
        allowed = f"at most {MOST_CLASSES} classes, or numbers with dataset.task=regression"
        raise DataError(where, f"{len(values):,} different values", allowed)
    return found.astype(float), tuple(map(named, values))


def named(value: Any) -> str:
    """A cell as text: whole numbers without decimals."""
    return str(int(value)) if isinstance(value, float) and value.is_integer() else str(value)


def _task(made: Table) -> str:
    return {0: "regression", 2: "binary"}.get(len(made.meaning.classes), "multiclass")


def _of_arrays(path: str, task: str) -> Table:
    """``x`` [n, inputs] and ``y`` [n] of an ``.npz`` file; nothing in it is unpickled."""
    read = source.bytes_of(path)
    try:
        with np.load(io.BytesIO(read), allow_pickle=False) as arrays:
            found = {name.lower(): arrays[name] for name in arrays.files if name.lower() in ("x", "y")}
        x, y = (np.asarray(found[name], dtype=np.float64) for name in "xy")
    except KeyError as lacking:
        raise DataError(KEY, path, f"an .npz file with arrays x and y; it has no {lacking.args[0]}") from None
    except Exception as problem:  # zipfile and numpy raise many types
        raise DataError(KEY, path, f"an .npz file with arrays x and y of numbers ({type(problem).__name__})") from None
    if x.ndim != 2 or y.shape != x.shape[:1] or len(x) < FEWEST_ROWS or x.shape[1] < 1:
        shapes = f"x of shape {list(x.shape)} and y of shape {list(y.shape)}"
        raise DataError(path, shapes, f"x [n, inputs] and y [n], with n at least {FEWEST_ROWS}")
    for name, array in (("x", x), ("y", y)):
        broken = np.argwhere(~np.isfinite(array))
        if len(broken):
            raise DataError(f"{path}, {name}{broken[0].tolist()}", float(array[tuple(broken[0])]), "a finite number")
    targets, classes = _targets(path, RawColumn("y", y), task)
    meaning = Meaning(tuple(Column(f"x{i + 1}") for i in range(x.shape[1])), "y", classes)
    of = f"{len(classes)} classes" if classes else "values"
    said = (f"{path}: {len(y):,} rows", f"target y ({of}), {x.shape[1]} inputs")
    return _fixed(Table(x, targets, meaning, said, source.sha256_of(read)))


def _fixed(made: Table) -> Table:
    """Its arrays are never changed: all runs of a process share them."""
    made.x.flags.writeable = made.y.flags.writeable = False
    return made

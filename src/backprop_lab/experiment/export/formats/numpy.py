"""A Python module that needs only NumPy."""

import pprint
from typing import Any

from backprop_lab.experiment.export.described import Plain, network
from backprop_lab.experiment.export.expression import CALLED, expression
from backprop_lab.runs.run import Run

MEANS = "a Python file with predict(rows), which needs only NumPy"
FOR_ANY_MODEL = False

FUNCTIONS = {
    **{name: f"np.{name}({{}})".format for name in CALLED},
    "where": "np.where({}, {}, {})".format,
    "max": "np.max({}, -1, keepdims=True)".format,
    "sum": "np.sum({}, -1, keepdims=True)".format,
}

BEGINNING = '''\
"""A network that was trained with Backprop Lab. This file needs only NumPy.

``predict(rows)`` gives the {meaning} for each row, {shape}.

The rows have the columns and the units of the table of the training: numbers, or one of the texts that ``COLUMNS``
lists for a column of categories. Where a column has a ``filling``, that takes the place of a cell that is empty, None
or NaN. Rows are dictionaries by the name of the column, as ``csv.DictReader`` reads them, or
lists of cells in the order of ``COLUMNS``; if all columns are numbers also an array [n, columns].
"""

import numpy as np


def numbers(shape, text):
    return np.array(text.split(), dtype=float).reshape(shape)


'''

INPUTS = '''

def inputs(rows):
    """The inputs of the network, [n, inputs]: numbers, and for each category 1 or 0."""
    x = [value for number, row in enumerate(rows, start=1) for value in inputs_of(row, number)]
    width = sum(len(column["categories"]) or 1 for column in COLUMNS)
    return np.array(x, dtype=float).reshape(-1, width)


def inputs_of(row, number):
    if not isinstance(row, dict):
        if isinstance(row, str) or not hasattr(row, "__len__") or len(row) != len(COLUMNS):
            raise ValueError(f"row {number}: got {row!r}; allowed: {len(COLUMNS)} cells, or a dictionary by column")
        row = {column["name"]: cell for column, cell in zip(COLUMNS, row)}
    for column in COLUMNS:
        name, categories = column["name"], column["categories"]
        where = f"row {number}, column {name!r}"
        if name not in row:
            raise ValueError(f"{where}: missing")
        cell = row[name]
        if column["filling"] is not None and (cell is None or cell != cell or str(cell).strip() == ""):
            cell = column["filling"]
        if categories:
            cell = str(cell)
            cell = cell if cell in categories else cell.strip()
            if cell not in categories:
                raise ValueError(f"{where}: got {cell!r}; allowed: one of {categories}")
            yield from (float(cell == category) for category in categories)
            continue
        try:
            value = float(cell)
        except (TypeError, ValueError):
            value = np.nan
        if not np.isfinite(value):
            raise ValueError(f"{where}: got {cell!r}; allowed: a finite number")
        yield value


def predict(rows):
    x = inputs(rows)
'''


def exported(run: Run) -> bytes:
    plain = network(run)
    parts = [BEGINNING.format(meaning=plain["predictions"], shape=_shape(plain)), *_data(plain), INPUTS, *_steps(plain)]
    return "".join(parts).encode()


def _shape(plain: Plain) -> str:
    count = len(plain["layers"][-1]["weights"])
    if count > 1:
        return f"an array [n, {count}] in the order of ``CLASSES``"
    return "an array [n]; class 1 is the second of ``CLASSES``" if plain["classes"] else "an array [n]"


def _data(plain: Plain) -> list[str]:
    """The constants. What the run says stands in them, and nowhere else."""
    said = [_constant(name.upper(), plain[name]) for name in ("source", "columns", "target", "classes")]
    arrays = [(name.upper(), plain[name]) for name in ("mean", "scale") if plain[name] is not None]
    for i, layer in enumerate(plain["layers"], start=1):
        parts = (("WEIGHTS", layer["weights"]), ("BIASES", layer["biases"]))
        arrays += [(f"{name}_{i}", part) for name, part in parts if part is not None]
    return [*said, *(_array(name, values) for name, values in arrays)]


def _constant(name: str, value: Any) -> str:
    return f"{name} = {pprint.pformat(value, width=110, sort_dicts=False)}\n"


def _array(name: str, values: list[Any]) -> str:
    """Text: the compiler of Python takes a hundred times as long for numbers."""
    rows = values if isinstance(values[0], list) else [values]
    shape = (len(values), len(values[0])) if rows is values else (len(values),)
    lines = "\n".join(" ".join(map(repr, row)) for row in rows)
    return f'{name} = numbers({shape}, """\n{lines}\n""")\n'


def _steps(plain: Plain) -> list[str]:
    """The lines of ``predict`` behind the first."""
    steps = []
    if plain["features"] is not None:
        made = ", ".join(expression(tree, FUNCTIONS) for tree in plain["features"])
        steps += ["x1, x2 = x[:, 0], x[:, 1]", f"x = np.stack([{made}], axis=1)"]
    if plain["mean"] is not None:
        steps += ["x = (x - MEAN) / SCALE"]
    *_, last = plain["layers"]
    for i, layer in enumerate(plain["layers"], start=1):
        steps += [f"z = x @ WEIGHTS_{i}.T" + ("" if layer["biases"] is None else f" + BIASES_{i}")]
        if layer is not last:
            steps += [f"x = {expression(layer['activation'], FUNCTIONS)}"]
    steps += ["z = z[:, 0]"] if len(last["weights"]) == 1 else []
    return [f"    {step}\n" for step in (*steps, f"return {expression(plain['prediction'], FUNCTIONS)}")]

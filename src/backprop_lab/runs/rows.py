"""The table of ``metrics.csv``: its columns, and its rows read back."""

import io
from collections.abc import Sequence

import numpy as np

from backprop_lab.config.types import Choice, Config
from backprop_lab.runs.errors import wrong
from backprop_lab.training import penalty
from backprop_lab.training.head import Head, head_of

WHOLE = ("epoch", "step")
MOST_EXTENSIONS = 1_000  # each time that a run is extended, its former last epoch stays as a row of its own
MOST_BYTES_OF_A_NUMBER = 26


def columns(head: Head, regularization: Choice) -> list[str]:
    """The header of the table."""
    names = [f"{part}_{name}" for part in ("train", "val") for name in ("loss", head.metric)]
    return [*WHOLE, *names, *([penalty.COLUMN] if penalty.has_value(regularization) else [])]


def _columns(config: Config) -> list[str]:
    task = config.dataset.task
    return columns(head_of(task, config.loss.option.FORMS[task].output), config.penalty)


def most(config: Config) -> int:
    """The largest number of rows that a run of this configuration has."""
    return min(config.epochs, config.epochs // config.log_every_n_epochs + 1 + MOST_EXTENSIONS)


def most_bytes(config: Config) -> int:
    """The largest size of its table."""
    return 1024 + most(config) * len(_columns(config)) * MOST_BYTES_OF_A_NUMBER


def load(file: bytes, config: Config) -> dict[str, np.ndarray]:
    """Columns by name, each of shape [rows], of finite numbers with growing epochs.

    Raises ``ValueError`` that names the row and what is wrong with it.
    """
    head, _, body = file.partition(b"\n")
    names = _columns(config)
    if head.decode(errors="replace").rstrip("\r").split(",") != names:
        raise wrong("columns", head.decode(errors="replace"), ",".join(names))
    table = _numbers(body, len(names))
    if len(table) > most(config):
        raise wrong("rows", len(table), f"at most {most(config):,} with epochs={config.epochs}")
    _check(table, names, config.epochs)
    return {name: table[:, i].astype(int) if name in WHOLE else table[:, i] for i, name in enumerate(names)}


def _numbers(body: bytes, width: int) -> np.ndarray:
    """The numbers of the rows, [rows, width]."""
    if not body.strip():
        return np.empty((0, width))
    try:
        table = np.loadtxt(io.BytesIO(body), delimiter=",", ndmin=2, comments=None, encoding="latin1")
    except ValueError as error:
        raise ValueError(f"not a table of numbers: {str(error).split(';')[0][:200]!r}") from None
    if table.shape[1] != width:
        raise wrong("values in a row", table.shape[1], str(width))
    return table


def _check(table: np.ndarray, names: Sequence[str], last: int) -> None:
    for i, name in enumerate(names):
        column = table[:, i]
        is_right = np.isfinite(column)
        allowed = "a finite number"
        if name in WHOLE:
            is_right &= (column == np.floor(column)) & (column >= 1) & (column < 2**53)
            is_right[1:] &= column[1:] > column[:-1]
            allowed = "a whole number that grows from row to row"
        if name == "epoch":
            is_right &= column <= last
            allowed += f", from 1 to {last}"
        if not is_right.all():
            row = int(np.argmin(is_right))
            raise wrong(f"{name} in row {row + 1:,}", column[row].item(), allowed)

"""metrics.csv: one row per logged epoch."""

from collections.abc import Mapping, Sequence
from typing import Any, TextIO

from backprop_lab.callbacks.base import Callback
from backprop_lab.runs import names, rows
from backprop_lab.runs.files import bring_to_disk
from backprop_lab.runs.run import Run
from backprop_lab.training.epoch_end import EpochEnd
from backprop_lab.training.state import State
from backprop_lab.training.task import Task


def columns(task: Task) -> list[str]:
    """The header of the table."""
    return rows.columns(task.head, task.penalty)


def line(columns: Sequence[str], row: Mapping[str, Any]) -> str:
    """A row of the table, including the line end."""
    return ",".join([str(row[column]) for column in columns]) + "\n"


def table(columns: Mapping[str, Sequence[Any]]) -> str:
    """The whole table: its header, and the rows of all ``columns``."""
    rows = zip(*(map(str, values) for values in columns.values()), strict=True)
    return "\n".join([",".join(columns), *map(",".join, rows), ""])


class Metrics(Callback):
    """Appends rows as they come. A resumed run first drops the rows after its checkpoint."""

    def __init__(self, run: Run, task: Task) -> None:
        self.run = run
        self.columns = columns(task)
        self.file: TextIO | None = None

    def on_start(self, state: State) -> None:
        lines = [",".join(self.columns)]
        if state.epoch > 0 and self.run.files.exists(names.METRICS):
            # A killed process may have left an incomplete line; it belongs to an epoch after the checkpoint.
            before = self.run.files.read(names.METRICS, names.MAX_ARRAY_BYTES)
            kept = before.decode(errors="replace").splitlines()[1:]
            lines += [row for row in kept if row.count(",") == len(self.columns) - 1 and _epoch(row) <= state.epoch]
        self.run.files.write(names.METRICS, ("\n".join(lines) + "\n").encode())
        self.file = self.run.files.append(names.METRICS)

    def on_epoch_end(self, end: EpochEnd) -> None:
        if end.row is None:
            return
        assert self.file is not None
        self.file.write(line(self.columns, {"epoch": end.epoch, "step": end.step, **end.row}))

    def flush(self) -> None:
        if self.file is not None:
            bring_to_disk(self.file)

    def close(self) -> None:
        if self.file is not None:
            self.file.close()
            self.file = None


def _epoch(row: str) -> float:
    """The epoch of a row; 0 if it says none, so that the row is kept and then refused."""
    try:
        return float(row.split(",", 1)[0])
    except ValueError:
        return 0.0

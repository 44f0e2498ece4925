"""metrics.csv: one row for each epoch that is logged."""

import csv
import io
from collections.abc import Mapping, Sequence
from typing import Any, TextIO

from backprop_lab.callbacks.base import Callback
from backprop_lab.runs.files import write_atomically
from backprop_lab.runs.run import Run
from backprop_lab.training.task import Moment, State, Task


def columns(task: Task) -> list[str]:
    """The head of the table."""
    return ["epoch", "step", *(f"{part}_{name}" for part in ("train", "val") for name in ("loss", task.quality))]


def line(columns: Sequence[str], row: Mapping[str, Any]) -> str:
    """A row of the table, with the end of its line."""
    text = io.StringIO()
    csv.writer(text, lineterminator="\n").writerow(row[column] for column in columns)
    return text.getvalue()


class Metrics(Callback):
    """Appends rows as they come. A resumed run first drops those after its checkpoint."""

    def __init__(self, run: Run, task: Task) -> None:
        self.run = run
        self.columns = columns(task)
        self.file: TextIO | None = None

    def on_start(self, state: State) -> None:
        lines = [",".join(self.columns)]
        if state.epoch > 0 and self.run.metrics_file.is_file():
            # A killed process may have left half a line; it belongs to an epoch after the checkpoint.
            rows = self.run.metrics_file.read_text(encoding="utf-8").splitlines()[1:]
            lines += [row for row in rows if row.count(",") == len(self.columns) - 1 and _epoch(row) <= state.epoch]
        write_atomically(self.run.metrics_file, ("\n".join(lines) + "\n").encode())
        self.file = self.run.metrics_file.open("a", encoding="utf-8", newline="")

    def on_epoch_end(self, moment: Moment) -> None:
        if moment.row is None:
            return
        assert self.file is not None
        self.file.write(line(self.columns, {"epoch": moment.epoch, "step": moment.step, **moment.row}))

    def flush(self) -> None:
        if self.file is not None:
            self.file.flush()

    def close(self) -> None:
        if self.file is not None:
            self.file.close()
            self.file = None


def _epoch(row: str) -> int:
    return int(row.split(",", 1)[0])

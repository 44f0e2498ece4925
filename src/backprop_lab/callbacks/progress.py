"""The progress bar."""

import contextlib
import os
import sys
import time

from tqdm import tqdm

from backprop_lab.callbacks.base import Callback
from backprop_lab.training.epoch_end import EpochEnd, Row
from backprop_lab.training.state import State
from backprop_lab.training.task import Task

SECONDS_BETWEEN = 0.1
NARROW = 80  # columns: with fewer there is no room for a bar
BAR = 20


class Progress(Callback):
    """Epochs done, time left, and the latest losses; hidden if the output is neither a terminal nor a notebook."""

    def __init__(self, task: Task) -> None:
        self.task = task
        self.row: Row = {}
        self.shown_at = 0.0
        self.bar: tqdm | None = None

    def on_start(self, state: State) -> None:
        # Erased at the end: only the result table stays on the terminal.
        with contextlib.suppress(OSError):  # the terminal is gone
            self.bar = tqdm(
                total=self.task.epochs,
                initial=state.epoch,
                file=sys.stdout,
                disable=False if "ipykernel" in sys.modules else None,  # a notebook is not a terminal, but can show it
                leave=False,
                dynamic_ncols=True,
                bar_format=bar_format("epoch {n_fmt}/{total_fmt}", "{remaining} left{postfix}"),
            )

    def on_epoch_end(self, end: EpochEnd) -> None:
        self.row = end.row or self.row
        now = time.monotonic()
        if self.bar is None or self.bar.disable or now - self.shown_at < SECONDS_BETWEEN:
            return
        self.shown_at = now
        shown = {"train_loss": end.loss} | {k: v for k, v in self.row.items() if k.startswith("val_")}
        room = columns() - len(f"epoch {self.bar.total}/{self.bar.total} || 00:00:00 left")
        room -= BAR if columns() >= NARROW else 0
        latest = fitting([f"{name} {value:.4f}" for name, value in shown.items()], room)
        with contextlib.suppress(OSError):
            self.bar.set_postfix_str(latest, refresh=False)
            self.bar.update(end.epoch - self.bar.n)

    def close(self) -> None:
        if self.bar is not None:
            with contextlib.suppress(OSError):
                self.bar.close()


def columns() -> int:
    """The width of the terminal."""
    try:
        return os.get_terminal_size(1).columns or NARROW
    except OSError:  # the output goes elsewhere, and the bar is hidden
        return NARROW


def bar_format(before: str, behind: str) -> str:
    """For tqdm; without a bar on a narrow terminal."""
    return f"{before} |{{bar:{BAR}}}| {behind}" if columns() >= NARROW else f"{before}, {behind}"


def fitting(parts: list[str], room: int) -> str:
    """As many of the first parts as fit into a line that has ``room`` left, whole."""
    said = ""
    for part in parts:
        longer = f"{said}  {part}" if said else part
        if len(longer) + len(", ") >= room:
            break
        said = longer
    return said

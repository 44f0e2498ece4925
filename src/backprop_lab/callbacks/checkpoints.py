"""checkpoints/last.ckpt and best.ckpt."""

import time
from collections.abc import Sequence

from backprop_lab.callbacks.base import Callback
from backprop_lab.runs.run import Run
from backprop_lab.training.epoch_end import EpochEnd, Row
from backprop_lab.training.state import State

# Syncing a file to disk takes as long as thousands of small steps.
SECONDS_BETWEEN = 0.5


class Checkpoints(Callback):
    """Writes the State at the end of epochs, at most every half second, and at the end.

    The ``recorders`` are flushed first: their data must reach the disk no later than the checkpoint, or a resumed run
    would have gaps.
    """

    def __init__(self, run: Run, recorders: Sequence[Callback]) -> None:
        self.run = run
        self.recorders = recorders
        self.best: Row | None = None
        self.best_state: State | None = None
        self.best_is_written = True
        self.written_at = time.monotonic()

    def on_start(self, state: State) -> None:
        if state.epoch > 0:
            self.best = self._best_so_far()

    def on_epoch_end(self, end: EpochEnd) -> None:
        row = end.row
        if row is not None and (self.best is None or row["val_loss"] < self.best["val_loss"]):
            self.best = {"epoch": end.epoch, **row}
            self.best_state = end.state
            self.best_is_written = False
        if time.monotonic() - self.written_at >= SECONDS_BETWEEN:
            self.write(end.state)

    def write(self, state: State) -> None:
        for recorder in self.recorders:
            recorder.flush()
        if not self.best_is_written and self.best_state is not None:
            self.run.write_state("best", self.best_state)
            self.best_is_written = True
        self.run.write_state("last", state)
        self.written_at = time.monotonic()

    def _best_so_far(self) -> Row | None:
        metrics = self.run.metrics()
        if not len(metrics["epoch"]):
            return None
        i = int(metrics["val_loss"].argmin())
        return {name: column[i].item() for name, column in metrics.items() if name != "step"}

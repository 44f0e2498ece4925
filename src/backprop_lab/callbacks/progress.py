"""The progress bar."""

import sys
import time

from tqdm import tqdm

from backprop_lab.callbacks import Callback
from backprop_lab.task import Moment, Row, State, Task

SECONDS_BETWEEN = 0.1


class Progress(Callback):
    """Epochs done, time left, and the latest losses; nothing where the output is not a terminal."""

    def __init__(self, task: Task) -> None:
        self.task = task
        self.row: Row = {}
        self.shown_at = 0.0
        self.bar: tqdm | None = None

    def on_start(self, state: State) -> None:
        # Written over and wiped out at the end: what stays on the terminal is the result table.
        self.bar = tqdm(
            total=self.task.epochs,
            initial=state.epoch,
            unit="epoch",
            file=sys.stdout,
            disable=None,
            leave=False,
            dynamic_ncols=True,
        )

    def on_epoch_end(self, moment: Moment) -> None:
        self.row = moment.row or self.row
        now = time.monotonic()
        if self.bar is None or self.bar.disable or now - self.shown_at < SECONDS_BETWEEN:
            return
        self.shown_at = now
        losses = {"train_loss": moment.loss, **{key: value for key, value in self.row.items() if key != "train_loss"}}
        self.bar.set_postfix({name: f"{value:.4f}" for name, value in losses.items()}, refresh=False)
        self.bar.update(moment.epoch - self.bar.n)

    def close(self) -> None:
        if self.bar is not None:
            self.bar.close()

"""What a callback is, and what it may look at."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from backprop_lab.config.types import Config
    from backprop_lab.runs.run import Run
    from backprop_lab.training.epoch_end import EpochEnd
    from backprop_lab.training.state import State
    from backprop_lab.training.task import Task


class Callback:
    """Override what you need."""

    def on_start(self, state: "State") -> None:
        """Before the first step, or before the first one after ``state`` of a resumed run."""

    def on_epoch_end(self, end: "EpochEnd") -> None:
        """After each epoch."""

    def on_picture(self, name: str, png: bytes, epoch: int) -> None:
        """A picture has been drawn, as the bytes of a PNG file; ``name`` is that of a series of them."""

    def flush(self) -> None:
        """Bring to disk what was recorded: a checkpoint is about to be written, which must not be ahead of it."""

    def on_end(self, state: "State") -> None:
        """After the fit, unless it was interrupted, with the last State. Receipt and checkpoints are on disk."""

    def close(self) -> None:
        """Let go of files, however the training ended."""


@dataclass(frozen=True)
class Context:
    """What a callback may look at: the configuration, the task, the run folder, and the loggers."""

    config: "Config"
    task: "Task"
    run: "Run"
    loggers: Sequence[Callback] = field(default=())

    def show(self, name: str, png: bytes, epoch: int, series: str | None = None) -> None:
        """Put a picture into the run folder and show it to the loggers, as a step of ``series`` (its own name)."""
        self.run.write_figure(name, png)
        for logger in self.loggers:
            logger.on_picture(series or name, png, epoch)

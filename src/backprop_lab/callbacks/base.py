"""The base class of callbacks, and the context they get."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from matplotlib.figure import Figure

    from backprop_lab.config.types import Config
    from backprop_lab.runs.run import Run
    from backprop_lab.training.epoch_end import EpochEnd
    from backprop_lab.training.film import Film
    from backprop_lab.training.state import State
    from backprop_lab.training.task import Task


class Callback:
    """Override what you need."""

    def on_start(self, state: "State") -> None:
        """Before the first step, or before the first step after ``state`` of a resumed run."""

    def on_epoch_end(self, end: "EpochEnd") -> None:
        """After each epoch."""

    def on_picture(self, name: str, png: bytes, epoch: int) -> None:
        """After a picture has been drawn: the bytes of a PNG file; ``name`` is the name of its series."""

    def on_film(self, film: "Film") -> None:
        """The recorded States of a member of a batch, after its training.

        A callback that has this is called neither at its start nor at the end of each epoch.
        """

    def flush(self) -> None:
        """Write recorded data to disk; called before each checkpoint, which must not be ahead of the data."""

    def on_end(self, state: "State") -> None:
        """After the fit, unless interrupted, with the last State. Receipt and checkpoints are on disk."""

    def close(self) -> None:
        """Close files, however the training ended."""


@dataclass(frozen=True)
class Context:
    """What a callback can access: the configuration, the task, the run folder, and the loggers."""

    config: "Config"
    task: "Task"
    run: "Run"
    loggers: Sequence[Callback] = field(default=())

    def show(self, name: str, figure: "Figure", epoch: int, series: str | None = None) -> None:
        """Write a figure to the run folder and pass it to the loggers, as a step of ``series`` (default: ``name``)."""
        from backprop_lab.figures.style import file_of

        kind = self.config.figure_format
        content = file_of(figure, kind)
        self.run.write_figure(name, content, kind)
        if self.loggers:
            png = content if kind == "png" else file_of(figure, "png")
            for logger in self.loggers:
                logger.on_picture(series or name, png, epoch)

"""What happens at the end of each epoch and after the fit, the same for every engine.

The optional ones have a file here, named as in ``callbacks=``, with a ``build(context, **knobs) -> Callback``; the
knobs are those of its YAML file.
"""

import importlib
from collections.abc import Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from backprop_lab.config.check import Config
from backprop_lab.runs.run import Run
from backprop_lab.training.task import Moment, State, Task

if TYPE_CHECKING:
    from backprop_lab.callbacks.tensorboard import TensorBoard


@dataclass(frozen=True)
class Context:
    """What a callback may look at: the configuration, the task, the run folder, and TensorBoard where it is on."""

    config: Config
    task: Task
    run: Run
    board: "TensorBoard | None"

    def show(self, name: str, png: bytes, epoch: int, series: str | None = None) -> None:
        """Put a picture into the run folder and into TensorBoard, there as a step of ``series`` (its own name)."""
        self.run.write_figure(name, png)
        if self.board is not None:
            self.board.add_picture(series or name, png, epoch)


class Callback:
    """Override what you need."""

    def on_start(self, state: State) -> None:
        """Before the first step, or before the first one after ``state`` of a resumed run."""

    def on_epoch_end(self, moment: Moment) -> None:
        """After each epoch."""

    def flush(self) -> None:
        """Bring to disk what was recorded: a checkpoint is about to be written, which must not be ahead of it."""

    def on_end(self, state: State) -> None:
        """After the fit, unless it was interrupted, with the last State. Receipt and checkpoints are on disk."""

    def close(self) -> None:
        """Let go of files, however the training ended."""


def build(name: str, context: Context, knobs: Mapping[str, Any]) -> Callback:
    callback: Callback = importlib.import_module(f"backprop_lab.callbacks.{name}").build(context, **knobs)
    return callback

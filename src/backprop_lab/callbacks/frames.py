"""frames.npz: the film of a training, recorded as States at about fifty epochs."""

import functools
from typing import TYPE_CHECKING

from backprop_lab.callbacks.base import Callback, Context
from backprop_lab.options.rules import whole
from backprop_lab.runs import names

if TYPE_CHECKING:
    from backprop_lab.runs.run import Run
    from backprop_lab.training.epoch_end import EpochEnd
    from backprop_lab.training.film import Film
    from backprop_lab.training.state import State

KNOBS = {"count": whole("number of epochs to record, including 0 and the last", 2, 100_000)}
RECORDS = True


@functools.lru_cache(maxsize=64)
def epochs(last: int, *, count: int) -> tuple[int, ...]:
    """``count`` epochs from 0 to ``last``, spaced by the cube, so densest at the start; all if there are fewer.

    With even spacing the largest change between two pictures would be six times as large.
    """
    chosen = [0]
    for k in range(1, count - 1):
        chosen.append(max(chosen[-1] + 1, round(last * (k / (count - 1)) ** 3)))
    return (*(epoch for epoch in chosen if epoch < last), last)


class Frames(Callback):
    """Keeps copies of the State. A resumed run first drops the frames after its checkpoint."""

    def __init__(self, run: "Run", epochs: set[int]) -> None:
        self.run = run
        self.epochs = epochs
        self.frames: list[State] = []
        self.written = 0

    def on_start(self, state: "State") -> None:
        before = self.run.frames() if state.epoch > 0 and self.run.files.exists(names.FRAMES) else []
        self.frames = [frame for frame in before if frame.epoch <= state.epoch] or [state]

    def on_epoch_end(self, end: "EpochEnd") -> None:
        if end.epoch in self.epochs or end.is_last:
            self.frames.append(end.state)

    def flush(self) -> None:
        from backprop_lab.training.film import Film

        if len(self.frames) != self.written:
            self.run.write_film(Film.of(self.frames))
            self.written = len(self.frames)

    def on_film(self, film: "Film") -> None:
        self.run.write_film(film)


def build(context: Context, *, count: int) -> Frames:
    from backprop_lab.config.recording import recorded_epochs

    return Frames(context.run, recorded_epochs(context.config))

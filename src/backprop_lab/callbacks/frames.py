"""frames.npz: the film of a training, as States at some fifty epochs."""

from backprop_lab.callbacks.base import Callback, Context
from backprop_lab.config.check import Config
from backprop_lab.runs.run import Run
from backprop_lab.training.task import Moment, State


def frame_epochs(epochs: int, count: int) -> list[int]:
    """``count`` epochs from 0 to ``epochs``, spaced by the cube, so densest at the start; every one where fewer exist.

    Even spacing would show the largest change between two pictures six times as large.
    """
    chosen = [0]
    for k in range(1, count - 1):
        chosen.append(max(chosen[-1] + 1, round(epochs * (k / (count - 1)) ** 3)))
    return [epoch for epoch in chosen if epoch < epochs] + [epochs]


class Frames(Callback):
    """Keeps copies of the State. A resumed run first drops those after its checkpoint."""

    def __init__(self, run: Run, epochs: set[int]) -> None:
        self.run = run
        self.epochs = epochs
        self.frames: list[State] = []
        self.written = 0

    def on_start(self, state: State) -> None:
        before = self.run.frames() if state.epoch > 0 and self.run.frames_file.is_file() else []
        self.frames = [frame for frame in before if frame.epoch <= state.epoch] or [state]

    def on_epoch_end(self, moment: Moment) -> None:
        if moment.epoch in self.epochs:
            self.frames.append(moment.state)

    def flush(self) -> None:
        if len(self.frames) != self.written:
            self.run.write_frames(self.frames)
            self.written = len(self.frames)


def recorded_epochs(config: Config) -> set[int]:
    """The epochs that a configuration records: none without the callback, and those of which it wants pictures too."""
    if "frames" not in config.callbacks:
        return set()
    epochs = set(frame_epochs(config.epochs, config.callbacks["frames"]["count"]))
    every = config.callbacks.get("decision_boundary", {}).get("every_n_epochs")
    if every is not None:
        epochs |= set(range(every, config.epochs + 1, every))
    return epochs


def build(context: Context, *, count: int) -> Frames:
    return Frames(context.run, recorded_epochs(context.config))

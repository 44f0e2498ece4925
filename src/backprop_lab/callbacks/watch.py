"""Dispatches each end-of-epoch event to the callbacks, and ends a training if necessary."""

import dataclasses
import math
from collections import deque
from collections.abc import Iterable, Iterator, Sequence

from backprop_lab.callbacks.base import Callback
from backprop_lab.config.types import Choice
from backprop_lab.training import interruption
from backprop_lab.training.epoch_end import EpochEnd, Row
from backprop_lab.training.outcome import Diverged, Stopped
from backprop_lab.training.state import State


class Stop:
    """Evaluates ``stop=`` after each row."""

    def __init__(self, stop: Choice, before: Iterable[Row] = ()) -> None:
        """``before`` are the rows of earlier epochs."""
        self.stop = stop
        self.rows: deque[Row] = deque()
        self.decisions: Iterator[bool] | None = None
        if hasattr(stop.option, "decisions"):
            self.decisions = iter(stop.option.decisions(iter(self._next, None), **stop.knobs))
        for row in before:
            self.is_reached(row)

    def is_reached(self, row: Row) -> bool:
        """Whether the training stops at this row."""
        if self.decisions is None:
            return False
        self.rows.append(row)
        return next(self.decisions)

    @property
    def reason(self) -> str:
        reason: str = self.stop.option.reason(**self.stop.knobs)
        return reason

    def _next(self) -> Row:
        return self.rows.popleft()


class Watcher:
    """Calls the callbacks at the end of each epoch.

    Raises ``Diverged`` if a number is not finite, ``Stopped`` if ``stop`` says so, and ``Interrupted`` if a signal is
    waiting; each carries the State to keep.
    """

    def __init__(self, start: State, callbacks: Sequence[Callback], stop: Stop, epochs: int) -> None:
        self.finite = start
        self.callbacks = callbacks
        self.stop = stop
        self.epochs = epochs

    def __call__(self, end: EpochEnd) -> None:
        numbers = [end.loss, *(end.row or {}).values()]
        if not all(map(math.isfinite, numbers)) or not end.state.is_finite():
            raise Diverged(end.epoch, self.finite)
        self.finite = end.state
        stops = end.row is not None and self.stop.is_reached({"epoch": end.epoch, **end.row})
        if stops or end.epoch == self.epochs:
            end = dataclasses.replace(end, is_last=True)
        for callback in self.callbacks:
            callback.on_epoch_end(end)
        if stops:
            raise Stopped(end.state, self.stop.reason)
        interruption.check(end.state)

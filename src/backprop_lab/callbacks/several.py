"""Several callbacks as one, each of which may fail without harm to the training."""

import contextlib
from collections.abc import Callable
from typing import TYPE_CHECKING, Any

from backprop_lab.callbacks.base import Callback
from backprop_lab.training.interruption import FAILURES, recognized

if TYPE_CHECKING:
    from backprop_lab.training.epoch_end import EpochEnd
    from backprop_lab.training.film import Film
    from backprop_lab.training.state import State


def _takes_films(callback: Callback) -> bool:
    return type(callback).on_film is not Callback.on_film


class Several(Callback):
    """Calls callbacks in the order in which they were added.

    One that fails is closed and left out from then on; ``failed`` gets its name and the exception.
    """

    def __init__(self, failed: Callable[[str, BaseException], None]) -> None:
        self.failed = failed
        self.callbacks: dict[str, Callback] = {}

    def add(self, name: str, build: Callable[[], Callback]) -> None:
        self._attempt(name, lambda: self.callbacks.update({name: build()}))

    @property
    def with_an_end(self) -> list[str]:
        """The names of those that have something to do after the fit."""
        return [name for name, callback in self.callbacks.items() if type(callback).on_end is not Callback.on_end]

    def on_start(self, state: "State") -> None:
        self._call("on_start", state)

    def on_film(self, film: "Film") -> None:
        for name, callback in [*self.callbacks.items()]:
            if _takes_films(callback):
                self._attempt(name, callback.on_film, film)

    def told_of_epochs(self) -> "Several":
        """Those that do not take films, which have to be told of every epoch."""
        others = Several(self.failed)
        others.callbacks = {name: callback for name, callback in self.callbacks.items() if not _takes_films(callback)}
        return others

    def on_epoch_end(self, end: "EpochEnd") -> None:
        self._call("on_epoch_end", end)

    def on_picture(self, name: str, png: bytes, epoch: int) -> None:
        self._call("on_picture", name, png, epoch)

    def flush(self) -> None:
        self._call("flush")

    def on_end(self, state: "State") -> None:
        self._call("on_end", state)

    def close(self) -> None:
        self._call("close")
        self.callbacks.clear()

    def _call(self, method: str, *arguments: Any) -> None:
        for name, callback in [*self.callbacks.items()]:
            self._attempt(name, getattr(callback, method), *arguments)

    def _attempt(self, name: str, work: Callable[..., object], *arguments: Any) -> None:
        try:
            with recognized():
                work(*arguments)
        except FAILURES as failure:
            self.failed(name, failure)
            if (callback := self.callbacks.pop(name, None)) is not None:
                with contextlib.suppress(*FAILURES):  # what it left open fails for the same reason
                    callback.close()

"""Draws the points of custom data sets in a process of its own, whose death is one job's failure."""

import contextlib
import multiprocessing
import signal
import threading
import traceback
from collections.abc import Iterator
from multiprocessing.connection import Connection
from pathlib import Path
from typing import Any

from backprop_lab.config.types import Config
from backprop_lab.experiment.failure import described
from backprop_lab.options import discovery
from backprop_lab.training import interruption
from backprop_lab.training.interruption import FAILURES, OF_TERMINALS
from backprop_lab.training.split import Split, points_of

METHOD = "forkserver" if "forkserver" in multiprocessing.get_all_start_methods() else "spawn"


class NoPoints(Exception):
    """A data set failed, or ended its process: the reason, and the traceback from there."""

    def __init__(self, reason: str, details: str = "") -> None:
        super().__init__(reason, details)
        self.reason, self.details = reason, details


class Apart:
    """A process for points, which is started for the first custom data set and replaced if it dies."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._process: Any = None
        self._pipe: Connection | None = None

    def points_of(self, config: Config) -> Split:
        """The points of a configuration. Raises ``NoPoints``. Several threads may call it, and wait for each other."""
        with self._lock:
            pipe = self._pipe or self._started()
            try:
                pipe.send(config)
                found = pipe.recv()
            except (EOFError, ConnectionError):
                raise NoPoints(f"its worker process ended with status {self._buried()}") from None
        if isinstance(found, NoPoints):
            raise found
        split: Split = found
        return split

    def close(self) -> None:
        if self._process is not None:
            self._process.terminate()
            self._process.join()

    def _started(self) -> Connection:
        context: Any = multiprocessing.get_context(METHOD)
        self._pipe, theirs = context.Pipe()
        self._process = context.Process(target=_draw, args=(theirs, discovery.own_folders()), daemon=True)
        with _undisturbed():
            self._process.start()
        theirs.close()
        return self._pipe

    def _buried(self) -> str:
        self._process.join()
        status, self._process, self._pipe = self._process.exitcode, None, None
        try:
            return f"{status} ({signal.Signals(-(status or 0)).name})"
        except ValueError:
            return str(status)


@contextlib.contextmanager
def _undisturbed() -> Iterator[None]:
    """Inside, processes are started that the signals of a terminal do not reach."""
    if METHOD == "forkserver":
        from multiprocessing import resource_tracker

        resource_tracker.ensure_running()  # it is started with the forkserver, and would let the signals through
    with interruption.held_back():
        yield


def _draw(pipe: Connection, own_folders: list[Path]) -> None:
    """Answer configurations with their points until the pipe is closed."""
    for number in OF_TERMINALS:  # they reach the whole process group; the parent decides
        signal.signal(number, signal.SIG_IGN)
    for folder in own_folders:
        discovery.use(folder)
    with contextlib.suppress(EOFError, ConnectionError):
        while True:
            config = pipe.recv()
            try:
                with interruption.recognized():
                    found: object = points_of(config)
            except FAILURES as failure:
                found = NoPoints(described(failure), "".join(traceback.format_exception(failure)))
            pipe.send(found)

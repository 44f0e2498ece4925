"""Worker processes, seen from the process that sends them orders."""

import contextlib
import multiprocessing
import signal
from collections.abc import Iterator
from dataclasses import dataclass, field
from multiprocessing.connection import Connection
from typing import Any

from backprop_lab.runs.errors import RunError
from backprop_lab.sweep.places.order import Order
from backprop_lab.training import interruption

METHOD = "forkserver" if "forkserver" in multiprocessing.get_all_start_methods() else "spawn"


@dataclass
class Heard:
    """Progress of a worker: steps of all members together, members whose folders are written, and lines to print.

    ``again`` are to be trained again, because the process died.
    """

    steps: int
    members: int = 0
    lines: list[str] = field(default_factory=list)
    again: list[Order] = field(default_factory=list)


class Process:
    """A worker process with at most one order; it is replaced if it dies."""

    def __init__(self, context: Any) -> None:
        self.context = context
        self.order: Order | None = None
        self._start()

    def _start(self) -> None:
        self.pipe: Connection
        self.pipe, theirs = self.context.Pipe()
        self.process = self.context.Process(target=_work, args=(theirs,), daemon=True)
        with undisturbed():
            self.process.start()
        theirs.close()

    def give(self, order: Order) -> None:
        if not self.process.is_alive():  # killed while idle
            self._start()
        self.order, self.steps = order, 0
        self.pipe.send(order)

    def listen(self) -> "Heard":
        """What has happened since the last call."""
        assert self.order is not None
        try:
            said = self.pipe.recv()
        except (EOFError, ConnectionResetError):
            return self._bury(self.order)
        if isinstance(said, int):
            self.steps += said
            return Heard(said)
        rest, members = self.order.steps - self.steps, len(self.order.jobs)
        self.order = None
        return Heard(rest, members, said)

    def _bury(self, order: Order) -> "Heard":
        """Replace a process that has died. Only one of its jobs is to blame; the others are to be trained again."""
        self.process.join()
        ended = _ended(self.process.exitcode)
        rest = order.rest
        steps = order.steps - rest.steps - self.steps
        self.order = None
        self._start()
        if len(rest.jobs) > 1:
            return Heard(steps, len(order.jobs) - len(rest.jobs), again=rest.halves)
        for job in rest.jobs.values():
            try:
                job.fail(f"its worker process ended with status {ended}")
            except (OSError, RunError) as problem:
                return Heard(steps + rest.steps, len(order.jobs), [str(problem)])
        return Heard(steps + rest.steps, len(order.jobs))

    def stop(self) -> None:
        if self.order is None:
            self.pipe.close()  # it waits for this
        else:
            self.process.terminate()
        self.process.join()


@contextlib.contextmanager
def processes(count: int) -> Iterator[list[Process]]:
    """``count`` worker processes; at the end, those with an order are terminated."""
    context: Any = multiprocessing.get_context(METHOD)
    started: list[Process] = []
    try:
        for _ in range(count):
            started.append(Process(context))
        yield started
    finally:
        for process in started:
            process.stop()


@contextlib.contextmanager
def undisturbed() -> Iterator[None]:
    """Inside, processes are started that the signals of a terminal do not reach."""
    if METHOD == "forkserver":
        from multiprocessing import resource_tracker

        resource_tracker.ensure_running()  # it is started with the forkserver, and would let the signals through
    with interruption.held_back():
        yield


def _ended(status: int | None) -> str:
    """An exit status, with the name of the signal if it was one, such as -9 (SIGKILL)."""
    try:
        return f"{status} ({signal.Signals(-(status or 0)).name})"
    except ValueError:
        return str(status)


def _work(pipe: Connection) -> None:
    # Imported here, so that the main process need not load torch.
    from backprop_lab.sweep.places import worker

    worker.main(pipe)

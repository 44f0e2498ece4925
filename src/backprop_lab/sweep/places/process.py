"""Worker processes, seen from the process that sends them orders."""

import contextlib
import multiprocessing
from collections.abc import Iterator
from multiprocessing.connection import Connection
from typing import Any

from backprop_lab.experiment.printing import error
from backprop_lab.sweep.places.order import Order

METHOD = "forkserver" if "forkserver" in multiprocessing.get_all_start_methods() else "spawn"


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
        self.process.start()
        theirs.close()

    def give(self, order: Order) -> None:
        if not self.process.is_alive():  # killed while idle
            self._start()
        self.order, self.steps = order, 0
        self.pipe.send(order)

    def listen(self) -> tuple[int, int]:
        """Progress since the last call: steps of all members together, and members whose folders are written."""
        assert self.order is not None
        try:
            said = self.pipe.recv()
        except (EOFError, ConnectionResetError):
            self.process.join()
            for job in self.order.jobs.values():
                if not job.run.summary:
                    job.fail(f"its worker process ended with status {self.process.exitcode}")
            self._start()
            said = ""
        if isinstance(said, int):
            self.steps += said
            return said, 0
        if said:
            error(said)
        rest, members = self.order.steps - self.steps, len(self.order.jobs)
        self.order = None
        return rest, members

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


def _work(pipe: Connection) -> None:
    # Imported here, so that the main process need not load torch.
    from backprop_lab.sweep.places import worker

    worker.main(pipe)

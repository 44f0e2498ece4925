"""Trains the jobs of a sweep on this machine, in threads of this process.

The kernel holds no lock of Python's, so its threads share the cores.
"""

import queue
import threading
import time
from collections.abc import Iterable, Sequence
from types import TracebackType

from backprop_lab.experiment.console import count
from backprop_lab.experiment.ending import WORKER
from backprop_lab.experiment.failure import described
from backprop_lab.sweep.places.apart import Apart
from backprop_lab.sweep.places.order import Carried, Order
from backprop_lab.sweep.places.place import News
from backprop_lab.sweep.places.turns import Turns
from backprop_lab.sweep.plan import cores

PATIENCE = 0.5
"""Seconds that an interrupted sweep waits for its threads."""


class Abandoned(BaseException):
    """The sweep was interrupted: what a thread is training counts as not run."""


class Local:
    """As many threads as there are orders, but at most ``threads``, which is chosen from the number of cores if it is
    None."""

    is_elsewhere = False

    def __init__(self, threads: int | None = None) -> None:
        # One more than there are cores: while one writes what its jobs leave, which is Python's work, others compute.
        self.workers = threads or cores() + 1
        self._waiting: queue.SimpleQueue[tuple[int, Order]] = queue.SimpleQueue()
        self._heard: queue.SimpleQueue[News | BaseException] = queue.SimpleQueue()
        self._is_over = threading.Event()
        self._threads: list[threading.Thread] = []
        self._apart = Apart()
        self._turns = Turns(cores())

    @property
    def described(self) -> str:
        return count(self.workers, "thread")

    def __enter__(self) -> "Local":
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, traceback: TracebackType | None
    ) -> None:
        """Let the threads end. They are left behind if they are not quick, as inside the compiler."""
        self._is_over.set()
        until = time.monotonic() + PATIENCE
        for thread in self._threads:
            thread.join(max(0.0, until - time.monotonic()))
        self._apart.close()

    def give(self, orders: Sequence[Order]) -> None:
        for number, order in sorted(enumerate(orders), key=lambda given: given[1].steps, reverse=True):
            self._waiting.put((number, order))
        for _ in range(min(self.workers, len(orders))):
            thread = threading.Thread(target=self._work, name=WORKER, daemon=True)
            thread.start()
            self._threads.append(thread)

    def listen(self, seconds: float) -> Iterable[News]:
        """Raises what ended a thread."""
        try:
            heard = self._heard.get(timeout=seconds)
        except queue.Empty:
            return
        if isinstance(heard, BaseException):
            raise heard
        yield heard

    def _work(self) -> None:
        try:
            from backprop_lab.sweep.places.work import carry_out

            while not self._is_over.is_set():
                number, order = self._waiting.get_nowait()

                def report(steps: int, number: int = number) -> None:
                    if self._is_over.is_set():
                        raise Abandoned
                    self._heard.put(News(number, steps))

                try:
                    carried = carry_out(order, self._apart, report, self._turns)
                except Exception as failure:  # not even the receipts of the failed jobs could be written
                    carried = Carried(problems=[described(failure)])
                self._heard.put(News(number, carried=carried))
        except (queue.Empty, Abandoned):
            return
        except BaseException as failure:
            self._heard.put(failure)


def build(threads: int | None) -> Local:
    return Local(threads)

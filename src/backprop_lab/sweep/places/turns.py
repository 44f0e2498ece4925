"""Whose turn it is among the threads of a sweep: one computes in Python, and as many in the kernel as cores are left.

Threads that share Python call by call spend much of a sweep's time on handing it over, and a core that all of them
want is missing where they wait for each other.
"""

import contextlib
import threading
from collections.abc import Iterator


class Turns:
    """For threads on ``cores`` cores. A thread begins with ``python``, and inside it may be ``away`` or in the
    ``kernel``."""

    def __init__(self, cores: int = 1) -> None:
        self._free = cores
        self._changed = threading.Condition()
        self._in_python = False
        self._want_python = 0

    @contextlib.contextmanager
    def python(self) -> Iterator[None]:
        """Inside, no other thread computes in Python."""
        self._take_python()
        try:
            yield
        finally:
            self._give_python()

    @contextlib.contextmanager
    def away(self) -> Iterator[None]:
        """Inside, this thread waits for something else, and others may compute in Python."""
        self._give_python()
        try:
            yield
        finally:
            self._take_python()

    @contextlib.contextmanager
    def kernel(self) -> Iterator[None]:
        """Inside, this thread computes without Python. Who is to compute in Python gets a core first."""
        with self.away():
            with self._changed:
                self._changed.wait_for(lambda: self._free > (self._want_python > 0 and not self._in_python))
                self._free -= 1
            try:
                yield
            finally:
                with self._changed:
                    self._let_go()

    def _take_python(self) -> None:
        with self._changed:
            self._want_python += 1
            self._changed.wait_for(lambda: self._free > 0 and not self._in_python)
            self._want_python -= 1
            self._free -= 1
            self._in_python = True

    def _give_python(self) -> None:
        with self._changed:
            self._in_python = False
            self._let_go()

    def _let_go(self) -> None:
        self._free += 1
        self._changed.notify_all()

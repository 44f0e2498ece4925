"""One writer for a folder: a lock that goes with the process that holds it, however that ends.

It is on a file of its own, which stays there: a lock on one that is read would keep readers off on some platforms.
"""

import contextlib
from collections.abc import Iterator

from filelock import FileLock, Timeout

from backprop_lab.runs.errors import RunError
from backprop_lab.runs.files import Files

LOCK = ".lock"
# Whoever asks whether a folder is locked has to lock it for a moment. Both wait longer than such a moment takes.
PATIENCE_OF_WRITERS = 0.5
PATIENCE_OF_READERS = 0.05


@contextlib.contextmanager
def held(files: Files) -> Iterator[None]:
    """Hold the lock of a folder. Raises ``RunError`` where another process does, and ``OSError`` where none can."""
    lock = FileLock(files.file_for_others(LOCK))
    try:
        hold = lock.acquire(timeout=PATIENCE_OF_WRITERS, poll_interval=0.01)
    except Timeout:
        raise RunError(f"{files.folder}: in use by another process, which is training there") from None
    with hold:
        yield


def is_held(files: Files) -> bool:
    """Whether a process holds the lock. In a folder that cannot be written to none does."""
    if not files.exists(LOCK):
        return False
    try:
        with FileLock(files.file_for_others(LOCK)).acquire(timeout=PATIENCE_OF_READERS, poll_interval=0.005):
            return False
    except Timeout:
        return True
    except OSError:
        return False

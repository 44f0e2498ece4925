"""One writer per folder: a lock that is released when the process that holds it ends, for whatever reason.

It uses a separate file, which is never removed: locking a data file would block its readers on some platforms.
"""

import contextlib
from collections.abc import Iterator

from filelock import FileLock, Timeout

from backprop_lab.runs.errors import RunError
from backprop_lab.runs.files import Files

LOCK = ".lock"
# Checking whether a folder is locked has to lock it briefly. Both timeouts are longer than that takes.
PATIENCE_OF_WRITERS = 0.5
PATIENCE_OF_READERS = 0.05


@contextlib.contextmanager
def held(files: Files) -> Iterator[None]:
    """Hold the lock of a folder. Raises ``RunError`` if another process holds it, ``OSError`` if locking fails."""
    lock = FileLock(files.file_for_others(LOCK))
    try:
        hold = lock.acquire(timeout=PATIENCE_OF_WRITERS, poll_interval=0.01)
    except Timeout:
        raise RunError(f"{files.folder}: in use by another process, which is training there") from None
    with hold:
        yield


def is_held(files: Files) -> bool:
    """Whether a process holds the lock. False for a folder that is not writable."""
    if not files.exists(LOCK):
        return False
    try:
        with FileLock(files.file_for_others(LOCK)).acquire(timeout=PATIENCE_OF_READERS, poll_interval=0.005):
            return False
    except Timeout:
        return True
    except OSError:
        return False

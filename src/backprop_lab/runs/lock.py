"""One writer per folder: a lock that is released when the process that holds it ends, for whatever reason.

It uses a separate file, which is never removed: locking a data file would block its readers on some platforms.
"""

import contextlib
import errno
from collections.abc import Callable, Iterator

from filelock import FileLock, Timeout

from backprop_lab.runs.errors import InUse
from backprop_lab.runs.files import Files

try:
    import fcntl
except ImportError:  # Windows has no shared locks
    fcntl = None  # type: ignore[assignment]

LOCK = ".lock"
# Without shared locks, asking whether a folder is locked has to lock it briefly. Both timeouts are longer than that.
PATIENCE_OF_WRITERS = 0.5
PATIENCE_OF_READERS = 0.05
_TAKEN = (errno.EACCES, errno.EAGAIN, errno.EWOULDBLOCK)


@contextlib.contextmanager
def held(files: Files, warn: Callable[[str], None] = lambda line: None) -> Iterator[None]:
    """Hold the lock of a folder.

    Raises ``InUse`` if another process holds it, ``OSError`` if the folder is not writable. If its file system has no
    locks, that is said through ``warn``, and two processes can write here.
    """
    path = files.file_for_others(LOCK)
    files.append(LOCK).close()  # creates it
    if fcntl is not None and _asked(files) is None:
        warn(f"{files.folder}: its file system has no locks; do not start a second training there")
        yield
        return
    lock = FileLock(path)
    while True:
        try:
            hold = lock.acquire(timeout=PATIENCE_OF_WRITERS, poll_interval=0.01)
            break
        except Timeout:
            if is_held(files):  # and not only asked for, again and again
                raise InUse(f"{files.folder}: in use by another process, which is training there") from None
    with hold:
        yield


def is_held(files: Files) -> bool:
    """Whether a process holds the lock. False for a folder that is not writable."""
    if not files.exists(LOCK):
        return False
    try:
        if fcntl is not None:
            return _asked(files) is True
        with FileLock(files.file_for_others(LOCK)).acquire(timeout=PATIENCE_OF_READERS, poll_interval=0.005):
            return False
    except Timeout:
        return True
    except OSError:
        return False


def _asked(files: Files) -> bool | None:
    """Whether a process holds the lock, by a shared lock, which those who ask can hold together; None without locks."""
    with files.opened_for_reading(LOCK) as descriptor:
        try:
            fcntl.flock(descriptor, fcntl.LOCK_SH | fcntl.LOCK_NB)
        except OSError as problem:
            return True if problem.errno in _TAKEN else None
    return False

"""Writing so that a reader finds the old file or the new one, whole, whenever the power goes."""

import contextlib
import os
from collections.abc import Iterator
from pathlib import Path

_syncs_each = True  # False inside ``synced_at_end``


def write_atomically(path: Path, content: bytes, keep: Path | None = None) -> None:
    """A temporary file beside ``path``, brought to disk, then renamed over it.

    What ``path`` was before gets the name ``keep``, once its successor is on disk.
    """
    temporary = path.with_name(f".{path.name}")
    try:
        with temporary.open("wb") as file:
            file.write(content)
            if _syncs_each:
                file.flush()
                os.fsync(file.fileno())
        if keep is not None and path.exists():
            _name_too(path, keep)
        temporary.replace(path)
    except BaseException:
        temporary.unlink(missing_ok=True)
        raise


@contextlib.contextmanager
def synced_at_end() -> Iterator[None]:
    """Inside, files reach the disk only when the block ends, all together.

    For the thousands of small files of a sweep, which would wait for the disk, some milliseconds each, longer than they
    train. A process that is killed loses nothing by it; what the power takes is run again.
    """
    global _syncs_each
    _syncs_each = False
    try:
        yield
    finally:
        _syncs_each = True
        os.sync()


def _name_too(path: Path, name: Path) -> None:
    """Give a file a second name, so that it has one at every moment."""
    second = path.with_name(f".{name.name}")
    try:
        second.unlink(missing_ok=True)
        second.hardlink_to(path)
        second.replace(name)
    finally:
        second.unlink(missing_ok=True)

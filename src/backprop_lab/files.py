"""Writing so that a reader finds the old file or the new one, whole, whenever the power goes."""

import os
from pathlib import Path


def write_atomically(path: Path, content: bytes) -> None:
    """A temporary file beside ``path``, brought to disk, then renamed over it."""
    temporary = path.with_name(f".{path.name}.{os.getpid()}")
    try:
        with temporary.open("wb") as file:
            file.write(content)
            file.flush()
            os.fsync(file.fileno())
        temporary.replace(path)
    except BaseException:
        temporary.unlink(missing_ok=True)
        raise

"""Writes a file that a user names with ``to=``."""

import os
import shutil
from pathlib import Path

from backprop_lab.config.errors import ConfigError


def write(key: str, to: str, content: bytes) -> None:
    """Write a file whole or not at all; a file of this name is replaced, and a link to one stays a link.

    Raises ``ConfigError`` if the system refuses; what was there before then still is.
    """
    file = Path(to)
    try:
        if file.exists() and not file.is_file():  # a device or a pipe, which cannot be replaced
            file.write_bytes(content)
        else:
            _replace(file.resolve(), content)
    except (OSError, ValueError) as problem:
        raise ConfigError(key, to, f"a file that can be written ({getattr(problem, 'strerror', problem)})") from None


def _replace(file: Path, content: bytes) -> None:
    is_there = file.exists()
    if is_there:
        file.open("ab").close()  # refused for a file that must not be changed
    temporary = file.with_name(f".{file.name}.{os.urandom(8).hex()}.tmp")
    try:
        with temporary.open("xb") as new:
            new.write(content)
            new.flush()
            os.fsync(new.fileno())
        if is_there:
            shutil.copymode(file, temporary)
        temporary.replace(file)
    except BaseException:
        temporary.unlink(missing_ok=True)
        raise

"""Paths as they are shown: from the folder in which the user typed the command."""

import contextlib
import os
from collections.abc import Iterator
from pathlib import Path

_user_is_in: str | None = None


@contextlib.contextmanager
def seen_from(folder: str) -> Iterator[None]:
    """Inside, paths are shown as seen from ``folder``, although the process may work in another."""
    global _user_is_in
    _user_is_in = folder
    try:
        yield
    finally:
        _user_is_in = None


def short(path: str | Path) -> str:
    """The path relative to the user's folder if it is inside it."""
    relative = os.path.relpath(path, _user_is_in)
    return str(path) if relative.startswith("..") else relative

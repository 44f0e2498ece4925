"""Hydra prints several lines for an error and exits with 1. Told to show everything, it lets its errors through."""

import contextlib
import os
from collections.abc import Iterator

KEY = "HYDRA_FULL_ERROR"
_users: str | None = None  # what the user had set


@contextlib.contextmanager
def let_through() -> Iterator[bool]:
    """Inside, Hydra's errors come through; gives whether the user wants to see all of an error."""
    global _users
    _users = os.environ.get(KEY)
    os.environ[KEY] = "1"
    try:
        yield _users == "1"
    finally:
        _restore()


@contextlib.contextmanager
def as_the_user_has_it() -> Iterator[None]:
    """Inside, the environment is that of the user again: for what starts processes, or runs code of others."""
    if KEY not in os.environ:  # a process that was started from such a place
        yield
        return
    _restore()
    try:
        yield
    finally:
        os.environ[KEY] = "1"


def _restore() -> None:
    if _users is None:
        os.environ.pop(KEY, None)
    else:
        os.environ[KEY] = _users

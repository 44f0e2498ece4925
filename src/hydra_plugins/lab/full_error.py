"""Makes Hydra raise its errors. Without ``HYDRA_FULL_ERROR`` it prints several lines and exits with 1."""

import contextlib
import os
from collections.abc import Iterator

KEY = "HYDRA_FULL_ERROR"
_users: str | None = None  # what the user had set


@contextlib.contextmanager
def let_through() -> Iterator[bool]:
    """Inside, Hydra raises its errors; yields whether the user asked for full tracebacks."""
    global _users
    _users = os.environ.get(KEY)
    os.environ[KEY] = "1"
    try:
        yield _users == "1"
    finally:
        _restore()


@contextlib.contextmanager
def as_the_user_has_it() -> Iterator[None]:
    """Inside, the user's environment is restored, for code that starts processes or runs custom options."""
    if KEY not in os.environ:  # a process started inside such a block
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

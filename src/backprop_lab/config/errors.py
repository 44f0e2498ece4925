"""One-line errors for a wrong configuration."""

import difflib
from collections.abc import Iterable

from backprop_lab.options.rules import shown
from backprop_lab.options.text import cut


class ConfigError(ValueError):
    """A wrong value, key or combination; its one-line text names the key, the value and the allowed values."""

    def __init__(self, key: str, value: object, allowed: str) -> None:
        super().__init__(f"{cut(key)}: got {cut(shown(value))}; allowed: {allowed}")

    @classmethod
    def saying(cls, line: str) -> "ConfigError":
        """An error with a ready-made line."""
        error = cls.__new__(cls)
        ValueError.__init__(error, line)
        return error


class UnknownOptionError(ConfigError):
    """An option that does not exist, or whose folder was not named with ``--config-dir``."""


class UnknownKeyError(ConfigError):
    """A key that none of the chosen options has; its text suggests the closest valid name."""

    def __init__(self, key: str, value: object, known: Iterable[str]) -> None:
        ValueError.__init__(self, f"{cut(key)}: no such key (got {cut(shown(value))}); {nearest(key, known)}")


def nearest(name: str, known: Iterable[str]) -> str:
    """``did you mean ...?``, or the known names if none is close."""
    known = list(known)
    close = difflib.get_close_matches(name, known, n=1)
    if close:
        return f"did you mean {close[0]}?"
    return f"allowed: {', '.join(known)}" if len(known) <= 16 else "python -m train --help lists all keys"

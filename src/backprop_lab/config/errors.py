"""What is wrong with a configuration, in one line."""

import difflib
from collections.abc import Iterable

from backprop_lab.options.rules import shown


class ConfigError(ValueError):
    """A wrong value, key or combination; its text is one line that names the key, the value and what is allowed."""

    def __init__(self, key: str, value: object, allowed: str) -> None:
        super().__init__(f"{key}: got {shown(value)}; allowed: {allowed}")

    @classmethod
    def saying(cls, line: str) -> "ConfigError":
        """One with a line that is written already."""
        error = cls.__new__(cls)
        ValueError.__init__(error, line)
        return error


class UnknownOptionError(ConfigError):
    """An option that there is not, at least not among those that this program was told of."""


class UnknownKeyError(ConfigError):
    """A key that no option chosen here has; its text offers the nearest right name."""

    def __init__(self, key: str, value: object, known: Iterable[str]) -> None:
        ValueError.__init__(self, f"{key}: no such key (got {shown(value)}); {nearest(key, known)}")


def nearest(name: str, known: Iterable[str]) -> str:
    """``did you mean ...?``, or the known names where none is near."""
    known = list(known)
    close = difflib.get_close_matches(name, known, n=1)
    if close:
        return f"did you mean {close[0]}?"
    return f"allowed: {', '.join(known)}" if len(known) <= 16 else "python -m train --help lists all keys"

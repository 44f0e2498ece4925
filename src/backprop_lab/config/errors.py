"""One-line errors for a wrong configuration."""

from collections.abc import Iterable, Mapping

from backprop_lab.config.suggestions import keys_for, option_for
from backprop_lab.options.rules import shown
from backprop_lab.options.text import cut, either


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
    """An option that does not exist, or whose folder was not named with ``--config-dir``.

    ``names`` are those that exist, each with what it is called elsewhere.
    """

    def __init__(self, key: str, name: object, names: Mapping[str, Iterable[str]]) -> None:
        meant = option_for(name, names)
        super().__init__(key, name, ", ".join(names) + (f"; did you mean {meant}?" if meant else ""))


class UnknownKeyError(ConfigError):
    """A key that none of the chosen options has; its text suggests the closest valid name."""

    def __init__(self, key: str, value: object, known: Iterable[str]) -> None:
        ValueError.__init__(self, f"{cut(key)}: no such key (got {cut(shown(value))}); {nearest(key, known)}")


def nearest(name: str, known: Iterable[str]) -> str:
    """``did you mean ...?``, or the known names if none is close."""
    known = list(known)
    if meant := keys_for(name, known):
        return f"did you mean {either(meant)}?"
    group = f"{name.partition('.')[0]}."
    listed = [key for key in known if key.startswith(group)] or known
    return f"allowed: {', '.join(listed)}" if len(listed) <= 16 else "python -m train --help lists all keys"

"""What Hydra's grammar cannot read as an override, and how it is written instead."""

import re
from collections.abc import Iterator, Sequence

from hydra.core.override_parser.overrides_parser import OverridesParser
from hydra.core.override_parser.types import Override, Quote, QuotedString
from hydra.errors import HydraException

from backprop_lab.config.errors import ConfigError
from backprop_lab.config.keys import GROUPS, is_known, known, rules_of, unknown_option
from backprop_lab.config.suggestions import keys_for
from backprop_lab.experiment.commands import quoted
from backprop_lab.options.discovery import names

SHAPE = "key=value, in quotes if the value contains spaces"
BRACKETS = "()[]{}\"',; "


def parsed(argument: str, following: Sequence[str] = ()) -> Override:
    """An override; raises ``ConfigError`` with the cure for one that cannot be read.

    ``following`` are the arguments behind it, from which spaces may have torn it.
    """
    key, is_assigned, text = argument.partition("=")
    try:
        if key and (is_assigned or argument.startswith("~")):
            return OverridesParser.create().parse_override(argument)
    except (HydraException, ValueError, RecursionError):
        pass
    key = key.lstrip("+~")
    if not is_assigned or not re.fullmatch(r"[\w./@:-]+", key):
        meant = _assignment(argument, following)
        raise ConfigError(argument, "nothing", SHAPE + (f"; did you mean {quoted(meant)}?" if meant else ""))
    if key in GROUPS:
        raise unknown_option(key, text)
    rules = rules_of(key)
    allowed = rules[0].allowed if rules else SHAPE
    for value in _readings(text):
        reading = _read(f"{key}={value}")
        if reading is not None and (any(rule.accepts(reading) for rule in rules) or (not rules and reading == text)):
            raise ConfigError(key, text, f"{allowed}; did you mean {quoted(f'{key}={value}')}?")
    raise ConfigError(key, text, allowed)


def _assignment(argument: str, following: Sequence[str]) -> str | None:
    """``key=value`` for ``key: value``, ``key value`` and ``key = value``, in one argument or in several.

    The name of an option is taken for the choice of it.
    """
    if groups := [group for group in GROUPS if argument in names(group)]:
        return f"{groups[0]}={argument}"
    if not re.search(r"[\s:=]\S", argument):
        argument = " ".join([argument, *(following[:2] if following[:1] == ["="] else following[:1])])
    key, value = (*re.split(r"\s*[\s:=]\s*", argument.strip(), maxsplit=1), "")[:2]
    inner, is_torn, behind = value.partition("=")
    if is_torn and is_known(f"{key}.{inner}"):
        key, value = f"{key}.{inner}", behind
    meant = [key] if is_known(key) else keys_for(key, known())
    return f"{meant[0]}={value if value and '=' not in value else 'VALUE'}" if meant else None


def _readings(text: str) -> Iterator[str]:
    """What a text may be meant as: a value, a list, a text with special characters."""
    bare = text.strip(BRACKETS)
    yield from (bare, f"[{bare}]") if bare else ()
    yield QuotedString(text, Quote.double).with_quotes()


def _read(argument: str) -> object:
    """The value of an override; None for a sweep, and for what cannot be read."""
    try:
        override = OverridesParser.create().parse_override(argument)
    except (HydraException, ValueError, RecursionError):
        return None
    return None if override.is_sweep_override() else override.value()

"""Hydra's errors in one line that names the key, the value and what is allowed."""

from collections.abc import Iterable, Sequence

from hydra.core.override_parser.overrides_parser import OverridesParser
from hydra.core.override_parser.types import Override
from hydra.errors import HydraException, OverrideParseException
from omegaconf.errors import OmegaConfBaseException

from backprop_lab.config import GROUPS, ConfigError, UnknownKeyError, known_keys, options

LISTED = (*GROUPS, "callbacks", "experiment")


def explained(error: Exception, arguments: Sequence[str]) -> str:
    """What is wrong with the command line, found by looking at each override; else the first line of Hydra's words."""
    if not isinstance(error, HydraException | OmegaConfBaseException):
        return " ".join(str(error).split())
    for argument in arguments:
        try:
            _look_at(argument)
        except ConfigError as wrong:
            return str(wrong)
    lines = str(error).strip().splitlines()
    return " ".join(lines[0].split()) if lines else type(error).__name__


def _look_at(argument: str) -> None:
    if argument.startswith("-") and "=" not in argument:
        return
    try:
        override = OverridesParser.create().parse_override(argument)
    except OverrideParseException as unreadable:
        reason = str(unreadable).splitlines()[0]
        raise ConfigError(argument.partition("=")[0], argument.partition("=")[2], f"key=value ({reason})") from None
    key = override.key_or_group
    if key.startswith("hydra"):
        return
    if key not in known_keys() and key not in [f"callbacks.{name}" for name in options("callbacks")]:
        raise UnknownKeyError(key, _value(override), known_keys())
    if key in LISTED:
        for option in _options(override):
            if option not in [*options(key), "null", ""]:
                raise ConfigError(key, option, ", ".join(options(key)))


def _value(override: Override) -> object:
    return "nothing" if override.is_delete() else override.get_value_element_as_str()


def _options(override: Override) -> Iterable[str]:
    """The options that an override chooses, one for each job where it sweeps."""
    if override.is_delete():
        return []
    if override.is_sweep_override() and override.is_discrete_sweep():
        return [str(choice) for choice in override.sweep_string_iterator()]
    value = override.value()
    return [str(item) for item in value] if isinstance(value, list) else [str(value or "")]

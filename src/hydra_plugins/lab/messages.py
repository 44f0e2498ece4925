"""Turns Hydra's errors into one line that names the key, the value and what is allowed."""

import argparse
import re
from collections.abc import Iterable, Sequence

from hydra._internal.utils import get_args_parser
from hydra.core.override_parser.overrides_parser import OverridesParser
from hydra.core.override_parser.types import Glob, Override
from hydra.errors import HydraException, MissingConfigException
from omegaconf.errors import OmegaConfBaseException

from backprop_lab.config.errors import ConfigError, UnknownKeyError
from backprop_lab.config.keys import GROUPS, RULES, known, rule_of
from backprop_lab.options.discovery import ANY_OF, FIXED, ONE_OF, defaults, names
from backprop_lab.options.rules import Rule

LISTED = (*GROUPS, "experiment")
MULTIRUN = ("-m", "--multirun")
KEY = re.compile(r"[A-Za-z_][\w.]*")


def explained(error: Exception, arguments: Sequence[str]) -> str:
    """The error of the first invalid override on the command line, or else the first line of Hydra's message."""
    said = " ".join((str(error).strip().splitlines() or [type(error).__name__])[0].split())
    if not isinstance(error, HydraException | OmegaConfBaseException) and type(error) is not ValueError:
        return said
    is_multirun = bool(set(MULTIRUN) & set(arguments))
    guilty = ""
    for argument in overrides_of(arguments):
        try:
            _look_at(argument, is_multirun, error)
        except ConfigError as wrong:
            return str(wrong)
        if argument.partition("=")[0].lstrip("+~") in said:
            guilty = f"{argument}: "
    return guilty + said


def in_order(arguments: Sequence[str]) -> list[str]:
    """The arguments with flags first: Hydra's parser stops at a flag that follows an override.

    Raises ``UnknownKeyError`` for an unknown flag.
    """
    flags = [argument for argument in arguments if argument in MULTIRUN]
    ordered = [*flags, *(argument for argument in arguments if argument not in MULTIRUN)]
    parser = get_args_parser()
    _, unknown = _parsed(ordered)
    for argument in unknown:
        if argument.startswith("-"):
            raise UnknownKeyError(argument, "a flag", [*MULTIRUN, *parser._option_string_actions])
    return ordered


def look_ahead(arguments: Sequence[str]) -> None:
    """Raise ``ConfigError`` for an unknown key, and for a value that no option allows.

    Hydra composes everything twice before the configuration can be checked, so this halves the time to an error.
    """
    last = {argument.partition("=")[0]: argument for argument in overrides_of(arguments) if "=" in argument}
    for key, argument in last.items():
        if not KEY.fullmatch(key) or key.startswith("hydra") or key.rpartition(".")[2] in FIXED:
            continue  # Hydra handles additions and deletions; `name` and `task` have their own message
        _check_key(key, argument.partition("=")[2])
        rules = _rules(key)
        if len({rule.allowed for rule in rules}) == 1:
            value = _value(argument)
            if value is not None and not any(rule.accepts(value) for rule in rules):
                raise ConfigError(key, value, rules[0].allowed)


def overrides_of(arguments: Sequence[str]) -> list[str]:
    """The arguments that are not flags."""
    parsed, _ = _parsed(arguments)
    return [argument for argument in parsed.overrides if not argument.startswith("-")]


def _parsed(arguments: Sequence[str]) -> tuple[argparse.Namespace, list[str]]:
    """Hydra's own flags and the rest. Raises ``ConfigError`` instead of printing argparse's usage and exiting."""
    parser = get_args_parser()
    parser.exit_on_error = False
    try:
        return parser.parse_known_args(list(arguments))
    except argparse.ArgumentError as error:
        raise ConfigError(str(error.argument_name), "nothing valid", error.message) from None


def _look_at(argument: str, is_multirun: bool, error: Exception) -> None:
    """Raise ``ConfigError`` if this override caused the error."""
    typed, _, text = argument.partition("=")
    try:
        override = OverridesParser.create().parse_override(argument)
    except (HydraException, ValueError):
        raise ConfigError(typed, text, "key=value, in quotes if it contains spaces") from None
    key = override.key_or_group
    value = "nothing" if override.is_delete() else text
    if key.startswith("hydra"):
        if isinstance(error, MissingConfigException) and error.options and key in str(error.missing_cfg_file):
            raise ConfigError(key, value, ", ".join(error.options))
        return
    if override.is_sweep_override() and not is_multirun:
        raise ConfigError(key, value, "one value, or several with -m")
    _check_key(key, value)
    if key in LISTED:
        if override.is_add():
            raise ConfigError(f"+{key}", value, f"{key}={value}, without the +")
        for option in _options(override):
            if option not in names(key):
                raise ConfigError(key, option, ", ".join(names(key)))
    elif override.is_add() and not override.is_force_add() and key in known():
        raise ConfigError(f"+{key}", value, f"{key}={value}, without the +")
    elif f"'{key}'" in str(error):
        group, _, knob = key.partition(".")
        having = [f"{group}={name}" for name in names(group) if knob in defaults(group, name)]
        if group in ANY_OF:
            having = [f"{group}=[{knob.partition('.')[0]}]"]
        raise ConfigError(key, value, f"only with {' or '.join(having)}")


def _check_key(key: str, value: str) -> None:
    if key not in known() and key not in [f"{group}.{name}" for group in ANY_OF for name in names(group)]:
        raise UnknownKeyError(key, value, known())


def _rules(key: str) -> list[Rule]:
    """The rules of a key; for a knob, one for each option that has it."""
    if key in RULES:
        return [RULES[key]]
    group, _, knob = key.partition(".")
    of_options = [rule_of(group, name, knob) for name in names(group)] if group in ONE_OF and knob else []
    return [rule for rule in of_options if rule is not None]


def _value(argument: str) -> object:
    """The value that an override sets; None for a sweep or if Hydra cannot parse it."""
    try:
        override = OverridesParser.create().parse_override(argument)
    except (HydraException, ValueError):
        return None
    return None if override.is_sweep_override() else override.value()


def _options(override: Override) -> Iterable[str]:
    """The options that an override chooses; for a sweep, one per job."""
    if override.is_delete() or isinstance(override.value(), Glob):  # a glob matches existing options only
        return []
    if override.is_sweep_override():
        return [str(choice) for choice in override.sweep_string_iterator()] if override.is_discrete_sweep() else []
    value = override.value()
    return [str(item) for item in value] if isinstance(value, list) else ["null" if value is None else str(value)]

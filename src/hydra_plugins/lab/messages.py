"""Says in one line what is wrong with a command line, before Hydra composes it: key, value and what is allowed."""

import re
from collections.abc import Sequence
from pathlib import Path

from hydra.core.override_parser.types import ChoiceSweep, Glob, Override, QuotedString

from backprop_lab.config import experiments
from backprop_lab.config.errors import ConfigError
from backprop_lab.config.keys import GROUPS, is_known, refused, rules_of, unknown, unknown_option
from backprop_lab.options.discovery import ANY_OF, FIXED, names
from hydra_plugins.lab.flags import overrides_of
from hydra_plugins.lab.grammar import parsed

LISTED = (*GROUPS, "experiment")
SEARCH_PATH = "hydra.searchpath="
NAME = re.compile(r"[\w./-]+")


def look_ahead(arguments: Sequence[str]) -> None:
    """Raise ``ConfigError`` for an unknown key, for a value that no option allows, and for a broken experiment file.

    Hydra composes everything twice before the configuration can be checked, so this halves the time to an error.
    """
    overrides = overrides_of(arguments)
    knows_all = not any(argument.lstrip("+").startswith(SEARCH_PATH) for argument in overrides)
    last = {argument.partition("=")[0]: place for place, argument in enumerate(overrides)}
    for typed, place in last.items():
        argument = overrides[place]
        if "=" not in argument and not argument.startswith("~"):
            parsed(argument, overrides[place + 1 :])
        key, text = typed.lstrip("+~"), argument.partition("=")[2]
        if key == "resume":
            raise ConfigError(typed, text, f"{key}={text or 'FOLDER'}, without the {typed.removesuffix(key)}")
        if NAME.fullmatch(key) and not key.startswith("hydra") and key.rpartition(".")[2] not in FIXED:
            if not is_known(key):
                raise unknown(key, text or "nothing" if typed.startswith("~") else text)
            if not typed.startswith("~"):
                _look_at_value(key, parsed(argument), knows_all)
        else:
            _look_for_folders(parsed(argument))


def _look_at_value(key: str, override: Override, knows_all: bool) -> None:
    if _is_interpolated(override.value()):
        return
    if key in LISTED:
        if override.is_add():
            raise ConfigError(f"+{key}", _typed(override), f"{key}={_typed(override)}, without the +")
        options = _options(key, override)
        for option in options if knows_all else ():
            if option not in names(key) and "/" not in str(option):
                raise unknown_option(key, option)
        if key == "experiment":
            for option in options:
                experiments.check(str(option))
        return
    rules = rules_of(key)
    if isinstance(override.value(), Glob):
        raise ConfigError(key, _typed(override), rules[0].allowed if rules else "values")
    if len({rule.allowed for rule in rules}) == 1 and not override.is_sweep_override():
        value = override.value()
        if not any(rule.accepts(value) for rule in rules):
            raise refused(key, value, rules[0])


def _look_for_folders(override: Override) -> None:
    """Refuse a search path that leads nowhere, of which Hydra only warns."""
    value = override.value()
    if override.key_or_group == "hydra.searchpath" and isinstance(value, list):
        for folder in value:
            bare = str(folder).removeprefix("file://")
            if "://" not in bare and not Path(bare).is_dir():
                raise ConfigError("hydra.searchpath", folder, "folders that exist, as [file:///FOLDER]")


def _options(group: str, override: Override) -> list[object]:
    """The options that an override chooses; for a sweep, those of all jobs."""
    value = override.value()
    if isinstance(value, Glob):
        matching = value.filter(names(group))
        if not matching:
            raise ConfigError(group, _typed(override), ", ".join(names(group)))
        return [*matching]
    values: list[object] = [value]
    if override.is_sweep_override():
        values = [*override.sweep_iterator()] if override.is_discrete_sweep() else []
    for each in values:
        if isinstance(each, list) and group not in ANY_OF:
            raise ConfigError(group, each, f"one of {', '.join(names(group))}; several with -m and without brackets")
        if each is None and group in ANY_OF:
            raise ConfigError(group, None, f"[] for none, or a list of {', '.join(names(group))}")
    flat = [item for each in values for item in (each if isinstance(each, list) else [each])]
    return [item.text if isinstance(item, QuotedString) else item for item in flat]


def _is_interpolated(value: object) -> bool:
    """Whether a value, or a part of it, is known only once Hydra has composed."""
    return "${" in str(value.list if isinstance(value, ChoiceSweep) else value)


def _typed(override: Override) -> str:
    return str(override.input_line).partition("=")[2]

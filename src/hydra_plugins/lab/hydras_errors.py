"""Turns what Hydra finds wrong while it composes into one line: the key, the value and what is allowed."""

import itertools
import re
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

import yaml
from hydra.conf import HydraConf
from hydra.core.config_store import ConfigStore
from hydra.errors import HydraException, MissingConfigException
from omegaconf import OmegaConf
from omegaconf.errors import OmegaConfBaseException

from backprop_lab.config.errors import ConfigError, UnknownKeyError, UnknownOptionError
from backprop_lab.config.keys import is_known, unknown
from backprop_lab.options.discovery import all_files
from backprop_lab.options.plain_yaml import read_file
from hydra_plugins.lab.flags import overrides_of, read
from hydra_plugins.lab.grammar import parsed


def explained(error: Exception, arguments: Sequence[str]) -> str:
    """What Hydra found wrong while it composed, in one line."""
    try:
        return _explained(error, arguments)
    except ValueError as wrong:  # what look_ahead would have said, had it been asked
        return str(wrong)


def _explained(error: Exception, arguments: Sequence[str]) -> str:
    if isinstance(error, yaml.YAMLError | UnicodeDecodeError):
        return _unreadable(error)
    if not isinstance(error, HydraException | OmegaConfBaseException) and type(error) is not ValueError:
        return str(error)
    said = _first_line(error)
    if isinstance(error, MissingConfigException):
        return _missing(error, said, arguments)
    for argument in overrides_of(arguments):
        override = parsed(argument)
        typed, _, text = argument.partition("=")
        key = override.key_or_group
        if f"'{argument}'" in said and override.is_sweep_override():
            return str(
                ConfigError(key, text, "one value" if key.startswith("hydra") else "one value, or several with -m")
            )
        if "${" in text and (text in said or key == getattr(error, "full_key", None)):  # one that Hydra resolves itself
            return str(ConfigError(key, text, f"a value that is there: {said}"))
        if argument in said and error.__cause__:  # a value that a key of Hydra's does not take
            return str(ConfigError(key, text, f"what Hydra accepts: {_first_line(error.__cause__)}"))
        if f"'{typed.lstrip('+~')}'" not in said:
            continue
        if override.package is not None:
            return str(ConfigError(typed, text, f"{key}={text}"))
        if override.is_add() and is_known(key):
            return str(ConfigError(typed, text, f"{key}={text}, without the +"))
        if override.is_delete():
            return str(ConfigError(typed, text or "nothing", f"what is there: {said}"))
        return str(_unknown_of_hydra(typed, text) if key.startswith("hydra") else unknown(key, text))
    if (
        (named := re.search(r"'([\w.]+)'", said)) and "." in named[1] and is_known(named[1])
    ):  # set in an experiment file
        return str(unknown(named[1], "a value"))
    return said


def _missing(error: MissingConfigException, said: str, arguments: Sequence[str]) -> str:
    """What to say of a file that Hydra did not find."""
    line = read(arguments)
    for name, value in itertools.pairwise(line.flags):
        if name in ("--config-path", "-cp", "--config-name", "-cn") and (error.missing_cfg_file or value) == value:
            return str(ConfigError(name, value, "train, the configuration of this program, or one of your own"))
    if error.missing_cfg_file and error.options:
        group, _, option = error.missing_cfg_file.rpartition("/")
        return str(UnknownOptionError(group, option, dict.fromkeys(error.options, ())))
    return said


def _first_line(error: BaseException) -> str:
    lines = [line for told in (error, error.__cause__) for line in str(told or "").splitlines() if line.strip()]
    return " ".join((lines or [type(error).__name__])[0].split())


def _unknown_of_hydra(key: str, value: str) -> ConfigError:
    """A key that Hydra does not have, or has only with another launcher or sweeper."""
    _, group, knob = (*key.split("."), "", "")[:3]
    plugins = ConfigStore.instance().repo["hydra"].get(group, {})
    if having := [name.removesuffix(".yaml") for name, plugin in plugins.items() if knob and knob in plugin.node]:
        return ConfigError(key, value, f"only with {' or '.join(f'hydra/{group}={name}' for name in having)}")
    return UnknownKeyError(key, value, hydras_keys())


def hydras_keys() -> list[str]:
    """The keys and groups of Hydra's own, to suggest one of them."""
    found = [*_leaves(OmegaConf.to_container(OmegaConf.structured(HydraConf)), "hydra")]
    for group in ("launcher", "sweeper"):
        knobs = [str(knob) for plugin in ConfigStore.instance().repo["hydra"][group].values() for knob in plugin.node]
        found += [f"hydra/{group}", *(f"hydra.{group}.{knob}" for knob in knobs)]
    return found


def _leaves(config: Any, prefix: str) -> Iterator[str]:
    for key, inner in config.items():
        if isinstance(inner, dict) and inner:
            yield from _leaves(inner, f"{prefix}.{key}")
        else:
            yield f"{prefix}.{key}"


def _unreadable(error: Exception) -> str:
    """The file and the line that Hydra could not read."""
    mark = getattr(error, "problem_mark", None)
    for file in [Path(mark.name)] if mark else all_files():
        try:
            read_file(file)
        except (ValueError, OSError) as wrong:
            return str(wrong)
    return " ".join(str(error).split())

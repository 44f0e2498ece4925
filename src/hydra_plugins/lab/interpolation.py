"""Interpolations that the user typed or wrote into a file: resolved once, before the configuration is checked.

What a run folder holds is never given to this: it is read as plain data, and a ``${...}`` in it stays a text.
"""

import re
from collections.abc import Mapping, Sequence
from typing import Any

from omegaconf import Container, DictConfig, OmegaConf
from omegaconf.errors import OmegaConfBaseException

from backprop_lab.config.errors import ConfigError
from backprop_lab.options.plain_yaml import typed_value
from backprop_lab.options.rules import shown

SIGN = "${"
ESCAPED = "$\\{"  # as Hydra writes it into the overrides of a job


def as_typed(config: Any, key: str) -> str:
    """A value of Hydra's that may look like an interpolation but is none, such as a folder named ``${x}``."""
    *parents, last = key.split(".")
    for parent in parents:
        config = config[parent]
    return str(_raw(config)[last])


def folder_at(config: DictConfig, key: str) -> str:
    """A folder of Hydra's own, such as ``hydra.run.dir``. Raises ``ConfigError`` if there is none."""
    folder = _found(config, tuple(key.split(".")))
    if folder is None or not str(folder).strip():  # as from a variable of the shell that is not set
        raise ConfigError(key, "nothing", "a folder")
    return str(folder)


def resolved(config: DictConfig) -> dict[str, Any]:
    """A composed configuration as plain data, without ``hydra``.

    Text from the environment is read as if it had been typed. Raises ``ConfigError`` for a value that there is not.
    """
    return {str(key): _value(config, raw, (key,)) for key, raw in _raw(config).items() if key != "hydra"}


def depends(config: DictConfig) -> bool:
    """Whether a value is taken from another one, or from the environment."""
    return SIGN in str({key: raw for key, raw in _raw(config).items() if key != "hydra"})


def settled(overrides: Sequence[str], plain: Mapping[str, Any]) -> list[str]:
    """The overrides as they are kept: with the values in place of the interpolations."""
    return [_settled(override, plain) if is_open(override) else override for override in overrides]


def is_open(override: str) -> bool:
    """Whether an override has an interpolation, for which ``settled`` puts its value."""
    return SIGN in override or ESCAPED in override


def _raw(config: Any) -> Any:
    return OmegaConf.to_container(config, resolve=False)


def _value(config: DictConfig, raw: Any, path: tuple[Any, ...]) -> Any:
    """The value at ``path``, at which ``raw`` stands."""
    if isinstance(raw, dict):
        return {key: _value(config, inner, (*path, key)) for key, inner in raw.items()}
    if isinstance(raw, list):
        return [_value(config, inner, (*path, place)) for place, inner in enumerate(raw)]
    if not isinstance(raw, str) or SIGN not in raw:
        return raw
    found = _found(config, path)
    if isinstance(found, Container):
        return OmegaConf.to_container(found, resolve=True)
    return typed_value(found) if isinstance(found, str) else found


def _found(config: DictConfig, path: tuple[Any, ...]) -> Any:
    parent: Any = config
    for part in path[:-1]:
        parent = parent[part]
    try:
        return parent[path[-1]]
    except OmegaConfBaseException as missing:
        said = " ".join(str(missing).splitlines()[0].split())
        reason = re.sub(r"^\w+ raised while resolving interpolation: ", "", said).strip('"')
        key = ".".join(part for part in path if isinstance(part, str))  # an item is named by its list
        raise ConfigError(key, _raw(parent)[path[-1]], f"a value that is there: {reason}") from None


def _settled(override: str, plain: Mapping[str, Any]) -> str:
    typed = override.partition("=")[0]
    value: Any = plain
    for part in typed.lstrip("+").split("."):
        if not isinstance(value, Mapping) or part not in value:
            return override
        value = value[part]
    if not isinstance(value, Mapping):
        return f"{typed}={shown(value)}"
    return f"{typed}={value['name'] if 'name' in value else shown([*value])}"  # the options of a group

"""Interpolations that the user typed or wrote into a file: resolved once, before the configuration is checked.

What a run folder holds is never given to this: it is read as plain data, and a ``${...}`` in it stays a text.
"""

import re
from collections.abc import Mapping, Sequence
from typing import Any

from omegaconf import Container, DictConfig, ListConfig, OmegaConf
from omegaconf.errors import OmegaConfBaseException

from backprop_lab.config.errors import ConfigError
from backprop_lab.options.plain_yaml import typed_value
from backprop_lab.options.rules import shown

SIGN = "${"
ESCAPED = "$\\{"  # as Hydra writes it into the overrides of a job


def value_at(config: Any, key: str) -> Any:
    """A value of Hydra's own, such as ``hydra.run.dir``. Raises ``ConfigError`` if it is not there."""
    *parents, last = key.split(".")
    for parent in parents:
        config = config[parent]
    return _found(config, last, key)


def resolved(config: DictConfig) -> dict[str, Any]:
    """A composed configuration as plain data, without ``hydra``.

    Text from the environment is read as if it had been typed. Raises ``ConfigError`` for a value that there is not.
    """
    return {key: _value(config, key, key) for key in map(str, config) if key != "hydra"}


def depends(config: DictConfig) -> bool:
    """Whether a value is taken from another one, or from the environment."""
    return SIGN in str({key: config._get_node(key) for key in config if key != "hydra"})


def settled(overrides: Sequence[str], plain: Mapping[str, Any]) -> list[str]:
    """The overrides as they are kept: with the values in place of the interpolations."""
    return [
        _settled(override, plain) if SIGN in override or ESCAPED in override else override for override in overrides
    ]


def _value(parent: Any, key: Any, name: str) -> Any:
    node = parent._get_node(key)
    if isinstance(node, DictConfig | ListConfig) and not node._is_none() and not node._is_interpolation():
        if isinstance(node, ListConfig):
            return [_value(node, index, name) for index in range(len(node))]
        return {str(inner): _value(node, inner, f"{name}.{inner!s}") for inner in node}
    raw = node._value() if node is not None else None
    if not isinstance(raw, str) or SIGN not in raw:
        return raw
    found = _found(parent, key, name)
    if isinstance(found, Container):
        return OmegaConf.to_container(found, resolve=True)
    return typed_value(found) if isinstance(found, str) else found


def _found(parent: Any, key: Any, name: str) -> Any:
    try:
        return parent[key]
    except OmegaConfBaseException as missing:
        said = " ".join(str(missing).splitlines()[0].split())
        reason = re.sub(r"^\w+ raised while resolving interpolation: ", "", said).strip('"')
        raise ConfigError(name, parent._get_node(key)._value(), f"a value that is there: {reason}") from None


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

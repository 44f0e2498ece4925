"""A configuration and its command-line overrides as the bytes of the YAML files in ``.hydra/``."""

import json
from collections.abc import Mapping
from typing import Any

import yaml

from backprop_lab.options.plain_yaml import read_yaml
from backprop_lab.runs.errors import wrong

MOST_ENTRIES = 4096
_entries: dict[str, str] = {}


def dump(config: Mapping[str, Any]) -> bytes:
    return "".join(_entry(key, value) for key, value in config.items()).encode()


def dump_overrides(overrides: list[str]) -> bytes:
    return _yaml(overrides).encode()


def load(file: bytes) -> dict[str, Any]:
    """The configuration as plain data. Raises ``ValueError`` if it is not one."""
    config = read_yaml(file.decode(errors="replace"))
    if not isinstance(config, dict):
        raise ValueError("not a configuration")
    return config


def load_overrides(file: bytes) -> list[str]:
    """The overrides as text. Raises ``ValueError`` if they are not a list of texts."""
    overrides = read_yaml(file.decode(errors="replace")) or []
    if not isinstance(overrides, list):
        raise ValueError("not a list of overrides")
    for i, override in enumerate(overrides):
        if not isinstance(override, str):
            raise wrong(f"override {i + 1}", override, "text such as epochs=5")
    return overrides


def _entry(key: str, value: Any) -> str:
    """An entry as YAML; remembered, since the jobs of a sweep share most of their configuration."""
    text = f"{key}: {value!r}"
    if text not in _entries:
        if len(_entries) >= MOST_ENTRIES:
            _entries.clear()
        _entries[text] = _yaml({key: value})
    return _entries[text]


def _yaml(content: Any) -> str:
    unshared = json.loads(json.dumps(content))  # YAML would refer to what occurs twice
    return yaml.dump(unshared, Dumper=getattr(yaml, "CSafeDumper", yaml.SafeDumper), sort_keys=False)

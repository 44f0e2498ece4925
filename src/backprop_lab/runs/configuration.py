"""A configuration and its command-line overrides as the bytes of the YAML files in ``.hydra/``."""

import functools
import json
import re
from collections.abc import Mapping
from typing import Any

import yaml

from backprop_lab.options.plain_yaml import read_yaml
from backprop_lab.runs.errors import wrong

_PLAIN = re.compile(r"[A-Za-z][\w.]{0,30}=[\w.+-]{0,40}", re.ASCII)
"""An override that YAML writes as it is, and on one line."""


def dump(config: Mapping[str, Any]) -> bytes:
    lines = (
        f"{key}: {value}\n" if type(value) is int else _yaml(json.dumps({key: value})) for key, value in config.items()
    )
    return "".join(lines).encode()


def dump_overrides(overrides: list[str]) -> bytes:
    if overrides and all(map(_PLAIN.fullmatch, overrides)):
        return "".join(f"- {override}\n" for override in overrides).encode()
    return _yaml(json.dumps(overrides)).encode()


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


@functools.lru_cache(maxsize=4096)
def _yaml(content: str) -> str:
    """The YAML text of plain data given as JSON; cached, since a sweep's jobs share most of their configuration."""
    dumper = getattr(yaml, "CSafeDumper", yaml.SafeDumper)
    return yaml.dump(json.loads(content), Dumper=dumper, sort_keys=False)

"""Whether the jobs of a batched sweep get folders of their own, or share files."""

from backprop_lab.config.configs import Configs
from backprop_lab.config.errors import ConfigError

STORAGES = ("auto", "folders", "packed")
MOST_FOLDERS = 10_000
"""Jobs for which ``auto`` makes folders."""


def check(storage: object) -> None:
    if storage not in STORAGES:
        raise ConfigError("hydra.launcher.storage", storage, ", ".join(STORAGES))


def is_packed(storage: str, configs: Configs) -> bool:
    """Whether jobs share files. Raises ``ConfigError`` if they are to, but cannot."""
    needs_folders = any(config.events is True for config in configs.settings)
    if storage == "packed" and needs_folders:
        raise ConfigError("hydra.launcher.storage", "packed", "folders, because events=true writes files of others")
    return storage == "packed" or (storage == "auto" and len(configs) > MOST_FOLDERS and not needs_folders)

"""Upgrades configurations written by earlier versions.

A missing key means what the program did when the configuration was written, not a later default. So these tables
never change; a new format gets its own table.
"""

import copy
from collections.abc import Mapping
from typing import Any

FORMAT = 3
"""The current format number of a receipt. Receipts without one have format 1."""
COUNTS_UNDECIDED = 3
"""Before this format an output of exactly 0 was class 0."""

OF_FORMAT_1: dict[str, dict[str, Any]] = {
    "penalty": {"name": "none"},
    "schedule": {"name": "constant", "epochs": None},
    "stop": {"name": "never"},
}
OF_FORMAT_1_BY_OPTION: dict[tuple[str, str], dict[str, Any]] = {("model", "mlp"): {"dropout": 0.0}}
# Format 1 drew figures and wrote events for a job of a batched sweep if its command line asked for them.
KEYS_OF_FORMAT_1 = {"figures": "auto", "events": "auto"}
KEYS_OF_FORMAT_2 = {"figure_format": "png"}
LOGGERS_OF_FORMAT_2 = {"tensorboard": {"histograms": False}}


def upgrade(plain: Mapping[str, Any], format: int) -> dict[str, Any]:
    """A stored configuration of ``format`` with all keys of this version. ``plain`` is not modified.

    Idempotent: a process killed between writing two files leaves a new configuration beside an old receipt.
    """
    upgraded = modern(plain)
    if format < 2:
        _upgrade_format_1(upgraded)
    if format < 3:
        for key, value in KEYS_OF_FORMAT_2.items():
            upgraded.setdefault(key, value)
        loggers = upgraded.get("logger")
        if isinstance(loggers, Mapping):
            upgraded["logger"] = {
                name: {**LOGGERS_OF_FORMAT_2.get(name, {}), **knobs} if isinstance(knobs, Mapping) else knobs
                for name, knobs in loggers.items()
            }
    return upgraded


def _upgrade_format_1(upgraded: dict[str, Any]) -> None:
    for group, option in OF_FORMAT_1.items():
        upgraded.setdefault(group, dict(option))
    for key, value in KEYS_OF_FORMAT_1.items():
        upgraded.setdefault(key, value)
    for (group, name), knobs in OF_FORMAT_1_BY_OPTION.items():
        given = upgraded.get(group)
        if isinstance(given, Mapping) and given.get("name") == name:
            upgraded[group] = {**knobs, **given}


def modern(plain: Mapping[str, Any]) -> dict[str, Any]:
    """A configuration with the current names, for user files that still have the earlier ones.

    Earlier, the loss was a string, the logger a single named option, and a binary task was called a classification.
    """
    said: dict[str, Any] = copy.copy(dict(plain))
    if isinstance(said.get("loss"), str):
        said["loss"] = {"name": said["loss"]}
    logger = said.get("logger")
    if isinstance(logger, Mapping) and isinstance(logger.get("name"), str):
        said["logger"] = (
            {} if logger["name"] == "none" else {logger["name"]: dict(LOGGERS_OF_FORMAT_2.get(logger["name"], {}))}
        )
    dataset = said.get("dataset")
    if isinstance(dataset, Mapping) and dataset.get("task") == "classification":
        said["dataset"] = {**dataset, "task": "binary"}
    return said

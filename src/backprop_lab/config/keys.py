"""The keys of a configuration: those outside any option, with their rules, and those of all options."""

import functools
from collections.abc import Mapping
from typing import Any

from backprop_lab.options.discovery import ANY_OF, CONFIGS, FIXED, ONE_OF, defaults, names, rules
from backprop_lab.options.plain_yaml import read_yaml
from backprop_lab.options.rules import Rule, choice, whole

RULES: dict[str, Rule] = {
    "seed": whole("seed of the points, the initial weights and the order of the points", 0, 2**32 - 1),
    "epochs": whole("number of passes over the training data", 1, 100_000_000),
    "precision": choice("bits per floating-point number", 32, 64),
    "log_every_n_epochs": whole("validate, log a row and update best.ckpt every n epochs", 1, 100_000_000),
    "report": choice(
        "write report.html; auto: for single runs and sweeps, but not for the jobs of a sweep",
        "auto",
        True,
        False,
    ),
    "figures": choice(
        "draw the figures chosen by callbacks=; auto: except for the jobs of a batched sweep", "auto", True, False
    ),
    "events": choice(
        "write the logs chosen by logger=; auto: except for the jobs of a batched sweep", "auto", True, False
    ),
}  # fmt: skip
GROUPS = (*ONE_OF, *ANY_OF)


def default_of(key: str) -> Any:
    """The default of a key outside any option."""
    return train_yaml()[key]


@functools.cache
def train_yaml() -> Mapping[str, Any]:
    """The parsed ``configs/train.yaml``."""
    loaded: Mapping[str, Any] = read_yaml((CONFIGS / "train.yaml").read_text(encoding="utf-8"))
    return loaded


def known() -> tuple[str, ...]:
    """Every valid key, groups included, to suggest the closest one for a misspelt key."""
    found = [*RULES, *GROUPS, "experiment"]
    for group in GROUPS:
        for name in names(group):
            prefix = f"{group}." if group in ONE_OF else f"{group}.{name}."
            found += [f"{prefix}{knob}" for knob in defaults(group, name) if knob not in FIXED]
    return tuple(dict.fromkeys(found))


def rule_of(group: str, name: str, knob: str) -> Rule | None:
    """The rule of a knob of one option."""
    return rules(group, name).get(knob)

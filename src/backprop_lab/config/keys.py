"""The keys of a configuration: those that belong to no option, with their rules, and those of all options."""

import functools
from collections.abc import Mapping
from typing import Any

from backprop_lab.options.discovery import ANY_OF, CONFIGS, FIXED, ONE_OF, defaults, names, rules
from backprop_lab.options.plain_yaml import read_yaml
from backprop_lab.options.rules import Rule, choice, whole

RULES: dict[str, Rule] = {
    "seed": whole("chooses points, first weights and order of points", 0, 2**32 - 1),
    "epochs": whole("how often the training goes through all points", 1, 100_000_000),
    "precision": choice("bits of each number", 32, 64),
    "log_every_n_epochs": whole("how often to validate, write a row, and look for the best epoch", 1, 100_000_000),
    "report": choice(
        "write report.html, a page to look at; auto: of a single run and of a sweep, but not of its jobs",
        "auto",
        True,
        False,
    ),
    "figures": choice(
        "draw the figures that callbacks= chooses; auto: not for the jobs of a batched sweep", "auto", True, False
    ),
    "events": choice(
        "write what logger= chooses; auto: not for the jobs of a batched sweep", "auto", True, False
    ),
}  # fmt: skip
GROUPS = (*ONE_OF, *ANY_OF)


def default_of(key: str) -> Any:
    """The default of a key that belongs to no option."""
    return train_yaml()[key]


@functools.cache
def train_yaml() -> Mapping[str, Any]:
    """``configs/train.yaml`` as it stands."""
    loaded: Mapping[str, Any] = read_yaml((CONFIGS / "train.yaml").read_text(encoding="utf-8"))
    return loaded


def known() -> tuple[str, ...]:
    """Every key that some configuration has, groups included: what a misspelt one is compared with."""
    found = [*RULES, *GROUPS, "experiment"]
    for group in GROUPS:
        for name in names(group):
            prefix = f"{group}." if group in ONE_OF else f"{group}.{name}."
            found += [f"{prefix}{knob}" for knob in defaults(group, name) if knob not in FIXED]
    return tuple(dict.fromkeys(found))


def rule_of(group: str, name: str, knob: str) -> Rule | None:
    """The rule of a knob of one option."""
    return rules(group, name).get(knob)

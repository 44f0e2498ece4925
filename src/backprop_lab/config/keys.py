"""The keys of a configuration: those outside any option, with their rules, and those of all options."""

import functools
from collections.abc import Mapping
from typing import Any

from backprop_lab.config.errors import ConfigError, UnknownKeyError, UnknownOptionError
from backprop_lab.options.discovery import ANY_OF, CONFIGS, FIXED, ONE_OF, also_called, defaults, names, rules
from backprop_lab.options.plain_yaml import read_file
from backprop_lab.options.rules import Rule, choice, whole
from backprop_lab.options.text import either

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
    "figure_format": choice("how figures are written; svg and pdf are for print", "png", "svg", "pdf"),
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
    loaded: Mapping[str, Any] = read_file(CONFIGS / "train.yaml")
    return loaded


def known() -> tuple[str, ...]:
    """Every valid key, groups included, to suggest the closest one for a misspelt key."""
    found = [*RULES, *GROUPS, "experiment"]
    for group in GROUPS:
        for name in names(group):
            prefix = f"{group}." if group in ONE_OF else f"{group}.{name}."
            found += [f"{prefix}{knob}" for knob in defaults(group, name) if knob not in FIXED]
    return tuple(dict.fromkeys(found))


def unknown(key: str, value: object) -> ConfigError:
    """The error of a key that the configuration does not have."""
    if key == "experiment":  # what an experiment file says stands below its group
        return ConfigError(key, value, "a file whose first line is # @package _global_")
    if having := _choices_with(key):
        return ConfigError(key, value, f"only with {either(having)}")
    return UnknownKeyError(key, value, [*known(), "resume"])


def unknown_option(group: str, name: object, key: str = "") -> UnknownOptionError:
    """The error of a name that is no option of ``group``, given for ``key``, which is the group unless said."""
    return UnknownOptionError(key or group, name, {option: also_called(group, option) for option in names(group)})


def refused(key: str, value: object, rule: Rule) -> ConfigError:
    """The error of a value that the rule of its key does not accept."""
    is_name = rule.group and not isinstance(value, list)
    return unknown_option(rule.group, value, key) if is_name else ConfigError(key, value, rule.allowed)


def _choices_with(key: str) -> list[str]:
    """What to choose on the command line to have a key."""
    group, _, knob = key.partition(".")
    if group in ANY_OF:
        name, _, knob = knob.partition(".")
        return [f"{group}=[{name}]"] if name in names(group) and (not knob or knob in defaults(group, name)) else []
    return [f"{group}={name}" for name in names(group) if knob in defaults(group, name)] if group in ONE_OF else []


def is_known(key: str) -> bool:
    """Whether some configuration has this key, or this option with keys below it, such as ``callbacks.frames``."""
    return key in known() or key in [f"{group}.{name}" for group in ANY_OF for name in names(group)]


def rules_of(key: str) -> list[Rule]:
    """The rules of a key; for a knob, one for each option that has it."""
    if key in RULES:
        return [RULES[key]]
    group, _, knob = key.partition(".")
    of_options = [rule_of(group, name, knob) for name in names(group)] if group in ONE_OF and knob else []
    return [rule for rule in of_options if rule is not None]


def rule_of(group: str, name: str, knob: str) -> Rule | None:
    """The rule of a knob of one option."""
    return rules(group, name).get(knob)

"""What the panel of a page offers: the options that it trains with, their knobs and what is allowed of each."""

from collections.abc import Mapping
from typing import Any

from backprop_lab.config import keys
from backprop_lab.config.types import Config
from backprop_lab.experiment import commands
from backprop_lab.options import discovery
from backprop_lab.options.class_form import ClassForm
from backprop_lab.options.formula import formula
from backprop_lab.options.loss import Form
from backprop_lab.options.rules import Rule
from backprop_lab.report.boundary import boundary_of
from backprop_lab.report.option_formulas import offered, option_formulas
from backprop_lab.report.run.code import option_code
from backprop_lab.report.run.data import ABOVE_A_FLAT_PART
from backprop_lab.report.run.unit_states import SATURATED_POINTS, SATURATED_RANGE, middle_of
from backprop_lab.training.head import Binary, head_of

GROUPS = ("dataset", "model", "loss", "penalty", "optimizer", "schedule")
KEYS = ("seed", "epochs")
OF_ALL_ROWS = ("test_fraction", "folds", "fold", "split_seed")
"""Knobs about who is held out, which a page does not offer."""


def live_data(config: Config) -> dict[str, Any]:
    """As page/live/ reads it: ``config`` is resolved, and ``frames`` is how many are kept of a training."""
    return {
        "config": resolved(config),
        "command": commands.train("precision=64"),
        "formulas": option_formulas(config),
        "code": option_code(config),
        "keys": {key: _control(keys.RULES[key], keys.default_of(key)) for key in KEYS},
        "options": {group: {name: _knobs(group, name) for name in _offered(group, config)} for group in GROUPS},
        "chosen": {group: default_choice(group) for group in GROUPS},
        "activations": {name: _activation(name) for name in offered("activation", config)},
        "heads": {name: _heads(name) for name in offered("loss", config) if name != "auto"},
        "saturated": [SATURATED_RANGE, SATURATED_POINTS],
    }


def _offered(group: str, config: Config) -> list[str]:
    """Without those that stand for others, and data sets that need a file or a text."""
    names = [name for name in offered(group, config) if discovery.defaults(group, name).get("name") == name]
    return [name for name in names if not (group == "loss" and name == "auto")]


def resolved(config: Config) -> dict[str, Any]:
    """The configuration with the loss that ``auto`` stands for, and a schedule that follows ``epochs`` if it covers
    all of them."""
    plain = config.plain
    schedule = {**plain["schedule"]}
    if "epochs" in schedule:
        covered = config.schedule.knobs["epochs"]
        schedule["epochs"] = None if covered == config.epochs else covered
    return {**plain, "loss": {"name": config.loss.name, **config.loss.knobs}, "schedule": schedule}


def default_choice(group: str) -> str:
    """The option of a group in ``configs/train.yaml``."""
    listed = keys.train_yaml()["defaults"]
    return next(str(entry[group]) for entry in listed if isinstance(entry, Mapping) and group in entry)


def _knobs(group: str, name: str) -> dict[str, Any]:
    """``shared`` are those of every option of the group."""
    rules, shared = discovery.rules(group, name), discovery.base(group)
    return {
        knob: {**_control(rules[knob], default), "shared": knob in shared}
        if knob in rules and knob not in OF_ALL_ROWS
        else {"default": default}
        for knob, default in discovery.defaults(group, name).items()
        if knob != "name"
    }


def _control(rule: Rule, default: Any) -> dict[str, Any]:
    """The default, the meaning and what is allowed, in words and, where it is that simple, as data."""
    said: dict[str, Any] = {"default": default, "meaning": rule.meaning, "allowed": rule.allowed}
    if rule.numbers:
        low, high, beyond, is_whole = rule.numbers[1:]
        said |= {"low": low, "high": high, "beyond": beyond, "whole": is_whole}
    if rule.values:
        said["values"] = rule.values
    return said | ({"group": rule.group} if rule.group else {})


def _activation(name: str) -> dict[str, Any]:
    """What makes a unit with it active, off, always on or saturated."""
    option = discovery.module("activation", name)
    can_die = hasattr(option, "CAN_DIE")
    return {
        "middle": middle_of(option),
        "above": ABOVE_A_FLAT_PART if can_die else 0.0,
        "can_die": can_die,
        "range": getattr(option, "RANGE", None),
        "is_linear": hasattr(option, "IS_LINEAR"),
    }


def _heads(loss: str) -> dict[str, dict[str, Any]]:
    """What predictions are with a loss, by type of task."""
    forms: Mapping[str, Form | ClassForm] = discovery.module("loss", loss).FORMS
    found = {}
    for task_type, form in forms.items():
        head = head_of(task_type, form.output, 2 if task_type == "multiclass" else 1)
        found[task_type] = {
            "is_classification": head.is_classification,
            "symbol": head.symbol,
            "is_probability": head.predicts_probabilities,
            "prediction_of_output": formula(head.predictions),
            "boundary": boundary_of(head) if isinstance(head, Binary) else None,
            "is_log_loss": form.is_log_loss,
            "metric": head.metric,
            "metric_label": head.metric_label,
            "prediction": head.prediction_label,
            "is_default": task_type in getattr(discovery.module("loss", loss), "DEFAULT_OF", ()),
        }
    return found

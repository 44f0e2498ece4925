"""The formulas of the options, as data for page/lab/by_hand.js, which trains with them.

Arguments are symbols by name, the knobs too, so that a page can compute with other values of them: a formula depends on
the option alone. One that cannot be written down is None, and the page declines to train with its option.
"""

import types
from collections.abc import Callable, Mapping, Sequence
from typing import Any

from backprop_lab.config.types import Choice, Config
from backprop_lab.config.upgrade import COUNTS_UNDECIDED
from backprop_lab.options import discovery
from backprop_lab.options.class_form import ClassForm
from backprop_lab.options.formula import Tree, formula, formula_of_numbers, formulas_of_numbers
from backprop_lab.options.loss import Form
from backprop_lab.options.optimizer import clip_factor
from backprop_lab.training.head import UNDECIDED

FORM_ARGUMENTS = {
    "value": ["z", "y"],
    "slope": ["z", "y"],
    "part": ["z", "is_own", "own", "rival"],
    "loss": ["total", "own", "rival"],
    "derivative": ["part", "total", "is_own", "own", "rival"],
}


def option_formulas(config: Config) -> dict[str, dict[str, Any]]:
    """By group and name, of all options that a page offers; of losses for each type of task."""
    losses = {name: loss_formulas(discovery.module("loss", name)) for name in offered("loss", config) if name != "auto"}
    return {
        "activation": {
            name: activation_formulas(discovery.module("activation", name)) for name in offered("activation", config)
        },
        "loss": losses | {config.plain["loss"]["name"]: losses[config.loss.name]},
        "penalty": {name: penalty_formulas(_chosen(config, "penalty", name)) for name in offered("penalty", config)},
        "optimizer": {
            name: optimizer_formulas(_chosen(config, "optimizer", name)) for name in offered("optimizer", config)
        },
        "schedule": {
            name: schedule_formulas(_chosen(config, "schedule", name)) for name in offered("schedule", config)
        },
        "dataset": {config.dataset.name: rule_formulas(config.dataset)},
        "clip": {"factor": formula_of_numbers(clip_factor, "squares", "clip_norm")},
        "head": {"undecided": UNDECIDED if config.format >= COUNTS_UNDECIDED else 0.0},
    }


def offered(group: str, config: Config) -> list[str]:
    """The names of a group's options: those of this program, and of the user's own those in the configuration."""
    used = config.options()
    return [name for name in discovery.names(group) if (group, name) in used or not discovery.is_own(group, name)]


def _chosen(config: Config, group: str, name: str) -> Choice:
    """An option with the knobs that the configuration gives, or with its defaults."""
    given: Choice = getattr(config, group)
    if given.name == name:
        return given
    knobs = discovery.defaults(group, name)
    return Choice(group, name, {knob: value for knob, value in knobs.items() if knob not in discovery.FIXED})


def activation_formulas(option: types.ModuleType) -> dict[str, Tree]:
    return {"value": formula(option.value, "z"), "slope": formula(option.slope, "z", "a")}


def loss_formulas(option: types.ModuleType) -> dict[str, dict[str, Tree]]:
    """By type of task: value and slope, or with an output for each class part, loss and derivative."""
    forms: Mapping[str, Form | ClassForm] = option.FORMS
    knobs = list(getattr(option, "KNOBS", {}))
    return {
        task_type: {name: formula(made, *FORM_ARGUMENTS[name], *knobs) for name, made in form.formulas.items()}
        for task_type, form in forms.items()
    }


def penalty_formulas(penalty: Choice) -> dict[str, Tree]:
    option, knobs = penalty.option, list(getattr(penalty.option, "KNOBS", {}))
    if not hasattr(option, "value"):
        return {"value": 0.0, "slope": 0.0}
    return {"value": formula(option.value, "w", *knobs), "slope": formula(option.slope, "w", *knobs)}


def optimizer_formulas(optimizer: Choice) -> dict[str, Any]:
    """``kept`` says of each slot whether it is kept, 0 or 1, with these knobs. ``update`` gives the weight and the
    slots, and takes the coefficients as c0, c1 and so on."""
    option = optimizer.option
    slots: Sequence[str] = getattr(option, "SLOTS", ())
    names, grouped = _names(optimizer.own_knobs)
    coefficients = formulas_of_numbers(lambda step, *knobs: option.coefficients(step, **grouped(knobs)), "step", *names)
    numbers = [f"c{i}" for i in range(len(coefficients or ()))]

    def moved(place: int) -> Tree | None:
        """The weight after the update, or behind it one of the slots."""

        def one(*arguments: Any) -> Any:
            return option.update(*arguments)[place] if slots else option.update(*arguments)

        return formula(one, "weight", "gradient", *slots, *numbers)

    def kept(*knobs: Any) -> Sequence[float]:
        used = option.slots(**grouped(knobs)) if hasattr(option, "slots") else ()
        return [float(slot in used) for slot in slots]

    return {
        "slots": list(slots),
        "kept": formulas_of_numbers(kept, *names),
        "coefficients": coefficients,
        "update": [moved(place) for place in range(1 + len(slots))],
    }


def schedule_formulas(schedule: Choice) -> dict[str, Tree]:
    option = schedule.option
    if not hasattr(option, "factor"):
        return {"factor": 1.0}
    names, grouped = _names(schedule.knobs)
    made = formula_of_numbers(
        lambda step, steps, *knobs: option.factor(step, steps, **grouped(knobs)), "step", "steps", *names
    )
    return {"factor": made}


class Plane:
    """Stands for points of the plane, of which ``[:, 0]`` and ``[:, 1]`` are the coordinates."""

    def __init__(self, *coordinates: Any) -> None:
        self.coordinates = coordinates

    def __getitem__(self, place: tuple[slice, int]) -> Any:
        return self.coordinates[place[1]]


def rule_formulas(dataset: Choice) -> dict[str, Tree]:
    """The answer for a point (x1, x2) with these knobs, if the rule looks at nothing but its coordinates."""
    if not hasattr(dataset.option, "rule"):
        return {"rule": None}
    return {"rule": formula_of_numbers(lambda x1, x2: dataset.option.rule(Plane(x1, x2), **dataset.knobs), "x1", "x2")}


def _names(knobs: Mapping[str, Any]) -> tuple[list[str], Callable[[Sequence[Any]], dict[str, Any]]]:
    """Arguments for the numbers in knobs, ``betas.0`` and ``betas.1`` for a list, and what makes knobs of them."""
    names = {
        knob: [f"{knob}.{i}" for i in range(len(value))] if isinstance(value, list) else [knob]
        for knob, value in knobs.items()
    }

    def grouped(numbers: Sequence[Any]) -> dict[str, Any]:
        waiting = iter(numbers)
        taken = {knob: tuple(next(waiting) for _ in own) for knob, own in names.items()}
        return {knob: own if isinstance(knobs[knob], list) else own[0] for knob, own in taken.items()}

    return [name for own in names.values() for name in own], grouped

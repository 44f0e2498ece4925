"""Turns a plain dictionary into a ``Config``, or reports in one line what is wrong with it.

The YAML files under ``configs/`` list the knobs and their defaults; each option's module has the rules. The command
line, each job of a sweep, ``evaluate``, ``resume`` and ``Run`` all use this check.
"""

from collections.abc import Iterable, Mapping
from dataclasses import fields
from typing import Any

from backprop_lab.config.errors import ConfigError, UnknownKeyError
from backprop_lab.config.keys import RULES, refused, rule_of, unknown, unknown_option
from backprop_lab.config.types import Choice, Config, Dataset
from backprop_lab.config.upgrade import modern
from backprop_lab.options import discovery
from backprop_lab.options.dataset import TASKS
from backprop_lab.options.discovery import ANY_OF, FIXED, ONE_OF, defaults, names
from backprop_lab.options.rules import Rule, shown
from backprop_lab.options.table import DataError
from backprop_lab.options.text import either

COMMON = [field.name for field in fields(Dataset) if field.name not in ("group", "name", "knobs")]
"""The knobs of every data set."""


def check(composed: Mapping[str, Any]) -> Config:
    """Check ``composed``, a plain dictionary as composed by Hydra or stored in a run folder.

    Raises ``ConfigError`` for an unknown or missing key, a value of the wrong type or out of range, and an
    invalid combination; ``OptionError`` for an option whose file is broken.
    """
    plain = modern(composed)
    _check_keys("", plain, [*RULES, *ONE_OF, *ANY_OF], optional=ANY_OF)
    for key, rule in RULES.items():
        _check_value(key, plain[key], rule)
    chosen = {group: _option(group, plain[group]) for group in ONE_OF}
    chosen["dataset"] = _with_task(chosen["dataset"])
    chosen["schedule"] = _with_horizon(chosen["schedule"], plain["epochs"])
    loggers, callbacks = (_options(group, plain.get(group) or {}) for group in ANY_OF)
    plain |= {group: {"name": choice.name, **choice.knobs} for group, choice in chosen.items()}
    common = {key: chosen["dataset"].knobs[key] for key in COMMON}
    own = {key: value for key, value in chosen["dataset"].knobs.items() if key not in COMMON}
    config = Config(
        seed=plain["seed"],
        epochs=plain["epochs"],
        precision=plain["precision"],
        log_every_n_epochs=plain["log_every_n_epochs"],
        dataset=Dataset("dataset", chosen["dataset"].name, own, **common),
        model=chosen["model"],
        loss=_loss(chosen["loss"], common["task"], chosen["dataset"].name),
        penalty=chosen["penalty"],
        optimizer=chosen["optimizer"],
        schedule=chosen["schedule"],
        stop=chosen["stop"],
        engine=chosen["engine"],
        trainer=chosen["trainer"],
        loggers=loggers,
        callbacks=callbacks,
        report=plain["report"],
        figures=plain["figures"],
        figure_format=plain["figure_format"],
        events=plain["events"],
        plain=plain,
    )
    _check_combinations(config)
    return config


def check_seed(composed: Mapping[str, Any]) -> int:
    """The seed of a configuration. Raises ``ConfigError`` if it is none, or missing."""
    if "seed" not in composed:
        raise ConfigError("seed", "nothing", RULES["seed"].allowed)
    _check_value("seed", composed["seed"], RULES["seed"])
    seed: int = composed["seed"]
    return seed


def _check_keys(prefix: str, given: Mapping[str, Any], expected: Iterable[str], optional: Iterable[str] = ()) -> None:
    expected = list(expected)
    for key, value in given.items():
        if key not in expected:
            raise unknown(f"{prefix}{key}", value)
    for key in expected:
        if key not in given and key not in optional:
            allowed = ", ".join(names(key)) if key in ONE_OF else RULES[key].allowed if key in RULES else "a value"
            raise ConfigError(f"{prefix}{key}", "nothing", allowed)


def _check_value(key: str, value: object, rule: Rule | None) -> None:
    if rule is None:
        raise ConfigError(key, value, f"nothing yet: {key.rpartition('.')[2]} has no rule in the KNOBS of its option")
    if not rule.accepts(value):
        raise refused(key, value, rule)


def _option(group: str, given: object) -> Choice:
    name = given.get("name") if isinstance(given, Mapping) else given
    if not isinstance(given, Mapping) or not isinstance(name, str) or name not in names(group):
        raise unknown_option(group, name)
    expected = defaults(group, name)
    _check_keys(f"{group}.", given, ["name", *expected], optional=expected)
    knobs = {}
    for knob, default in expected.items():
        # A custom option's file may omit a knob that all options of the group have.
        if knob not in given and knob not in discovery.base(group):
            raise ConfigError(f"{group}.{knob}", "nothing", _allowed(group, name, knob))
        value = given.get(knob, default)
        if knob in FIXED:
            if value != default and not (default == "auto" and value in TASKS):
                raise ConfigError(f"{group}.{knob}", value, f"{default} (it belongs to {group}={name})")
        else:
            _check_value(f"{group}.{knob}", value, rule_of(group, name, knob))
        if knob != "name":
            knobs[knob] = value
    return Choice(group, name, knobs)


def _allowed(group: str, name: str, knob: str) -> str:
    rule = rule_of(group, name, knob)
    return rule.allowed if rule else shown(defaults(group, name)[knob])


def _options(group: str, given: object) -> dict[str, Mapping[str, Any]]:
    """The chosen options of a group that allows any number of them, with their knobs."""
    if not isinstance(given, Mapping):
        raise ConfigError(group, given, f"a list of {', '.join(names(group))}")
    for name, knobs in given.items():
        if name not in names(group):
            raise UnknownKeyError(f"{group}.{name}", knobs, [f"{group}.{known}" for known in names(group)])
        if not isinstance(knobs, Mapping):
            raise ConfigError(f"{group}.{name}", knobs, "its keys and values")
        expected = defaults(group, name)
        _check_keys(f"{group}.{name}.", knobs, expected)
        for knob, value in knobs.items():
            _check_value(f"{group}.{name}.{knob}", value, rule_of(group, name, knob))
    return dict(given)


def _with_task(dataset: Choice) -> Choice:
    """The data set with the type of task that its targets are for, if its file leaves that to them."""
    if dataset.knobs["task"] != "auto":
        return dataset
    own = {knob: value for knob, value in dataset.knobs.items() if knob not in COMMON}
    _refuse(Choice("dataset", dataset.name, own))
    try:
        return Choice("dataset", dataset.name, {**dataset.knobs, "task": dataset.option.task_of(**own)})
    except DataError as wrong:
        raise ConfigError.saying(str(wrong)) from None


def _refuse(choice: Choice) -> None:
    """Raise ``ConfigError`` if an option refuses its knobs."""
    refused = getattr(choice.option, "refusal", lambda **knobs: None)(**choice.knobs)
    if refused is not None:
        knob, value, allowed = refused
        raise ConfigError(f"{choice.group}.{knob}", value, allowed)


def _with_horizon(schedule: Choice, epochs: int) -> Choice:
    """The schedule with a fixed number of epochs, so that extending a run does not change its learning rates."""
    if schedule.knobs["epochs"] is not None or not hasattr(schedule.option, "factor"):
        return schedule
    return Choice("schedule", schedule.name, {**schedule.knobs, "epochs": epochs})


def _loss(given: Choice, task: str, dataset: str) -> Choice:
    """The loss itself; for ``auto``, the default loss of this type of task."""
    losses = {name: discovery.module("loss", name) for name in names("loss") if name != "auto"}
    if given.name == "auto":
        name = next(name for name, loss in losses.items() if task in getattr(loss, "DEFAULT_OF", ()))
        return Choice("loss", name, {knob: value for knob, value in defaults("loss", name).items() if knob != "name"})
    if task not in losses[given.name].FORMS:
        fitting = [name for name, loss in losses.items() if task in loss.FORMS]
        raise ConfigError(
            "loss", given.name, f"{either(['auto', *fitting])}, because dataset={dataset} is a {task} task"
        )
    return given


def _check_dataset(dataset: Dataset) -> None:
    name, is_table = f"dataset={dataset.name}", hasattr(dataset.option, "table")
    if dataset.n_samples is None and not is_table and not hasattr(dataset.option, "OWN_POINTS"):
        raise ConfigError("dataset.n_samples", None, f"a number, because {name} draws its points")
    if dataset.n_samples is not None and is_table:
        raise ConfigError("dataset.n_samples", dataset.n_samples, f"null, because {name} has points of its own")
    if dataset.is_validated_on_itself:
        for key, without in (("folds", None), ("test_fraction", 0.0)):
            if (given := getattr(dataset, key)) != without:
                why = f"{shown(without)}, because {name} is validated on the points that it is trained on"
                raise ConfigError(f"dataset.{key}", given, why)
    if dataset.label_noise and dataset.task == "regression":
        raise ConfigError("dataset.label_noise", dataset.label_noise, f"0, because {name} has no classes")
    if dataset.folds is None and dataset.fold is not None:
        raise ConfigError("dataset.fold", dataset.fold, "null without dataset.folds, the number of parts")
    if dataset.folds is not None and (dataset.fold is None or dataset.fold >= dataset.folds):
        each = (
            f"a whole number from 0 to {dataset.folds - 1}, or each in turn: -m 'dataset.fold=range({dataset.folds})'"
        )
        raise ConfigError("dataset.fold", dataset.fold, each)


def _check_combinations(config: Config) -> None:
    engine = config.engine
    _check_dataset(config.dataset)
    if config.trainer.option.DEVICE not in engine.option.DEVICES:
        fitting = discovery.those("trainer", lambda option: option.DEVICE in engine.option.DEVICES)
        raise ConfigError("trainer", config.trainer.name, f"{either(fitting)} with engine={engine.name}")
    if getattr(engine.option, "NEEDS_LAYERS", False) and not hasattr(config.model.option, "chain"):
        fitting = discovery.those("engine", lambda option: not getattr(option, "NEEDS_LAYERS", False))
        because = f"because model={config.model.name} is not sequential"
        raise ConfigError("engine", engine.name, f"{either(fitting)}, {because}")
    if hasattr(config.schedule.option, "factor") and "lr" not in config.optimizer.knobs:
        fitting = discovery.those("schedule", lambda option: not hasattr(option, "factor"))
        because = f"because optimizer={config.optimizer.name} has no lr"
        raise ConfigError("schedule", config.schedule.name, f"{either(fitting)}, {because}")
    for choice in (config.dataset, config.model, config.optimizer, config.schedule, config.penalty, config.stop):
        _refuse(choice)
    for name, knobs in config.callbacks.items():
        refusal = getattr(discovery.module("callbacks", name), "refusal", lambda others, **knobs: None)
        refused = refusal(list(config.callbacks), **knobs)
        if refused is not None:
            knob, value, allowed = refused
            raise ConfigError(f"callbacks.{name}.{knob}" if knob else "callbacks", value, allowed)

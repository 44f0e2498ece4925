"""The border: what a configuration may say, and what the rest of the program gets to see of it.

The YAML files under ``configs/`` list the knobs and their defaults; ``rules.RULES`` says for each what it may be;
``check`` turns a plain dictionary into a ``Config`` or raises ``ConfigError``. The command line, each job of a
sweep, ``evaluate``, ``resume`` and ``Run`` all come through here. Nothing heavy is imported: a wrong key must be
answered before torch has been loaded. PyYAML is the one dependency; Hydra has loaded it anyway.
"""

import difflib
import functools
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from backprop_lab.options.plain_yaml import read_yaml
from backprop_lab.options.rules import RULES, shown

CONFIGS = Path(__file__).resolve().parents[3] / "configs"
GROUPS = ("dataset", "model", "optimizer", "engine", "trainer", "logger")
FIXED = ("name", "task")  # what an option is, not what one may set


class ConfigError(ValueError):
    """A wrong value, key or combination; its text is one line that names the key, the value and what is allowed."""

    def __init__(self, key: str, value: object, allowed: str) -> None:
        super().__init__(f"{key}: got {shown(value)}; allowed: {allowed}")


class UnknownKeyError(ConfigError):
    """A key that no option chosen here has; its text offers the nearest right name."""

    def __init__(self, key: str, value: object, known: Iterable[str]) -> None:
        ValueError.__init__(self, f"{key}: no such key (got {shown(value)}); {nearest(key, known)}")


@dataclass(frozen=True)
class Choice:
    """One chosen option of a group: its name and its knobs."""

    name: str
    knobs: Mapping[str, Any]


@dataclass(frozen=True)
class Dataset:
    """The chosen data set: what every one has, and the knobs of this one."""

    name: str
    task: str
    n_samples: int | None
    noise: float
    val_fraction: float
    batch_size: int | None
    shuffle: bool
    knobs: Mapping[str, Any]


@dataclass(frozen=True)
class Config:
    """A checked configuration. ``plain`` is the dictionary that it came from, to be written down again."""

    seed: int
    epochs: int
    loss: str
    precision: int
    log_every_n_epochs: int
    dataset: Dataset
    model: Choice
    optimizer: Choice
    engine: str
    trainer: str
    logger: str
    callbacks: Mapping[str, Mapping[str, Any]]
    report: bool | str
    plain: Mapping[str, Any]


def check(composed: Mapping[str, Any]) -> Config:
    """The configuration in ``composed``, a plain dictionary as Hydra composes it or a run folder holds it.

    Raises ``ConfigError`` for an unknown or missing key, a value of the wrong type or out of range, and a
    combination that makes no sense.
    """
    _check_keys("", composed, [*_top_level(), *GROUPS, "callbacks"], optional=["callbacks"])
    for key in _top_level():
        _check_value(key, composed[key])
    chosen = {group: _check_option(group, composed[group]) for group in GROUPS}
    callbacks = _check_callbacks(composed.get("callbacks") or {})
    dataset = chosen["dataset"].knobs
    common = {key: dataset[key] for key in Dataset.__dataclass_fields__ if key in dataset}
    config = Config(
        seed=composed["seed"],
        epochs=composed["epochs"],
        loss=_loss(composed["loss"], dataset["task"], chosen["dataset"].name),
        precision=composed["precision"],
        log_every_n_epochs=composed["log_every_n_epochs"],
        dataset=Dataset(
            name=chosen["dataset"].name, knobs={key: dataset[key] for key in dataset if key not in common}, **common
        ),
        model=chosen["model"],
        optimizer=chosen["optimizer"],
        engine=chosen["engine"].name,
        trainer=chosen["trainer"].name,
        logger=chosen["logger"].name,
        callbacks=callbacks,
        report=composed["report"],
        plain=composed,
    )
    _check_combinations(config)
    return config


@functools.cache
def options(group: str) -> list[str]:
    """The names that ``group=`` takes: one for each YAML file in its folder."""
    return sorted(path.stem for path in (CONFIGS / group).glob("*.yaml"))


@functools.cache
def defaults(group: str, option: str) -> Mapping[str, Any]:
    """Knobs and default values of one option, from its YAML file."""
    return read_yaml((CONFIGS / group / f"{option}.yaml").read_text(encoding="utf-8")) or {}


@functools.cache
def known_keys() -> tuple[str, ...]:
    """Every key that some configuration has, groups included: what a misspelt one is compared with."""
    knobs = (
        f"{group}.{knob}" for group in GROUPS for option in options(group) for knob in defaults(group, option)
        if knob not in FIXED
    )  # fmt: skip
    return tuple(dict.fromkeys([*_top_level(), *GROUPS, "callbacks", "experiment", *knobs, *RULES]))


def nearest(name: str, known: Iterable[str]) -> str:
    """``did you mean ...?``, or the known names where none is near."""
    known = list(known)
    close = difflib.get_close_matches(name, known, n=1)
    if close:
        return f"did you mean {close[0]}?"
    return f"allowed: {', '.join(known)}" if len(known) <= 16 else "python -m train --help lists all keys"


@functools.cache
def _top_level() -> tuple[str, ...]:
    keys = read_yaml((CONFIGS / "train.yaml").read_text(encoding="utf-8"))
    return tuple(key for key in keys if key not in ("defaults", "hydra"))


def _check_keys(prefix: str, given: Mapping[str, Any], expected: Iterable[str], optional: Iterable[str] = ()) -> None:
    expected = list(expected)
    for key, value in given.items():
        if key not in expected:
            raise UnknownKeyError(
                f"{prefix}{key}", value, [f"{prefix}{name}" for name in expected if name not in FIXED]
            )
    for key in expected:
        if key not in given and key not in optional:
            dotted = f"{prefix}{key}"
            if key in FIXED:
                raise ConfigError(dotted, "nothing", "what the option's file says")
            allowed = ", ".join(options(key)) if key in GROUPS else RULES[dotted].allowed
            raise ConfigError(dotted, "nothing", allowed)


def _check_value(key: str, value: object) -> None:
    if key not in RULES:
        raise ConfigError(key, value, f"nothing yet: {key} has no rule in rules.py")
    if not RULES[key].accepts(value):
        raise ConfigError(key, value, RULES[key].allowed)


def _check_option(group: str, given: object) -> Choice:
    name = given.get("name") if isinstance(given, Mapping) else given
    if not isinstance(given, Mapping) or name not in options(group):
        raise ConfigError(group, name, ", ".join(options(group)))
    expected = defaults(group, str(name))
    _check_keys(f"{group}.", given, expected)
    for knob, value in given.items():
        if knob in FIXED:
            if value != expected[knob]:
                raise ConfigError(f"{group}.{knob}", value, f"{expected[knob]} (it belongs to {group}={name})")
        else:
            _check_value(f"{group}.{knob}", value)
    return Choice(str(name), {knob: value for knob, value in given.items() if knob != "name"})


def _check_callbacks(given: object) -> dict[str, Mapping[str, Any]]:
    if not isinstance(given, Mapping):
        raise ConfigError("callbacks", given, f"a list of {', '.join(options('callbacks'))}")
    _check_keys("callbacks.", given, options("callbacks"), optional=options("callbacks"))
    for name, knobs in given.items():
        if not isinstance(knobs, Mapping):
            raise ConfigError(f"callbacks.{name}", knobs, "its keys and values")
        _check_keys(f"callbacks.{name}.", knobs, defaults("callbacks", name)[name])
        for knob, value in knobs.items():
            _check_value(f"callbacks.{name}.{knob}", value)
    return dict(given)


def _loss(loss: str, task: str, dataset: str) -> str:
    if loss == "auto":
        return "mse" if task == "regression" else "bce"
    if loss == "bce" and task == "regression":
        raise ConfigError("loss", loss, f"auto or mse, because dataset={dataset} is a regression")
    return loss


def _check_combinations(config: Config) -> None:
    if config.dataset.n_samples is None and defaults("dataset", config.dataset.name)["n_samples"] is not None:
        raise ConfigError(
            "dataset.n_samples", None, f"a number, because dataset={config.dataset.name} draws its points"
        )
    if config.trainer == "gpu" and config.engine in ("scalar", "by_hand"):
        raise ConfigError("trainer", config.trainer, f"cpu or auto with engine={config.engine}")
    if config.optimizer.knobs.get("nesterov") and config.optimizer.knobs["momentum"] == 0:
        raise ConfigError("optimizer.nesterov", True, "false where optimizer.momentum is 0")
    if "film" in config.callbacks and "frames" not in config.callbacks:
        raise ConfigError("callbacks", list(config.callbacks), "film together with frames, from which it is drawn")
    every = config.callbacks.get("decision_boundary", {}).get("every_n_epochs")
    if every is not None and "frames" not in config.callbacks:
        raise ConfigError(
            "callbacks.decision_boundary.every_n_epochs", every, "null without the frames callback, which it draws from"
        )

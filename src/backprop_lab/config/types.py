"""A checked configuration."""

from collections.abc import Mapping
from dataclasses import dataclass
from types import ModuleType
from typing import Any

from backprop_lab.config.upgrade import FORMAT
from backprop_lab.options import discovery


@dataclass(frozen=True)
class Choice:
    """One chosen option: its group, its name and its knobs."""

    group: str
    name: str
    knobs: Mapping[str, Any]

    @property
    def option(self) -> ModuleType:
        """The module that implements it."""
        return discovery.module(self.group, self.name)

    @property
    def arguments(self) -> tuple[Any, ...]:
        """The knobs in the order of the option's ``KNOBS``, the argument order of its formulas."""
        return tuple(self.knobs[knob] for knob in getattr(self.option, "KNOBS", {}))

    @property
    def own_knobs(self) -> dict[str, Any]:
        """The knobs without those that its whole group has, which are not the option's business."""
        return {knob: value for knob, value in self.knobs.items() if knob not in discovery.base(self.group)}


@dataclass(frozen=True)
class Dataset(Choice):
    """The chosen data set: the fields common to all data sets, and in ``knobs`` its own."""

    task: str
    n_samples: int | None
    noise: float
    label_noise: float
    features: list[str] | None
    standardize: bool
    val_fraction: float
    test_fraction: float
    folds: int | None
    fold: int | None
    split_seed: int | None
    batch_size: int | None
    shuffle: bool

    @property
    def is_validated_on_itself(self) -> bool:
        """Whether it is both trained and validated on all of its points."""
        is_so = hasattr(self.option, "OWN_POINTS") or hasattr(self.option, "IS_VALIDATED_ON_ITSELF")
        return self.n_samples is None and is_so


@dataclass(frozen=True)
class Config:
    """A checked configuration. ``plain`` is the dictionary it was made from, for saving it again."""

    seed: int
    epochs: int
    precision: int
    log_every_n_epochs: int
    dataset: Dataset
    model: Choice
    loss: Choice
    penalty: Choice
    optimizer: Choice
    schedule: Choice
    stop: Choice
    engine: Choice
    trainer: Choice
    loggers: Mapping[str, Mapping[str, Any]]
    callbacks: Mapping[str, Mapping[str, Any]]
    report: bool | str
    figures: bool | str
    figure_format: str
    events: bool | str
    plain: Mapping[str, Any]
    format: int = FORMAT

    def options(self) -> list[tuple[str, str]]:
        """Group and name of every chosen option, including the activations."""
        one_of = [getattr(self, group) for group in discovery.ONE_OF]
        chosen = [(choice.group, choice.name) for choice in one_of]
        chosen += [("logger", name) for name in self.loggers] + [("callbacks", name) for name in self.callbacks]
        if "activation" in self.model.knobs:
            named = self.model.knobs["activation"]
            chosen += [("activation", name) for name in dict.fromkeys(named if isinstance(named, list) else [named])]
        return chosen

"""Draws and checks points and their targets."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Any

import numpy as np

from backprop_lab.config.errors import ConfigError
from backprop_lab.config.types import Dataset
from backprop_lab.options import discovery
from backprop_lab.options.table import DataError, Meaning, Table, of_numbers
from backprop_lab.training.randomness import generator

MOST_CLASSES = 100


@dataclass(frozen=True)
class Points:
    """``x`` of shape [n, features] and targets ``y`` of shape [n]."""

    x: np.ndarray
    y: np.ndarray

    def __len__(self) -> int:
        return len(self.y)

    def __getitem__(self, index: np.ndarray) -> "Points":
        """The points with these numbers."""
        return Points(self.x.take(index, axis=0), self.y.take(index))

    def astype(self, dtype: np.dtype) -> "Points":
        return Points(self.x.astype(dtype), self.y.astype(dtype))


def draw(dataset: Dataset, seed: int, purpose: str = "points") -> Points:
    """All points of a data set with its noise, in float64. Raises ``ConfigError`` if ``sample`` returns invalid points.

    Noise is added to the points after labelling; for a regression it is added to y.
    """
    random = generator(seed, purpose)
    x, y = _checked(dataset, dataset.option.sample(dataset.n_samples, random, **dataset.knobs))
    return _with_noise(dataset, Points(x, y), random)


def _with_noise(dataset: Dataset, points: Points, random: np.random.Generator) -> Points:
    x, y = points.x, points.y
    if dataset.noise:
        if dataset.task == "regression":
            y = y + dataset.noise * random.standard_normal(y.shape)
        else:
            x = x + dataset.noise * random.standard_normal(x.shape)
    if dataset.label_noise:
        classes = classes_of(dataset) or int(points.y.max()) + 1
        is_wrong = random.uniform(0, 1, y.shape) < dataset.label_noise
        y = np.where(is_wrong, (y + random.integers(1, classes, y.shape)) % classes, y)
    return Points(x, y)


def drawn(dataset: Dataset, seed: int) -> Points:
    """All points of a data set, in the same order for the same seed: drawn, or those of its table."""
    if not hasattr(dataset.option, "table"):
        return draw(dataset, seed)
    table = table_of(dataset)
    points = Points(table.x, table.y)
    return _with_noise(dataset, points, generator(seed if dataset.split_seed is None else dataset.split_seed, "points"))


def table_of(dataset: Dataset) -> Table:
    """The table of a data set that has one. Raises ``ConfigError`` if it cannot be read."""
    has_task = hasattr(dataset.option, "task_of")  # the data set does not say it itself
    try:
        table: Table = dataset.option.table(**dataset.knobs, **({"task": dataset.task} if has_task else {}))
    except DataError as wrong_table:
        raise ConfigError.saying(str(wrong_table)) from None
    return table


def file_sha256(dataset: Dataset) -> dict[str, str]:
    """The SHA-256 of the file of a user's own that a data set reads, as an entry of a receipt; empty without one."""
    if not hasattr(dataset.option, "table"):
        return {}
    try:
        sha256 = table_of(dataset).sha256
    except ConfigError:  # a run that goes on has its points, wherever the file is by now
        return {}
    return {"file_sha256": sha256} if sha256 else {}


def fillings(dataset: Dataset, train: Points) -> np.ndarray | None:
    """The mean of each input over those training points that have it, [inputs]; None if none may be missing.

    Raises ``ConfigError`` if an input is missing in all of them.
    """
    if not hasattr(dataset.option, "table") or not table_of(dataset).fills_missing:
        return None
    is_there = ~np.isnan(train.x)
    counts = is_there.sum(axis=0)
    if not counts.all():
        name = table_of(dataset).meaning.inputs[int(np.argmin(counts))]
        raise ConfigError.saying(
            f"column {name}: got only missing cells among the {len(train):,} training points; allowed: a column with "
            "cells there, for their mean"
        )
    means: np.ndarray = np.where(is_there, train.x, 0.0).sum(axis=0) / counts
    return means


def meaning_of(dataset: Dataset, train: Points) -> Meaning:
    """What the numbers of a data set stand for, and if some may be missing, what is in their place for ``train``."""
    if not hasattr(dataset.option, "table"):
        return of_numbers(train.x.shape[1])
    meaning = table_of(dataset).meaning
    means = fillings(dataset, train)
    if means is None:
        return meaning
    of = dict(zip(meaning.inputs, means.tolist(), strict=True))
    columns = [column if column.categories else replace(column, filling=of[column.name]) for column in meaning.columns]
    return replace(meaning, columns=tuple(columns))


def count(dataset: Dataset) -> int:
    """How many points a data set has."""
    if dataset.n_samples is not None:
        return dataset.n_samples
    return len(table_of(dataset).y) if hasattr(dataset.option, "table") else int(dataset.option.OWN_POINTS)


def _checked(dataset: Dataset, sampled: Any) -> tuple[np.ndarray, np.ndarray]:
    """The result of ``sample`` as float64. Raises ``ConfigError`` that names the data set and the first wrong point."""
    if not isinstance(sampled, Sequence) or len(sampled) != 2:
        raise wrong(dataset, "sample", sampled, "two arrays, x [n, features] and y [n]")
    try:
        x, y = (np.asarray(array, dtype=np.float64) for array in sampled)
    except (TypeError, ValueError):
        raise wrong(dataset, "sample", sampled, "two arrays of numbers, x [n, features] and y [n]") from None
    n = dataset.n_samples if dataset.n_samples is not None else dataset.option.OWN_POINTS
    if x.ndim != 2 or x.shape[1] < 1:
        raise wrong(dataset, "sample", f"x of shape {list(x.shape)}", "x of shape [n, features]")
    if y.shape != (len(x),):
        raise wrong(dataset, "sample", f"x of shape {list(x.shape)} and y of shape {list(y.shape)}", "y of shape [n]")
    if len(x) != n:
        raise wrong(dataset, "sample", f"{len(x):,} points", f"{n:,}, as requested")
    for name, array in (("x", x), ("y", y)):
        if not np.isfinite(array).all():
            broken = np.flatnonzero(~np.isfinite(array.reshape(len(array), -1)).all(axis=1))
            raise wrong(
                dataset, "sample", f"{name} = {array[broken[0]].tolist()} at point {broken[0]}", "finite numbers"
            )
    if dataset.task != "regression":
        others = np.flatnonzero(~is_class(dataset, y))
        if len(others):
            raise wrong(dataset, "sample", f"y = {y[others[0]]:g} at point {others[0]}", classes_said(dataset))
        # A built-in data set may have one class, such as dataset=circle with a large radius; the findings report that.
        if discovery.is_own("dataset", dataset.name) and (y == y[0]).all():
            raise wrong(dataset, "sample", f"y = {y[0]:g} at all of its {len(y):,} points", "points of both classes")
    return x, y


def count_outputs(dataset: Dataset, meaning: Meaning, train: Points, val: Points) -> int:
    """How many outputs a network for these points has: one, or one for each of several classes."""
    if dataset.task != "multiclass":
        return 1
    return len(meaning.classes) or classes_of(dataset) or max(int(max(train.y.max(), val.y.max())) + 1, 2)


def classes_of(dataset: Dataset) -> int | None:
    """How many classes a data set has, by its own word; None if only its points say it."""
    if dataset.task == "binary":
        return 2
    count: int | None = dataset.knobs.get("classes", getattr(dataset.option, "CLASSES", None))
    return count


def is_class(dataset: Dataset, y: np.ndarray) -> np.ndarray:
    """Whether each target is the number of a class."""
    most = classes_of(dataset) or MOST_CLASSES
    return (y >= 0) & (y < most) & (y == np.floor(y))


def classes_said(dataset: Dataset) -> str:
    count = classes_of(dataset)
    if count == 2:
        return "0 or 1, the two classes"
    return f"whole numbers from 0 to {(count or MOST_CLASSES) - 1}, the classes"


def wrong(dataset: Dataset, function: str, given: object, allowed: str) -> ConfigError:
    """What a function of a data set returned, and what it should return."""
    text = " ".join((given if isinstance(given, str) else repr(given)).split())
    return ConfigError(f"dataset={dataset.name}, {function}()", _Said(text[:120]), allowed)


class _Said(str):
    """Text that appears in an error without quotes."""

    __slots__ = ()

    def __repr__(self) -> str:
        return str(self)

"""Who is trained on, who is held out for validation, and who for a test."""

from typing import NamedTuple

import numpy as np

from backprop_lab.config.types import Config, Dataset
from backprop_lab.training.points import Points, count, drawn, fillings
from backprop_lab.training.randomness import generator


class Split(NamedTuple):
    """Points as the data set gives them, in float64."""

    train: Points
    val: Points
    test: Points | None = None


class Sizes(NamedTuple):
    train: int
    val: int
    test: int


def points_of(config: Config) -> Split:
    """The points of a configuration. Raises ``ConfigError`` if they cannot be had.

    Those of a data set with a few points of its own are used for both training and validation. Missing numbers are
    filled with the mean of the training points.
    """
    dataset = config.dataset
    split = _split(dataset, config.seed)
    means = fillings(dataset, split.train)
    if means is None:
        return split
    train, val, test = split
    return Split(_filled(train, means), _filled(val, means), None if test is None else _filled(test, means))


def _filled(points: Points, means: np.ndarray) -> Points:
    return Points(np.where(np.isnan(points.x), means, points.x), points.y)


def _split(dataset: Dataset, seed: int) -> Split:
    points = drawn(dataset, seed)
    if dataset.is_validated_on_itself:
        return Split(points, points)
    sizes = sizes_of(dataset)
    order = _order(dataset, seed, points.y)
    test, rest = np.split(order, [sizes.test])
    val, train = np.split(rest, [sizes.val])
    if dataset.folds is not None:
        parts = np.array_split(rest, dataset.folds)
        val = parts.pop(dataset.fold or 0)
        train = np.concatenate(parts)
    return Split(points[train], points[val], points[test] if sizes.test else None)


def sizes_of(dataset: Dataset) -> Sizes:
    """How many points a configuration trains on, validates on, and tests on."""
    n = count(dataset)
    if dataset.is_validated_on_itself:
        return Sizes(n, n, 0)
    test = held_back(n, dataset.test_fraction) if dataset.test_fraction else 0
    rest = n - test
    val = held_back(rest, dataset.val_fraction)
    if dataset.folds is not None:  # the first parts are larger by one, as np.array_split makes them
        val = rest // dataset.folds + ((dataset.fold or 0) < rest % dataset.folds)
    return Sizes(rest - val, val, test)


def held_back(n: int, fraction: float) -> int:
    """How many of ``n`` points a fraction is: at least one, at most ``n - 1``."""
    return min(max(round(n * fraction), 1), n - 1)


def is_the_same_for_all_seeds(dataset: Dataset) -> bool:
    """Whether nothing about the points follows the seed of a run."""
    draws_nothing = dataset.is_validated_on_itself and not dataset.noise and not dataset.label_noise
    return hasattr(dataset.option, "table") and (dataset.split_seed is not None or draws_nothing)


def _order(dataset: Dataset, seed: int, y: np.ndarray) -> np.ndarray:
    """The indices of all points in random order.

    In a cross-validation, and where the order has a seed of its own, each part of it has about the same share of each
    class.
    """
    random = generator(seed if dataset.split_seed is None else dataset.split_seed, "split")
    order = random.permutation(len(y))
    if dataset.task == "regression" or (dataset.folds is None and dataset.split_seed is None):
        return order
    place = np.empty(len(y))
    for label in np.unique(y):
        own = order[y[order] == label]
        place[own] = (np.arange(len(own)) + random.uniform(0, 1, len(own))) / len(own)
    return np.argsort(place, kind="stable")

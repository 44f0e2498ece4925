"""What is made of points before a network gets them: features of a plane, and standardizing."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from backprop_lab.config.errors import ConfigError
from backprop_lab.config.types import Dataset
from backprop_lab.options import features
from backprop_lab.options.table import Column, Meaning
from backprop_lab.training.points import Points


@dataclass(frozen=True)
class Preparation:
    """``features`` of the plane, if any are named; then ``mean`` and ``scale`` of each input, by which it is
    standardized; ``target_mean`` and ``target_scale`` likewise, of the targets of a regression."""

    features: Sequence[str] | None = None
    mean: np.ndarray | None = None
    scale: np.ndarray | None = None
    target_mean: float = 0.0
    target_scale: float = 1.0

    @property
    def is_plain(self) -> bool:
        """Whether the network gets the points as they are."""
        return self.features is None and self.mean is None

    def inputs(self, x: np.ndarray) -> np.ndarray:
        """The inputs of the network, in float64, for points ``x`` [n, inputs as given]."""
        if self.features is not None:
            x = features.computed(list(self.features), x)
        return x if self.mean is None else (x - self.mean) / self.scale

    def targets(self, y: np.ndarray) -> np.ndarray:
        return y if self.mean is None else (y - self.target_mean) / self.target_scale

    def of(self, points: Points) -> Points:
        return points if self.is_plain else Points(self.inputs(points.x), self.targets(points.y))

    def meaning(self, given: Meaning) -> Meaning:
        """What the inputs of the network mean."""
        if self.features is None:
            return given
        return Meaning(tuple(map(Column, self.features)), given.target, given.classes)


def preparation_of(dataset: Dataset, train: Points) -> Preparation:
    """The preparation of a data set, fitted on its training points, in float64.

    Raises ``ConfigError`` for features of points that are not of a plane.
    """
    if dataset.features is not None and train.x.shape[1] != 2:
        why = f"null, because the points of dataset={dataset.name} have {train.x.shape[1]} coordinates, not two"
        raise ConfigError("dataset.features", dataset.features, why)
    plain = Preparation(dataset.features)
    if not dataset.standardize:
        return plain
    x = plain.inputs(train.x)
    mean, scale = (0.0, 1.0)
    if dataset.task == "regression":
        mean, scale = map(float, _mean_and_scale(train.y))
    return Preparation(dataset.features, *_mean_and_scale(x), mean, scale)


def _mean_and_scale(values: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Over the first axis. What is constant is only moved, exactly to 0: its deviation as computed is rounding."""
    is_constant = (values == values[0]).all(axis=0)
    mean = np.where(is_constant, values[0], values.mean(axis=0))
    return mean, np.where(is_constant, 1.0, values.std(axis=0))

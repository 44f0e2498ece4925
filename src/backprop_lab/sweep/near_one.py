"""A metric that is nearly perfect in all runs is shown as its distance from 1, on which the runs can be told apart."""

from collections.abc import Sequence

from backprop_lab.training.head import LOWER_IS_BETTER

NEAR = 1e-3


def is_near_one(name: str, numbers: Sequence[float]) -> bool:
    """Whether the values of the metric ``name``, such as ``val_acc``, would all read as 1, its best value."""
    return name.partition("_")[2] not in LOWER_IS_BETTER and len(numbers) > 0 and 1 - NEAR < min(numbers) < 1


def distance(value: float | None) -> float | None:
    return None if value is None else 1 - value

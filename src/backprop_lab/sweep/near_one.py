"""A metric that is nearly perfect in all runs is shown as its distance from 1, on which the runs can be told apart."""

from collections.abc import Sequence

NEAR = 1e-3


def is_near_one(name: str, numbers: Sequence[float]) -> bool:
    """Whether the values of the metric ``name``, whose best value is 1 unless it is a loss, would all read as 1."""
    return not name.endswith("loss") and len(numbers) > 0 and 1 - NEAR < min(numbers) < 1


def distance(value: float | None) -> float | None:
    return None if value is None else 1 - value

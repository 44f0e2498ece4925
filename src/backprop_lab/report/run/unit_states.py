"""Hidden units that have stopped learning or act linearly, judged by their inputs on all training points."""

from dataclasses import dataclass
from types import ModuleType

import numpy as np

# A unit is saturated if it is beyond this fraction of its activation's range, on that fraction of the points.
SATURATED_RANGE, SATURATED_POINTS = 0.97, 0.9


@dataclass(frozen=True)
class UnitStates:
    """The states of the units of one layer, [units] bool."""

    dead: np.ndarray
    """Units on the flat part of their activation for all points: no gradient passes."""
    always_on: np.ndarray
    """Units of such an activation that are on its identity part for all points, and so are linear."""
    saturated: np.ndarray
    """Units of a bounded activation that are beyond 97 % of its range on at least 90 % of the points."""


def unit_states(activation: ModuleType, z: np.ndarray) -> UnitStates:
    """The states of units with pre-activations ``z`` [n, units]."""
    dead = always_on = saturated = np.zeros(z.shape[1], bool)
    a = activation.value(z)
    if hasattr(activation, "CAN_DIE"):
        slope = activation.slope(z, a)
        dead, always_on = ((slope == flat).all(axis=0) for flat in (0, 1))
    if hasattr(activation, "RANGE"):
        low, high = activation.RANGE
        beyond = abs(a - middle_of(activation)) > SATURATED_RANGE * (high - low) / 2
        saturated = beyond.mean(axis=0) >= SATURATED_POINTS
    return UnitStates(dead, always_on, saturated)


def middle_of(activation: ModuleType) -> float:
    """The output above which a unit counts as active: the middle of its activation's range, or 0."""
    low, high = getattr(activation, "RANGE", (0.0, 0.0))
    return float(low + high) / 2

"""The types of number in which the page reads its arrays."""

from collections.abc import Mapping

import numpy as np


def float32(values: np.ndarray) -> np.ndarray:
    with np.errstate(over="ignore"):
        return values.astype(np.float32)


def flat(by_name: Mapping[str, np.ndarray]) -> np.ndarray:
    """All weights of a frame in one row, [F, weights], from arrays [F, *shape] in their order."""
    return float32(np.concatenate([values.reshape(len(values), -1) for values in by_name.values()], axis=1))


def roots(values: np.ndarray, largest: np.ndarray) -> np.ndarray:
    """Values as int8: the signed root of their share of the largest, so that small ones keep a difference."""
    share = shares(values, largest)
    return np.rint(127 * np.sign(share) * np.sqrt(np.abs(share))).astype(np.int8)


def shares(values: np.ndarray, largest: np.ndarray) -> np.ndarray:
    """Values as their share of the largest, for curves, which a root would bend."""
    return np.nan_to_num(np.divide(values, largest, out=np.zeros_like(values), where=largest > 0))

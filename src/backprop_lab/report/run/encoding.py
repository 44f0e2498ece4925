"""The number formats of the page's arrays."""

from collections.abc import Mapping

import numpy as np

END = 10_000
"""As in page/run/field.js."""


def float32(values: np.ndarray) -> np.ndarray:
    with np.errstate(over="ignore"):
        return values.astype(np.float32)


def flat(by_name: Mapping[str, np.ndarray]) -> np.ndarray:
    """All weights of a frame in one row, [F, weights], from arrays [F, *shape] in order."""
    return float32(np.concatenate([values.reshape(len(values), -1) for values in by_name.values()], axis=1))


def roots(values: np.ndarray, largest: np.ndarray) -> np.ndarray:
    """Values as int8: the signed root of their ratio to the largest, so that small ones stay distinct."""
    share = shares(values, largest)
    return np.rint(127 * np.sign(share) * np.sqrt(np.abs(share))).astype(np.int8)


def levels(values: np.ndarray, low: float, high: float) -> np.ndarray:
    """Values as int16, from -``END`` at ``low`` to ``END`` at ``high``; what is far beyond is at three times that."""
    scaled = END * (2 * (values.astype(np.float64) - low) / ((high - low) or 1.0) - 1)
    return np.rint(np.nan_to_num(scaled).clip(-3 * END, 3 * END)).astype(np.int16)


def shares(values: np.ndarray, largest: np.ndarray) -> np.ndarray:
    """Values as their ratio to the largest, for curves, which a root would distort."""
    return np.nan_to_num(np.divide(values, largest, out=np.zeros_like(values), where=largest > 0))

"""The tables that scikit-learn brings along, so that no network is needed."""

import functools
from typing import TYPE_CHECKING

from backprop_lab.options.table import Column, Meaning, Table

if TYPE_CHECKING:
    import numpy as np


@functools.cache
def table(name: str, target: str) -> Table:
    """``sklearn.datasets.load_<name>``; ``target`` names what is predicted."""
    from sklearn import datasets

    options = {"scaled": False} if name == "diabetes" else {}  # in their own units
    loaded = getattr(datasets, f"load_{name}")(**options)
    x, y = (_kept(array) for array in (loaded.data, loaded.target))
    classes = tuple(map(str, loaded.get("target_names", ())))
    return Table(x, y, Meaning(tuple(map(Column, loaded.feature_names)), target, classes))


def _kept(array: "np.ndarray") -> "np.ndarray":
    """In float64, and never changed: all runs of a process share it."""
    array = array.astype(float)
    array.flags.writeable = False
    return array

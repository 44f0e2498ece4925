"""Which settings of a sweep can be ranked: those that solve the same problem, measured by the same loss.

A loss of 0.2 under one loss function is neither better nor worse than 0.3 under another, nor is one on easier data.
"""

from collections.abc import Mapping
from typing import Any

# How the points are drawn and used does not make another problem of them, nor does their number.
OF_THE_SAME_PROBLEM = (
    "dataset.n_samples", "dataset.val_fraction", "dataset.test_fraction", "dataset.batch_size", "dataset.shuffle",
    "dataset.features", "dataset.folds", "dataset.fold", "dataset.split_seed",
)  # fmt: skip


def problem(values: Mapping[str, Any]) -> dict[str, Any]:
    """The part of a setting that says what is learned, and by which loss it is measured; empty if that was not swept.

    ``values`` are the values of the swept keys. An experiment may choose both, so each counts as a problem of its own.
    """
    groups = ("dataset", "loss", "experiment")
    return {
        key: value
        for key, value in values.items()
        if key.partition(".")[0] in groups and key not in OF_THE_SAME_PROBLEM
    }

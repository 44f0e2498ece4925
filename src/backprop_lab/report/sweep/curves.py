"""The learning curves of a sweep: for each setting the median and a band over its finished jobs, epoch by epoch."""

import functools
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from backprop_lab.runs import names
from backprop_lab.runs.errors import RunError
from backprop_lab.runs.status import Status
from backprop_lab.sweep.folder import Job
from backprop_lab.sweep.success import evenly
from backprop_lab.sweep.table import Setting

QUANTILES = (0.1, 0.5, 0.9)
MOST_SETTINGS = 100  # the best ones
MOST_JOBS = 1_000  # read in all: each takes some milliseconds
MOST_EPOCHS = 120


@dataclass(frozen=True)
class Curves:
    """Of one setting, over the epochs that all its finished jobs have logged."""

    epochs: np.ndarray
    bands: dict[str, np.ndarray]
    """By metric, [quantiles, epochs]."""
    jobs: int
    """How many jobs they are of."""


def curves_of(ranked: Sequence[Setting]) -> list[Curves | None]:
    """One for each setting; None for those that are left out or have nothing to draw."""
    most = max(3, MOST_JOBS // min(len(ranked), MOST_SETTINGS))
    return [_curves(setting, most) if i < MOST_SETTINGS else None for i, setting in enumerate(ranked)]


def _curves(setting: Setting, most: int) -> Curves | None:
    finished = [job for job in setting.jobs if job.status is Status.FINISHED]
    tables = [table for job in evenly(finished, most) if (table := _table(job)) is not None]
    if not tables:
        return None
    common = functools.reduce(np.intersect1d, [table["epoch"] for table in tables])
    if len(common) < 2:
        return None
    epochs = common[np.unique(np.linspace(0, len(common) - 1, min(len(common), MOST_EPOCHS)).round().astype(int))]
    rows = [np.searchsorted(table["epoch"], epochs) for table in tables]
    metrics = [name for name in tables[0] if name.startswith(("train_", "val_"))]
    bands = {
        name: np.quantile([table[name][at] for table, at in zip(tables, rows, strict=True)], QUANTILES, axis=0)
        for name in metrics
    }
    return Curves(epochs, bands, len(tables))


def _table(job: Job) -> dict[str, np.ndarray] | None:
    """The columns of its metrics.csv; a job that has none, or a damaged one, is left out."""
    try:
        return job.run.metrics() if job.run.files.exists(names.METRICS) else None
    except RunError:
        return None

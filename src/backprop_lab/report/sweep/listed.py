"""Which jobs a page lists one by one: all of them, or of very many a fair sample, the drawn and the worst ones.

Of the settings that are not listed whole it has the numbers of all jobs, so that what it says of them is exact.
"""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from backprop_lab.runs.status import Status
from backprop_lab.sweep.folder import Job
from backprop_lab.sweep.success import evenly, ranked
from backprop_lab.sweep.table import Setting

MOST_JOBS = 10_000
FEWEST = 50  # of a setting: fewer jobs take less room than what is said of them
WORST = 100
QUANTILES = np.linspace(0.0, 1.0, 51)
BINS = 30
WIDE = 20.0  # a range of losses that needs a logarithmic axis, as in setting.js


@dataclass(frozen=True)
class Listed:
    """The listed ``jobs``, in the order of their numbers; those of the ``sample`` stand for all of their setting."""

    jobs: Sequence[Job]
    sample: Collection[int]
    said: str
    """Which jobs are listed; empty if all are."""

    def has_all(self, setting: Setting) -> bool:
        return not self.said or all(job.number in self.sample for job in setting.jobs)


def listed(jobs: Sequence[Job], settings: Sequence[Setting], drawn: Collection[int]) -> Listed:
    """The jobs to list. ``drawn`` are the numbers of those that have a picture."""
    if len(jobs) <= MOST_JOBS:
        return Listed(jobs, {job.number for job in jobs}, "")
    share = max(FEWEST, MOST_JOBS // len(settings))
    sample = {job.number for setting in settings for job in evenly(setting.jobs, share)}
    unfinished = [job.number for job in jobs if job.status is not Status.FINISHED][:WORST]
    worst = [job.number for job in ranked(jobs)[-WORST:]]
    chosen = {*sample, *drawn, *unfinished, *worst}
    if len(chosen) == len(jobs):
        return Listed(jobs, chosen, "")
    parts = [f"a fair sample of {len(sample):,}", f"the {len(worst):,} worst"]
    parts += [f"{len(unfinished):,} that did not finish"] if unfinished else []
    parts += ["those with a picture"] if drawn else []
    said = (
        f"Of {len(jobs):,} jobs {len(chosen):,} are listed one by one: {', '.join(parts[:-1])} and {parts[-1]}. "
        "Counts, means, medians and histograms of a setting are of all its jobs, which sweep.csv lists; where a "
        "picture joins several settings, and in curves, they are of a sample."
    )
    return Listed([job for job in jobs if job.number in chosen], sample, said)


def whole(setting: Setting, numbers: Mapping[str, np.ndarray], losses: Collection[str]) -> dict[str, Any]:
    """What a page says of a setting whose jobs it does not list all. ``numbers`` are those of its finished jobs, by
    metric; ``losses`` are the metrics of which less is better."""
    seconds = [s for job in setting.jobs if (s := job.summary.get("seconds")) is not None]
    return {
        "jobs": len(setting.jobs),
        "finished": sum(job.status is Status.FINISHED for job in setting.jobs),
        "seconds": float(np.mean(seconds)) if seconds else None,
        "metrics": {name: _spread(of, name in losses) for name, of in numbers.items() if len(of)},
    }


def _spread(values: np.ndarray, is_loss: bool) -> dict[str, Any]:
    """``low`` and ``high`` are the first and the last decile; ``bins`` the numbers of values from the least to the
    largest, in steps of the same width on the axis that a page draws."""
    size = float(np.abs(values).max()) or 1.0
    scaled = values / size  # whose sums cannot overflow
    least, low, median, high, most = np.quantile(values, (0.0, 0.1, 0.5, 0.9, 1.0)).tolist()
    is_log = is_loss and least > 0 and most / least > WIDE
    edges = (np.geomspace if is_log else np.linspace)(least, most, BINS + 1)
    edges[[0, -1]] = least, most  # as they are, not as they are rounded
    return {
        "count": len(values), "mean": size * float(scaled.mean()),
        "deviation": size * float(scaled.std(ddof=1)) if len(values) > 1 else None,
        "median": median, "low": low, "high": high, "min": least, "max": most,
        "quantiles": [float(f"{value:.5g}") for value in np.quantile(values, QUANTILES).tolist()],
        "edges": [float(f"{edge:.5g}") for edge in edges.tolist()] if least < most else [],
        "bins": np.histogram(values, edges)[0].tolist() if least < most else [],
    }  # fmt: skip

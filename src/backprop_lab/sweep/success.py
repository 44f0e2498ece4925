"""Which runs of a sweep count as successes."""

import math
from collections.abc import Sequence

import numpy as np

from backprop_lab.runs.status import Status
from backprop_lab.sweep.folder import Job
from backprop_lab.training.task import Task

ACCURACY = 0.97
"""The threshold for jobs of earlier versions, whose receipts have none."""
METRIC = "val_acc"
MANY = 20  # fewest seeds for a meaningful rate or distribution


def can_be_judged(jobs: Sequence[Job]) -> bool:
    """Whether pictures can say which of these jobs, all of a classification, succeeded."""
    return any(METRIC in job.metrics and threshold(job) is not None for job in jobs)


def threshold(job: Job) -> float | None:
    """The lowest metric of a success, as in the receipt; None if the job cannot be judged."""
    if "success_at" not in job.summary:
        return ACCURACY if METRIC in job.metrics else None
    at: float | None = job.summary["success_at"]
    return at


def ended(jobs: Sequence[Job]) -> list[Job]:
    """The finished and diverged jobs; other failures and missing jobs say nothing about the training."""
    return [job for job in jobs if job.status.has_ended]


def succeeded(job: Job) -> bool:
    """True if the final metric reaches the threshold; diverged runs count as failures."""
    if "success" in job.summary:
        return job.summary["success"] is True
    accuracy = job.metrics.get(METRIC)
    return accuracy is not None and accuracy >= ACCURACY


def common_threshold(jobs: Sequence[Job]) -> float | None:
    """The threshold of all jobs that can be judged, if they have the same."""
    known = {threshold(job) for job in jobs} - {None}
    return known.pop() if len(known) == 1 else None


def meaning(jobs: Sequence[Job], task: Task) -> str:
    """The success criterion in words."""
    at = common_threshold(jobs)
    if at is None:
        return f"{METRIC} close to that of the noise-free rule"
    few = len(task.val) * (1 - at) < 1
    return f"{METRIC} at least {at:.3g}" + (f" (all {len(task.val)} points right)" if few else "")


def evenly(jobs: Sequence[Job], most: int) -> list[Job]:
    """At most ``most`` of the jobs, evenly spaced, including the first and the last."""
    places = np.linspace(0, len(jobs) - 1, min(most, len(jobs))).round().astype(int)
    return [jobs[place] for place in places]


def ranked(jobs: Sequence[Job]) -> list[Job]:
    """The finished jobs, best first: by accuracy or R², then by loss."""
    finished = [job for job in jobs if job.status is Status.FINISHED]
    return sorted(finished, key=_rank)


def _rank(job: Job) -> tuple[float, float]:
    """Sorts the best job first; a number that is missing is the worst."""
    quality, loss = job.metrics.get(METRIC, job.metrics.get("val_r2")), job.metrics.get("val_loss")
    return math.inf if quality is None else -quality, math.inf if loss is None else loss

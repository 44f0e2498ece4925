"""Which runs of a sweep have learned their problem."""

from collections.abc import Sequence

import numpy as np

from backprop_lab.runs.status import Status
from backprop_lab.sweep.folder import Job
from backprop_lab.training.task import Task

ACCURACY = 0.97
METRIC = "val_acc"  # a regression has no such bound: what is a good R² depends on the noise
MANY = 20  # seeds from which on a rate or a distribution says something


def can_be_judged(jobs: Sequence[Job]) -> bool:
    return any(METRIC in job.metrics for job in jobs)


def ended(jobs: Sequence[Job]) -> list[Job]:
    """Those that were trained to their end; what failed otherwise, or was not run, says nothing of the training."""
    return [job for job in jobs if job.status.has_ended]


def succeeded(job: Job) -> bool:
    """One that diverged did not."""
    accuracy = job.metrics.get(METRIC)
    return accuracy is not None and accuracy >= ACCURACY


def meaning(task: Task) -> str:
    """What counts as a success, in words."""
    few = len(task.val) * (1 - ACCURACY) < 1
    return f"{METRIC} at least {ACCURACY}" + (f", which is all {len(task.val)} points right" if few else "")


def evenly(jobs: Sequence[Job], most: int) -> list[Job]:
    """At most so many of the jobs, at evenly spaced places, the first and the last among them."""
    places = np.linspace(0, len(jobs) - 1, min(most, len(jobs))).round().astype(int)
    return [jobs[place] for place in places]


def ranked(jobs: Sequence[Job]) -> list[Job]:
    """The finished jobs, the best first: by accuracy or R², then by loss."""
    finished = [job for job in jobs if job.status is Status.FINISHED]
    return sorted(finished, key=lambda job: (-_number(job, METRIC, "val_r2"), _number(job, "val_loss")))


def _number(job: Job, *names: str) -> float:
    """The first of the metrics that the job has; the worst where it is missing."""
    numbers = [job.metrics.get(name) for name in names if name in job.metrics]
    return numbers[0] if numbers and numbers[0] is not None else float("-inf")

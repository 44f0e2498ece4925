"""The receipt of a job that could not be trained."""

from typing import Any

from backprop_lab.runs.run import Run
from backprop_lab.runs.status import Status


def write_failed(run: Run, reason: str, **known: Any) -> None:
    """Record why a job failed before its training started. ``known`` are further entries of its receipt."""
    run.write_summary(status=Status.FAILED, error=reason, metrics={}, best=None, seconds=0.0, **known)

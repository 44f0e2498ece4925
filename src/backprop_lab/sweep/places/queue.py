"""The jobs of a sweep that still wait in a queue, which nobody may train a second time."""

import time

from backprop_lab.experiment.console import count
from backprop_lab.experiment.printing import say
from backprop_lab.runs.errors import RunError
from backprop_lab.sweep.folder import Sweep
from backprop_lab.sweep.places import slurm

SECONDS = 2.0
"""Between two questions."""


def jobs_of(sweep: Sweep, waits: bool = False) -> dict[int, str]:
    """The queued jobs, and under which name; with ``waits`` not before there are none any more."""
    queued = slurm.queued_jobs(sweep.folder)
    if queued and waits:
        say(f"waiting for {count(len(queued), 'job')} in Slurm")
    while queued and waits:
        time.sleep(SECONDS)
        queued = slurm.queued_jobs(sweep.folder)
    if not queued:
        slurm.forget(sweep.folder)
    return queued


def refuse(sweep: Sweep) -> None:
    """Raise ``RunError`` that says how to go on with queued jobs."""
    names = ",".join(sorted(set(jobs_of(sweep).values())))
    raise RunError(
        f"{sweep.folder}: {count(len(sweep.queued), 'job')} still queued in Slurm; --wait waits for them, "
        f"scancel --name={names} ends them"
    )

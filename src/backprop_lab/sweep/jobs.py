"""The jobs of a sweep: running one, completing the missing ones, and finishing the sweep."""

import functools
import math
import time
from collections.abc import Mapping, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

from backprop_lab.config.check import check
from backprop_lab.config.errors import ConfigError
from backprop_lab.experiment import commands, experiment
from backprop_lab.experiment.console import JobConsole
from backprop_lab.experiment.left_out import LeftOut
from backprop_lab.experiment.paths import short
from backprop_lab.experiment.printing import doing, error, say, width
from backprop_lab.report.run.after import page_of_run
from backprop_lab.runs import names
from backprop_lab.runs.errors import RunError
from backprop_lab.runs.run import Run
from backprop_lab.runs.status import Status
from backprop_lab.sweep import batches, table, tested
from backprop_lab.sweep.failed import write_failed
from backprop_lab.sweep.folder import TABLE, TESTED, Job, Sweep, readable, swept_keys
from backprop_lab.sweep.pictures.draw import draw
from backprop_lab.sweep.places.carry_out import carry_out as carry_out_together
from backprop_lab.sweep.places.local import Local
from backprop_lab.sweep.places.order import Assignment
from backprop_lab.sweep.places.place import Place


def carry_out(composed: Mapping[str, Any], run: Run, overrides: list[str]) -> float:
    """Train one job; returns the sweep's objective, which is infinite for a job that failed or diverged."""
    try:
        config = check(composed)
    except ConfigError as wrong:  # from a sweeper that proposes jobs as it goes, so they were not checked before
        run.write_config(composed, overrides)
        return _refused(run, wrong)
    try:
        experiment.train(config, run, overrides, _console(run), keep_points=False, began=time.monotonic())
    except ConfigError as wrong:
        run.write_config(config.plain, overrides)
        return _refused(run, wrong)
    except (RunError, OSError) as problem:  # another process trains it, or the disk is full: the other jobs go on
        error(problem)
        return math.inf
    if config.report is True:
        page_of_run(run)
    return run.objective


def _refused(run: Run, wrong: ConfigError) -> float:
    """Write the receipt of a job whose configuration cannot be trained."""
    write_failed(run, str(wrong))
    _console(run).end(run)
    return math.inf


def complete(sweep: Sweep, place: Place | None = None) -> None:
    """Run missing jobs, resume interrupted ones, retry failed ones; leave finished and diverged jobs untouched, except
    that what they lack is drawn.

    If the sweep was batched, missing and failed jobs are trained together at ``place``, on this machine by default.
    """
    missing: list[Job] = []
    all_jobs, is_batched = readable(sweep.jobs()), sweep.is_batched
    for job in all_jobs:
        if not job.status.is_missing and experiment.changed_file(job.run, config := job.run.checked_config()):
            path = config.dataset.knobs["path"]
            raise RunError(f"{path}: changed since the sweep began; its other jobs would learn from another file")
    for job in all_jobs:
        try:
            goes_on = job.status is Status.INTERRUPTED or (job.status is Status.FAILED and not is_batched)
            if goes_on and job.run.files.exists(names.checkpoint("last")):
                experiment.resume(job.run, {}, _console(job.run), began=time.monotonic())
            elif job.status.is_missing:
                missing.append(job)
            elif job.missing:
                experiment.draw(job.run)
        except (RunError, OSError) as wrong:  # a damaged checkpoint must not keep the other jobs from running
            error(wrong)
    if missing and is_batched:
        for job in missing:
            job.run.files.refuse_links()
            job.run.files.remove_leftovers()
        together = {job.number: Assignment(job.run.checked_config(), job.overrides) for job in missing}
        alone = carry_out_together(sweep, together, place or Local(), batches.decided(sweep, all_jobs))
        missing = [job for job in missing if job.number in alone]
    for job in missing:
        carry_out(job.run.config, job.run, job.overrides)


def conclude(sweep: Sweep, left_out: LeftOut) -> tuple[Sequence[Job], int]:
    """Measure the test points, write the table, draw the pictures, print the result. What fails goes to ``left_out``.

    Returns the jobs, and the exit status, which is 1 if one of them did not finish.
    """
    jobs = sweep.jobs()
    tests: tested.Tests = {}
    try:
        tests = tested.measure(sweep, jobs, left_out)
    except (RunError, OSError) as problem:  # as below
        left_out.add(TESTED, problem)
    try:
        sweep.write_table(jobs, {number: tested.numbers(tests, number) for number in tests})
    except (RunError, OSError) as problem:  # the disk is full, or the table is a link
        left_out.add(TABLE, problem)
    said = [*table.lines(jobs, width()), *tested.said(jobs, tests), short(sweep.folder)]
    lacking = [job for job in jobs if job.missing]
    if lacking:
        said.append(f"{len(lacking):,} of {len(jobs):,} jobs lack {', '.join(lacking[0].missing)}")
    if lacking or any(job.status.is_missing for job in jobs):
        said.append(f"resume with: {commands.verb('sweep', short(sweep.folder), '--complete')}")
    say(*said)
    with doing("drawing"):
        draw(sweep, jobs, left_out)
    for damage in dict.fromkeys(job.damage[0] for job in jobs if job.damage):
        error(f"{damage}; left out of the pictures")
    return jobs, int(any(job.status is not Status.FINISHED or job.damage for job in jobs))


def show(sweep: Sweep) -> None:
    """Print the result so far of a sweep that another process is training."""
    waiting = {Status.NOT_RUN: Status.QUEUED}
    jobs = [replace(job, status=waiting.get(job.status, job.status)) for job in sweep.jobs()]
    say(*table.lines(jobs, width()))


def _console(run: Run) -> JobConsole:
    total, keys = _outline(run.folder.parent)
    swept = [override for override in run.overrides if override.partition("=")[0] in keys]
    return JobConsole(int(run.folder.name), total, swept)


@functools.cache
def _outline(folder: Path) -> tuple[int, list[str]]:
    """The number of jobs of a sweep, and its swept keys; read once for all its jobs."""
    jobs = Sweep(folder).jobs()
    return len(jobs), swept_keys(jobs)

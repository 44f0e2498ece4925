"""The jobs of a sweep: carrying one out, completing those that are missing, and concluding the whole."""

import functools
import math
import time
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import torch

from backprop_lab.config.check import ConfigError, check
from backprop_lab.experiment import experiment
from backprop_lab.experiment.console import JobConsole, error, short
from backprop_lab.runs.run import Run, RunError
from backprop_lab.sweep import table
from backprop_lab.sweep.folder import Job, Sweep, swept_keys
from backprop_lab.sweep.pictures.draw import draw
from backprop_lab.sweep.places import local as batched

RESUMABLE = ("interrupted", "failed")


def carry_out(composed: Mapping[str, Any], run: Run, overrides: list[str]) -> float:
    """Train one job; gives what the sweep minimizes, which is infinite for a job that failed or diverged."""
    try:
        config = check(composed)
    except ConfigError as wrong:  # from a sweeper that proposes jobs as it goes, which cannot check them all before
        run.write_config(composed, overrides)
        run.write_summary(status="failed", error=str(wrong), metrics={}, best=None, seconds=0.0)
        return math.inf
    experiment.train(config, run, overrides, _console(run), keep_points=False, began=time.monotonic())
    if config.report is True:
        experiment.report(run)
    return run.objective


def complete(sweep: Sweep) -> None:
    """Run what is missing, go on with what was interrupted, try again what failed. What has an end is left alone.

    Together, where the sweep was batched.
    """
    missing: list[Job] = []
    for job in sweep.jobs():
        if job.status in RESUMABLE and job.run.checkpoint_file("last").is_file():
            try:
                experiment.resume(job.run, None, _console(job.run), began=time.monotonic())
            except RunError as wrong:  # a damaged checkpoint is no reason to leave the other jobs
                error(wrong)
        elif job.status in (*RESUMABLE, "not run"):
            missing.append(job)
    if missing and sweep.is_batched:
        together = {job.number: batched.Job(job.run, job.run.checked_config(), job.overrides) for job in missing}
        alone = batched.carry_out(together, None, None)
        missing = [job for job in missing if job.number in alone]
    for job in missing:
        carry_out(job.run.config, job.run, job.overrides)


def conclude(sweep: Sweep) -> int:
    """Write the table, draw the pictures, print the result; gives the exit status, 1 where a job did not finish."""
    torch.set_num_threads(1)  # a thousand small networks are asked, and two threads would wait for each other
    jobs = sweep.jobs()
    sweep.write_table(jobs)
    said = [*table.lines(jobs), short(sweep.folder)]
    if any(job.status in (*RESUMABLE, "not run") for job in jobs):
        said.append(f"go on with: python -m backprop_lab.sweep {short(sweep.folder)} --complete")
    print("\n".join(said), flush=True)
    try:
        draw(sweep, jobs)
    except (RunError, OSError) as problem:  # Hydra would make a warning of it, and exit status 0
        error(problem)
        return 1
    if jobs[0].run.config.get("report") is not False:
        _report(sweep, jobs)
    return int(any(job.status != "finished" for job in jobs))


def _report(sweep: Sweep, jobs: Sequence[Job]) -> None:
    """Write the page of a sweep. A failure costs the page and one line, and not the sweep."""
    from backprop_lab.report.sweep import page as sweep_page  # a sweep without a page does without these imports

    try:
        print(short(sweep_page.write(sweep, jobs)), flush=True)
    except Exception as failure:
        error(f"report.html was not written ({type(failure).__name__}: {failure}); the sweep itself is complete")


def _console(run: Run) -> JobConsole:
    total, keys = _outline(run.folder.parent)
    swept = [override for override in run.overrides if override.partition("=")[0] in keys]
    return JobConsole(int(run.folder.name), total, swept)


@functools.cache
def _outline(folder: Path) -> tuple[int, list[str]]:
    """How many jobs a sweep has, and by which keys they differ; read once, for all its jobs."""
    jobs = Sweep(folder).jobs()
    return len(jobs), swept_keys(jobs)

"""The result of a sweep as lines of text: settings, best first, and unfinished jobs."""

import itertools
import math
import statistics
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from backprop_lab.experiment.console import aligned, number
from backprop_lab.options.text import cut
from backprop_lab.runs.status import Status
from backprop_lab.sweep.comparable import problem
from backprop_lab.sweep.folder import Job, parameters, readable, score_names, swept_keys, written

MOST_ROWS = 20
SCORES_SAID = ("val_mae",)
"""In the units of a file, which the loss of standardized targets is not. The other scores are in sweep.csv."""
SEED_CHANGES_NOTHING = "The seed changes nothing here: all runs of a setting gave the same numbers."


@dataclass(frozen=True)
class Setting:
    """All jobs that differ only in the seed and the fold. ``values`` are the values of the other swept keys."""

    values: dict[str, Any]
    jobs: list[Job]

    @property
    def problem(self) -> str:
        """What was learned and how it was measured, as far as that was swept: ``loss=mse``."""
        return ", ".join(f"{key}={written(value)}" for key, value in problem(self.values).items())

    def numbers(self, name: str) -> list[float]:
        """The final metric or score ``name`` of the finished jobs."""
        return [value for job in self.jobs if (value := job.numbers.get(name)) is not None]

    def mean(self, name: str) -> float:
        """The mean of ``numbers``; infinite if no job has finished, so that such a setting sorts last by loss."""
        return mean(self.numbers(name))


def mean(numbers: Sequence[float]) -> float:
    """The mean; infinite without numbers, and where their sum is too large for one."""
    try:
        return statistics.fmean(numbers) if numbers else math.inf
    except OverflowError:
        return math.inf


def spread(numbers: Sequence[float]) -> str:
    """Mean ± standard deviation of at least one number."""
    if len(numbers) == 1:
        return number(numbers[0])
    try:
        deviation = statistics.stdev(numbers)
        return f"{number(mean(numbers))} ± {number(deviation) if deviation else '0'}"
    except OverflowError:
        return f"{number(mean(numbers))} ± {number(math.inf)}"


def settings(jobs: Sequence[Job]) -> list[Setting]:
    """The settings of a sweep: problem by problem, and within one the lowest mean ``val_loss`` first.

    Jobs that cannot be read are left out.
    """
    jobs = readable(jobs)
    keys = parameters(jobs)
    groups: dict[str, Setting] = {}
    for job in jobs:
        values = {key: job.values.get(key) for key in keys}
        groups.setdefault(str(values), Setting(values, [])).jobs.append(job)
    problems = list(dict.fromkeys(setting.problem for setting in groups.values()))
    return sorted(groups.values(), key=lambda setting: (problems.index(setting.problem), setting.mean("val_loss")))


def by_problem(ranked: Sequence[Setting]) -> list[list[Setting]]:
    """The settings that can be ranked against each other, each problem's on their own."""
    return [list(same) for _, same in itertools.groupby(ranked, key=lambda setting: setting.problem)]


def tied(ranked: Sequence[Setting]) -> list[Setting]:
    """The first settings of a problem, as many as show the same mean ``val_loss`` as the first."""
    lowest = number(ranked[0].mean("val_loss"))
    return [setting for setting in ranked if number(setting.mean("val_loss")) == lowest]


def by_fold(setting: Setting, name: str) -> dict[int, float]:
    """The mean of a final metric over the seeds of each fold; empty unless folds were swept."""
    folds: dict[int, list[float]] = {}
    for job in setting.jobs:
        fold, value = job.values.get("dataset.fold"), job.numbers.get(name)
        if isinstance(fold, int) and value is not None:
            folds.setdefault(fold, []).append(value)
    return {fold: mean(folds[fold]) for fold in sorted(folds)} if len(folds) > 1 else {}


def folds_said(setting: Setting, names: Sequence[str]) -> list[str]:
    """A line for each metric with its mean in each fold, and mean ± standard deviation of these."""
    found = {name: by_fold(setting, name) for name in names}
    return [
        f"{name} by fold: {', '.join(map(number, folds.values()))}; mean of the folds {spread(list(folds.values()))}"
        for name, folds in found.items()
        if folds
    ]


def seed_changes_nothing(ranked: Sequence[Setting]) -> bool:
    """Whether the finished jobs of each setting have the same numbers, and some setting has several."""
    finished = [[job.metrics for job in setting.jobs if job.status is Status.FINISHED] for setting in ranked]
    return any(len(jobs) > 1 for jobs in finished) and all(job == jobs[0] for jobs in finished for job in jobs)


def lines(jobs: Sequence[Job], width: int | None = None) -> list[str]:
    """The table for the terminal, with mean ± standard deviation if seeds were swept.

    Where it is wider than ``width``, a line for each setting instead.
    """
    if not (ranked := settings(jobs)):
        return _unfinished(jobs)
    names = list(dict.fromkeys(name for job in jobs for name in job.metrics if name.startswith("val_")))
    names += [name for name in score_names(jobs) if name in SCORES_SAID]
    keys = list(ranked[0].values)
    has_seeds = any(len(setting.jobs) > 1 for setting in ranked)
    head = [*keys, *(["runs"] if has_seeds else []), *names]
    rows = [
        [*(written(value) for value in setting.values.values()), *([_finished(setting)] if has_seeds else []),
         *(spread(numbers) if (numbers := setting.numbers(name)) else "-" for name in names)]
        for setting in ranked[:MOST_ROWS]
    ]  # fmt: skip
    said = aligned([head, *rows]) if names and head else []
    if width is not None and said and max(map(len, said)) >= width:
        said = [", ".join(f"{name} {cell}" for name, cell in zip(head, row, strict=True)) for row in rows]
    if said and seed_changes_nothing(ranked):
        said.append(SEED_CHANGES_NOTHING)
    if said:
        said += folds_said(ranked[0], names)
    if len(ranked) > MOST_ROWS:
        said.append(f"and {len(ranked) - MOST_ROWS:,} more in sweep.csv")
    if said and len(by_problem(ranked)) > 1:
        said.append(f"ranked only within the same {' and '.join(problem(ranked[0].values))}")
    return said + _unfinished(jobs)


def _finished(setting: Setting) -> str:
    done = sum(job.status is Status.FINISHED for job in setting.jobs)
    return str(done) if done == len(setting.jobs) else f"{done} of {len(setting.jobs)}"


def _unfinished(jobs: Sequence[Job]) -> list[str]:
    missing = [job for job in jobs if job.status is not Status.FINISHED]
    if not missing:
        return []
    said = [f"{len(missing):,} of {len(jobs):,} jobs did not finish:"]
    keys = swept_keys(jobs)
    for job in missing[:MOST_ROWS]:
        typed = " ".join(f"{key}={written(job.values.get(key))}" for key in keys if job.is_readable)
        said.append(f"  job {job.number}  {typed}  {job.status}{': ' if job.reason else ''}{cut(job.reason, 1_000)}")
    return [*said, *([f"  and {len(missing) - MOST_ROWS:,} more in sweep.csv"] if len(missing) > MOST_ROWS else [])]

"""The test points of a sweep: measured once, when all its jobs have ended, for the chosen setting only.

That is the setting with the lowest mean validation loss; of several problems each has one. ``test.json`` remembers what
was measured. If another setting is chosen later, because failed jobs were completed, its test points are not looked at:
a test that is looked at for several settings chooses among them, and says too much of the best.
"""

import json
from collections.abc import Mapping, Sequence
from typing import Any, TypeAlias

from backprop_lab.config.types import Config
from backprop_lab.experiment.conclusion import tested
from backprop_lab.experiment.console import count
from backprop_lab.experiment.left_out import LeftOut
from backprop_lab.runs import entries, names, receipt
from backprop_lab.runs.errors import RunError
from backprop_lab.runs.run import Run
from backprop_lab.runs.status import Status
from backprop_lab.sweep.folder import TESTED, Job, Sweep, written
from backprop_lab.sweep.table import Setting, by_problem, settings, spread
from backprop_lab.training.head import METRIC_LABELS, SCORE_LABELS
from backprop_lab.training.interruption import FAILURES, recognized
from backprop_lab.training.split import is_the_same_for_all_seeds
from backprop_lab.training.task import Task, with_points_of

Tests: TypeAlias = Mapping[int, Mapping[str, Any]]
"""By the number of a job, ``test`` and ``scores`` as in the receipt of a single run."""
WAITING = (Status.NOT_RUN, Status.QUEUED, Status.RUNNING, Status.INTERRUPTED)
"""Jobs that may still change which setting is chosen. Failed ones are waited for by nobody."""
LABELS = {"loss": "loss", **METRIC_LABELS, "mae": SCORE_LABELS["mae"]}
"""What is said of a test, by the names of its numbers."""


def read(sweep: Sweep) -> Tests:
    """What has been measured. Raises ``RunError`` if the file is damaged."""
    if not sweep.files.exists(TESTED):
        return {}
    try:
        plain = json.loads(sweep.files.read(TESTED, names.MAX_ARRAY_BYTES))
        return {int(number): _checked(found) for number, found in plain.items()}
    except RunError:
        raise
    except (ValueError, AttributeError, RecursionError) as damage:
        raise RunError(f"{sweep.folder / TESTED}: damaged ({damage})") from None


def measure(sweep: Sweep, jobs: Sequence[Job], left_out: LeftOut) -> Tests:
    """Measure what is to be measured now, and remember it; returns all that has been measured.

    Jobs that cannot be measured go to ``left_out``.
    """
    before = read(sweep)
    found: dict[int, Mapping[str, Any]] = {}
    if not any(job.status in WAITING for job in jobs):
        for ranked in by_problem(settings(jobs)):
            if _earlier(ranked, before) is None:
                found |= _of_setting(ranked[0], before, left_out)
    if not found:
        return before
    now = {**before, **found}
    lines = [f"{json.dumps(str(number))}: {json.dumps(now[number], allow_nan=False)}" for number in sorted(now)]
    sweep.files.write(TESTED, ("{\n" + ",\n".join(lines) + "\n}\n").encode())
    return now


def numbers(tests: Tests, number: int) -> dict[str, float]:
    """The columns of a job in a table, such as ``test_acc``; empty if it has not been measured."""
    found = tests.get(number, {})
    row = {name: value for name, value in found.get("test", {}).items() if name != "epoch" and value is not None}
    scores = receipt.scores(found, "test")
    if scores.get("test_log_loss") == row.get("test_loss"):
        scores.pop("test_log_loss", None)
    return row | scores


def said(jobs: Sequence[Job], tests: Tests) -> list[str]:
    """What is known of the test points, a sentence for each problem; nothing without test points."""
    ranked = settings(jobs)
    lines = [line for same in by_problem(ranked) if (line := _said(same, tests))]
    if not lines and any(job.status in WAITING for job in jobs) and _holds_out(ranked):
        return ["test: not measured before all jobs have ended"]
    return lines


def _said(ranked: Sequence[Setting], tests: Tests) -> str:
    earlier, chosen = _earlier(ranked, tests), ranked[0]
    setting = earlier or chosen
    jobs = [job for job in setting.jobs if job.number in tests]
    if not jobs:
        return ""
    rows = [numbers(tests, job.number) for job in jobs]
    values = {label: [row[f"test_{name}"] for row in rows if f"test_{name}" in row] for name, label in LABELS.items()}
    parts = [f"{label} {spread(numbers)}" for label, numbers in values.items() if numbers]
    runs = (
        f" over {count(len(jobs), 'run')}, each by its best checkpoint" if len(jobs) > 1 else " of the best checkpoint"
    )
    line = f"test{_of(setting)}: {', '.join(parts)}{runs}; measured once, for the chosen setting only"
    if earlier is not None:
        line += f" as it was then: now{_of(chosen).removeprefix(' of')} is the best, whose test points are left alone"
    trained_on = [job for job in jobs if (job.summary.get("best") or {}).get("epoch") != _epoch(tests, job)]
    if trained_on:
        line += f"; {count(len(trained_on), 'run')} trained on since"
    return line


def _of(setting: Setting) -> str:
    values = ", ".join(f"{key}={written(value)}" for key, value in setting.values.items())
    return f" of {values}" if values else ""


def _epoch(tests: Tests, job: Job) -> Any:
    return tests[job.number]["test"]["epoch"]


def _earlier(ranked: Sequence[Setting], tests: Tests) -> Setting | None:
    """A setting that was chosen and measured before, and is not the best one now."""
    return next((setting for setting in ranked[1:] if any(job.number in tests for job in setting.jobs)), None)


def _holds_out(ranked: Sequence[Setting]) -> bool:
    return any(_config(setting.jobs[0]).dataset.test_fraction for setting in ranked[:1])


def _config(job: Job) -> Config:
    return job.run.checked_config()


def _of_setting(setting: Setting, before: Tests, left_out: LeftOut) -> dict[int, Mapping[str, Any]]:
    """Of the finished jobs of a setting that have not been measured."""
    jobs = [job for job in setting.jobs if job.status is Status.FINISHED and job.number not in before]
    found: dict[int, Mapping[str, Any]] = {}
    tasks: dict[int | None, Task] = {}
    for job in jobs:
        try:
            with recognized():
                config = _config(job)
                if not config.dataset.test_fraction:
                    return {}
                task = _task(job, config, tasks)
                if task.given.test is None:  # of a data set that is validated on itself
                    return {}
                row, scores = tested(task, Run(job.run.folder, "best", root=job.run.folder.parent).state(task))
                found[job.number] = receipt.finite({"test": row, "scores": {"test": scores}})
        except FAILURES as failure:
            left_out.add(f"the test of job {job.number}", failure)
    return found


def _task(job: Job, config: Config, tasks: dict[int | None, Task]) -> Task:
    """The task of a job; those of the same fold share points that do not follow the seed."""
    if not is_the_same_for_all_seeds(config.dataset):
        return job.run.task_anew()
    fold = config.dataset.fold
    if fold not in tasks:
        tasks[fold] = job.run.task_anew()
    return with_points_of(tasks[fold], config)


def _checked(found: Any) -> Mapping[str, Any]:
    if not isinstance(found, dict) or found.keys() != {"test", "scores"} or not isinstance(found["test"], dict):
        raise ValueError("not test and scores by job")
    return entries.checked(found)

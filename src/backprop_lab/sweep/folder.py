"""A sweep folder: one run folder per job, and ``sweep.csv`` with one row per job."""

import contextlib
import functools
import importlib
import itertools
import math
import re
from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

import numpy as np

from backprop_lab.config.errors import ConfigError
from backprop_lab.config.types import Config
from backprop_lab.experiment import spreadsheet
from backprop_lab.experiment.printing import error
from backprop_lab.experiment.visible import visible
from backprop_lab.options.plain_yaml import typed_value
from backprop_lab.options.rules import shown
from backprop_lab.options.text import cut
from backprop_lab.runs import lock, names, receipt
from backprop_lab.runs.directory import Kind
from backprop_lab.runs.embedded import EmbeddedPage
from backprop_lab.runs.errors import RunError
from backprop_lab.runs.files import Files
from backprop_lab.runs.packed import Packs, pack_name
from backprop_lab.runs.run import Run
from backprop_lab.runs.status import Status
from backprop_lab.sweep import multirun, plan_file
from backprop_lab.sweep.brief import Brief, Shapes
from backprop_lab.sweep.job_run import JobRun

TABLE = "sweep.csv"
PAGE = "report.html"
TESTED = "test.json"


@dataclass(frozen=True, slots=True)
class Job:
    """One job, read from its folder. ``values`` are the values of its ``overrides`` by key.

    A job whose folder is damaged counts as failed, for that reason, and has neither overrides nor results.
    """

    number: int
    run: Run
    overrides: list[str]
    values: dict[str, Any]
    status: Status
    summary: Mapping[str, Any]
    is_readable: bool = True
    damage: list[str] = field(default_factory=list, compare=False)
    """Why pictures leave it out."""

    @contextlib.contextmanager
    def left_out_if_damaged(self) -> Iterator[None]:
        """Inside, a file of the job that cannot be read costs the job and not the picture of all jobs."""
        try:
            yield
        except RunError as damage:
            self.damage.append(str(damage))

    @property
    def metrics(self) -> dict[str, float | None]:
        """The final metrics of a finished job; empty for any other."""
        return self.summary.get("metrics", {}) if self.status is Status.FINISHED else {}

    @property
    def numbers(self) -> dict[str, float | None]:
        """The final metrics and scores of a finished job, by the names of columns; empty for any other."""
        return {**self.metrics, **receipt.scores(self.summary)} if self.status is Status.FINISHED else {}

    @property
    def missing(self) -> list[str]:
        """The callbacks and loggers that have not done all of their work."""
        return receipt.missing(self.summary)

    @property
    def reason(self) -> str:
        """Why the job did not finish."""
        return str(self.summary.get("error") or "")


class Sweep:
    """The folder of a sweep, whose jobs are in subfolders 0, 1, 2, ..."""

    def __init__(self, folder: str | Path) -> None:
        self.folder = Path(folder)
        self.files = Files(self.folder)
        self._runs: dict[int, JobRun] = {}
        self.queued: Collection[int] = ()
        """The jobs that wait at a place, as far as somebody has asked there."""
        self.packs = Packs(self.files)
        self._given_packs = itertools.count()

    @property
    def report_file(self) -> Path:
        return self.folder / PAGE

    @classmethod
    def at(cls, path: str | Path) -> "Sweep":
        """The sweep in a folder. Raises ``RunError`` if there is none."""
        sweep = cls(path)
        if 0 not in sweep.runs():
            raise RunError(f"{path}: not a sweep folder (it has no folder 0 with a run in it)")
        return sweep

    @contextlib.contextmanager
    def locked(self) -> Iterator[None]:
        """Hold the sweep's lock while a process trains its jobs or rebuilds its table.

        Raises ``InUse`` if another process holds it, ``RunError`` if the folder is not writable.
        """
        with contextlib.ExitStack() as held:
            try:
                held.enter_context(lock.held(self.files, error))
                self.files.remove_leftovers()
            except OSError as problem:
                raise RunError(f"{self.folder}: not writable ({problem.strerror})") from None
            yield

    def is_locked(self) -> bool:
        """Whether a process trains its jobs."""
        return lock.is_held(self.files)

    def check_is_new(self) -> None:
        """Raise ``ConfigError`` if there is a sweep already, ``RunError`` if links would redirect Hydra's writes."""
        if self.files.exists(TABLE):
            raise ConfigError("hydra.sweep.dir", str(self.folder), "a folder without a sweep in it")
        self.files.file_for_others(multirun.FILE)

    def begin(
        self, configs: Sequence[Config], overrides: Sequence[list[str]], is_batched: bool, is_packed: bool = False
    ) -> None:
        """Create the folder, with a plan of all jobs and a table in which each is ``not run``.

        So a killed sweep can be completed, even if the YAML files have been edited since. Raises ``ConfigError`` if
        there is a sweep already.
        """
        self.check_is_new()
        entries = self.files.entries()
        for number in range(len(configs)) if entries else ():
            if (kind := entries.get(str(number), Kind.FOLDER)) is not Kind.FOLDER:
                raise RunError(f"{self.folder / str(number)}: {kind} instead of {Kind.FOLDER}")
        self.plan = plan_file.content((config.plain for config in configs), overrides, is_batched, is_packed)
        self.files.write(plan_file.FILE, plan_file.dump(self.plan))
        self.write_table([
            Job(number, self.run(number), typed, _values(typed), Status.NOT_RUN, {})
            for number, typed in enumerate(overrides)
        ])  # fmt: skip

    @functools.cached_property
    def plan(self) -> plan_file.Content | None:
        """What was to be trained; None for a sweep of an earlier version."""
        if not self.files.exists(plan_file.FILE):
            return None
        try:
            return plan_file.load(self.files.read(plan_file.FILE, plan_file.MAX_BYTES))
        except RunError:
            raise
        except ValueError as damage:
            raise RunError(f"{self.folder / plan_file.FILE}: {damage}") from None

    @property
    def is_batched(self) -> bool:
        """Whether its jobs were launched with the batched launcher, according to its plan or Hydra's file."""
        if self.plan is not None:
            return self.plan.is_batched
        if not self.files.exists(multirun.FILE):
            return False
        content = self.files.read(multirun.FILE, multirun.MAX_BYTES)
        try:
            return multirun.launcher(content).endswith(".BatchedLauncher")
        except ValueError as error:
            raise RunError(f"{self.folder / multirun.FILE}: {error}") from None

    @functools.cached_property
    def is_packed(self) -> bool:
        """Whether its jobs share files instead of having folders, according to its plan."""
        return self.plan is not None and self.plan.is_packed

    def forget_attempts(self, numbers: Iterable[int]) -> None:
        """Remove the receipts of earlier attempts: a job without one is still to be trained."""
        entries = self.files.entries()
        for number in numbers:
            if str(number) in entries or self.packs.names:
                self.run(number).remove_receipt()

    def next_pack(self, first: int, last: int) -> str:
        """The name of a new pack for jobs from ``first`` to ``last``."""
        return pack_name(self.packs.next_number + next(self._given_packs), first, last)

    def run(self, number: int) -> JobRun:
        """The run of a job; always the same one, which may remember what it has written."""
        if number not in self._runs:
            jobs = [] if self.plan is None else self.plan.jobs
            packs = self.packs if self.is_packed else None
            self._runs[number] = JobRun(self.folder, number, jobs[number] if number < len(jobs) else None, packs)
        return self._runs[number]

    def runs(self) -> dict[int, JobRun]:
        """The runs by job number, planned or with a folder, whether or not they can be read."""
        planned = range(0 if self.plan is None else len(self.plan.jobs))
        folders = [name for name, kind in self.files.entries().items() if kind in (Kind.FOLDER, Kind.LINK)]
        others = {int(name) for name in folders if re.fullmatch("0|[1-9][0-9]*", name)} - {*planned}
        more = {number: run for number in sorted(others) if _may_be_a_run(run := self.run(number))}
        return {number: self.run(number) for number in planned} | more

    def jobs(self) -> list[Job]:
        """All jobs, with the current content of their folders or packs."""
        shapes: Shapes | None = {} if self.is_packed else None
        jobs = [_job(number, run, shapes) for number, run in self.runs().items()]
        return [
            replace(job, status=Status.QUEUED) if job.status is Status.NOT_RUN and job.number in self.queued else job
            for job in jobs
        ]

    def write_table(self, jobs: Sequence[Job], tests: Mapping[int, Mapping[str, float]] | None = None) -> None:
        """Write ``sweep.csv``; ``tests`` as for ``columns``."""
        of_jobs = columns(jobs, tests)
        rows: list[Sequence[Any]] = [[*of_jobs], *zip(*of_jobs.values(), strict=True)]
        self.files.write(TABLE, spreadsheet.table(rows).encode())

    def table(self) -> Any:
        """A row for each job, as in ``sweep.csv``: a DataFrame where pandas is installed, else an array by column.

        Numbers that are missing are NaN.
        """
        arrays = {name: _array(column) for name, column in columns(self.jobs()).items()}
        try:
            return importlib.import_module("pandas").DataFrame(arrays)
        except ModuleNotFoundError:
            return arrays

    def page(self, height: int = 900) -> EmbeddedPage:
        """``report.html`` for a notebook cell, ``height`` pixels high. Raises ``RunError`` if there is none."""
        return EmbeddedPage(self.files.read(PAGE, names.MAX_ARRAY_BYTES).decode(errors="replace"), height)


def columns(jobs: Sequence[Job], tests: Mapping[int, Mapping[str, float]] | None = None) -> dict[str, list[Any]]:
    """Of all jobs: number, swept keys, final and best metrics, seconds, status, error, scores, and the numbers of
    ``tests`` by job."""
    tests = tests or {}
    summaries = [job.summary for job in jobs]
    final, best = ([s.get(part) or {} for s in summaries] for part in ("metrics", "best"))
    scores, tested = [receipt.scores(s) for s in summaries], [tests.get(job.number, {}) for job in jobs]

    def named(rows: Sequence[Mapping[str, Any]], prefix: str = "") -> dict[str, list[Any]]:
        there = dict.fromkeys(name for row in rows for name in row)
        return {f"{prefix}{name}": [row.get(name) for row in rows] for name in there}

    return {
        "job": [job.number for job in jobs],
        **{key: [job.values.get(key) for job in jobs] for key in swept_keys(jobs)},
        **named(final),
        **named(best, "best_"),
        "seconds": [s.get("seconds") for s in summaries],
        "status": [job.status for job in jobs],
        "error": [job.reason for job in jobs],
        **{name: [row.get(name) for row in scores] for name in score_names(jobs)},
        **named(tested),
    }


def _array(column: Sequence[Any]) -> np.ndarray:
    """Numbers as numbers, everything else as text."""
    if {type(value) for value in column} in ({int}, {bool}):
        return np.array(column)
    if all(value is None or isinstance(value, int | float) for value in column):
        return np.array([math.nan if value is None else value for value in column], dtype=float)
    return np.array(["" if value is None else str(value) for value in column])


def readable(jobs: Sequence[Job]) -> list[Job]:
    """The jobs whose folders can be read."""
    return [job for job in jobs if job.is_readable]


def score_names(jobs: Sequence[Job]) -> list[str]:
    """The scores that jobs have, without a log loss that is the validation loss of all of them."""
    there: dict[str, None] = {}
    same = True
    for job in jobs:
        scores = receipt.scores(job.summary)
        there |= dict.fromkeys(scores)
        if same and scores.get("val_log_loss") is not None:
            same = scores["val_log_loss"] == job.summary.get("metrics", {}).get("val_loss")
    return [name for name in there if not (same and name == "val_log_loss")]


def numbers_of(jobs: Sequence[Job]) -> dict[str, np.ndarray]:
    """The final metrics and scores by name, [jobs]; NaN where a job has none."""
    found: dict[str, np.ndarray] = {}
    for i, job in enumerate(jobs):
        for name, value in job.numbers.items():
            if name not in found:
                found[name] = np.full(len(jobs), math.nan)
            if value is not None:
                found[name][i] = value
    return found


def config_of_first(jobs: Sequence[Job]) -> Config:
    """The configuration of the first job that has a readable one. Raises ``RunError`` if none has."""
    for job in jobs[:-1]:
        with contextlib.suppress(RunError):
            return job.run.checked_config()
    return jobs[-1].run.checked_config()


REPEATS = {"seed": "seed", "dataset.fold": "fold"}
"""Keys whose values make no other setting, only another run of the same, and what one value is called."""


def parameters(jobs: Sequence[Job]) -> list[str]:
    """The swept keys that make another setting."""
    return [key for key in swept_keys(jobs) if key not in REPEATS]


def repeats(jobs: Sequence[Job]) -> dict[str, list[Any]]:
    """The swept keys that do not, with their values."""
    swept = [key for key in swept_keys(jobs) if key in REPEATS]
    return {key: distinct([job.values.get(key) for job in readable(jobs)]) for key in swept}


def swept_keys(jobs: Sequence[Job]) -> list[str]:
    """The keys whose values differ between the jobs, in the order they were typed."""
    jobs = readable(jobs)
    keys = dict.fromkeys(key for job in jobs for key in job.values)
    return [key for key in keys if len({str(job.values.get(key)) for job in jobs}) > 1]


def distinct(values: Sequence[Any]) -> list[Any]:
    """The distinct values of a swept key: sorted numbers, then sorted strings."""
    values = list({str(value): value for value in values}.values())
    return sorted(values, key=lambda v: (0, v, "") if isinstance(v, int | float) else (1, 0, str(v)))


def written(value: Any) -> str:
    """A value of a swept key as typed, a very long one cut."""
    return cut(value if isinstance(value, str) else shown(value))


def _may_be_a_run(run: JobRun) -> bool:
    try:
        return run.files.exists(names.CONFIG)
    except RunError:  # it is looked at again, and then said
        return True


def _job(number: int, run: JobRun, shapes: Shapes | None) -> Job:
    """A job, with a ``Brief`` of its receipt if there are ``shapes``, as there are of a sweep that may be large."""
    try:
        overrides, summary = run.overrides, run.brief
        if shapes is not None:
            summary = Brief.of(summary, shapes)
        return Job(number, run, overrides, _values(overrides), run.status_of(summary), summary)
    except RunError as damage:
        return Job(number, run, [], {}, Status.FAILED, {"error": str(damage)}, is_readable=False)


def _values(overrides: list[str]) -> dict[str, Any]:
    return dict(_key_and_value(override) for override in overrides if not override.startswith("~"))


@functools.lru_cache(maxsize=4096)
def _key_and_value(override: str) -> tuple[str, Any]:
    """The key, and its value: finite numbers and booleans parsed, everything else as text that can be shown."""
    key, _, text = override.lstrip("+").partition("=")
    value = typed_value(text)
    is_number = isinstance(value, int | float) and abs(value) < 2**63  # also a number for NumPy
    return cut(visible(key)), value if is_number else visible(text)

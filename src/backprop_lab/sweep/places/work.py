"""Carries out an order: trains its jobs and writes what they leave, in one thread."""

import json
import threading
import time
import traceback
from collections.abc import Callable
from dataclasses import dataclass

from backprop_lab.config.recording import recorded_epochs
from backprop_lab.config.types import Config
from backprop_lab.experiment.failure import described
from backprop_lab.experiment.left_out import reason
from backprop_lab.experiment.visible import visible_lines
from backprop_lab.options import discovery
from backprop_lab.runs import names
from backprop_lab.runs.errors import RunError
from backprop_lab.runs.files import Files
from backprop_lab.runs.packed import Collected, Packs
from backprop_lab.sweep.batch import unstack
from backprop_lab.sweep.batch.history import History
from backprop_lab.sweep.brief import Brief, Shapes
from backprop_lab.sweep.job_run import JobRun, Outcome
from backprop_lab.sweep.places.apart import Apart, NoPoints
from backprop_lab.sweep.places.order import Assignment, Carried, Order
from backprop_lab.sweep.places.turns import Turns
from backprop_lab.sweep.plan import KERNEL, Batch, steps_of
from backprop_lab.training.first_state import first_state
from backprop_lab.training.interruption import FAILURES, recognized
from backprop_lab.training.split import Split, is_the_same_for_all_seeds, points_of
from backprop_lab.training.task import Task, build_task, with_points_of

# A chunk of tensors takes all the memory that it may, and much of its time is Python's, which only one thread gets.
_ONE_AT_A_TIME = threading.Lock()


def carry_out(order: Order, apart: Apart, report: Callable[[int], None], turns: Turns | None = None) -> Carried:
    """Train the jobs of an order, and write their folders or the file that they are packed in.

    ``report`` gets the numbers of steps that were taken. The points of custom data sets come from ``apart``. Threads
    that carry out orders at the same time share their ``turns``.
    """
    turns = turns or Turns()
    with turns.python():
        return _carried_out(order, apart, report, turns)


def _carried_out(order: Order, apart: Apart, report: Callable[[int], None], turns: Turns) -> Carried:
    carried = Carried()
    packs = Packs(Files(order.sweep)) if order.pack else None
    runs = {number: JobRun(order.sweep, number, None, packs) for number in order.jobs}
    left = set(order.jobs)
    if order.may_repeat:
        left = {number for number, run in runs.items() if not run.status.has_ended}
        report(sum(steps_of(order.jobs[number].config) for number in order.jobs if number not in left))
    written: dict[int, Collected] = {}
    if order.pack:
        for number in left:
            runs[number].files = written[number] = Collected(runs[number].folder, order.sweep)
    for numbers in order.chunks:
        chunk = _Chunk(
            order.batch, {n: order.jobs[n] for n in numbers if n in left}, runs, carried, order.commit, turns
        )
        chunk.carry_out(apart, report)
    if written:
        Packs(Files(order.sweep)).write(order.pack, {number: files.content for number, files in written.items()})
    shapes: Shapes = {}
    for number in left:
        if (outcome := runs[number].outcome) is not None:
            # What is packed may be too much to remember all of it.
            carried.outcomes[number] = Outcome(Brief.of(outcome.summary, shapes), {}, None) if order.pack else outcome
    carried.problems = list(dict.fromkeys(carried.problems))
    return carried


@dataclass
class _Chunk:
    """Jobs that are trained together."""

    batch: Batch
    jobs: dict[int, Assignment]
    runs: dict[int, JobRun]
    carried: Carried
    commit: str | None
    turns: Turns

    def carry_out(self, apart: Apart, report: Callable[[int], None]) -> None:
        if not self.jobs:
            return
        began = time.monotonic()
        tasks: dict[int, Task] = {}
        same: dict[str, Task] = {}  # by what decides the points, where that is not the seed
        for number, job in self.jobs.items():
            try:
                with recognized():
                    tasks[number] = _task(job.config, apart, self.turns, same)
            except FAILURES as failure:
                self._failed(number, failure)
        preparing = (time.monotonic() - began) / len(self.jobs)
        for together in _alike(tasks):
            self._train(together, preparing, report)

    def _train(self, tasks: dict[int, Task], preparing: float, report: Callable[[int], None]) -> None:
        """Train tasks of one shape and write what they leave; each of them has taken ``preparing`` seconds so far."""
        began = time.monotonic()
        try:
            with recognized():
                histories = self._fit(list(tasks.values()), report)
        except FAILURES as failure:
            for number in tasks:
                self._failed(number, failure)
            return
        fit_seconds = preparing + (time.monotonic() - began) / len(tasks)
        for (number, task), history in zip(tasks.items(), histories, strict=True):
            self._write(number, task, history, fit_seconds)

    def _fit(self, tasks: list[Task], report: Callable[[int], None]) -> list[History]:
        frames = recorded_epochs(next(iter(self.jobs.values())).config)
        if self.batch.engine == KERNEL:
            from backprop_lab.sweep.batch import blocks  # loads Numba

            return blocks.fit(tasks, frames, report, self.turns.kernel)
        from backprop_lab.sweep.batch import chunk  # loads torch

        with self.turns.away(), _ONE_AT_A_TIME:
            return chunk.fit(tasks, frames, self.batch.device, report)

    def _write(self, number: int, task: Task, history: History, fit_seconds: float) -> None:
        job, run = self.jobs[number], self.runs[number]
        try:
            with recognized(), run.files.held_open():
                run.outcome, failed = unstack.write(
                    run, job.config, task, job.overrides, history, self.batch, fit_seconds, self.commit
                )
                self.carried.left_out += failed.reasons
        except FAILURES as failure:
            self._failed(number, failure)

    def _failed(self, number: int, failure: BaseException) -> None:
        """Record why a job failed, and if that could not be written, that."""
        run, job = self.runs[number], self.jobs[number]
        details = failure.details if isinstance(failure, NoPoints) else "".join(traceback.format_exception(failure))
        try:
            if details:
                with run.files.append(names.LOG) as log:
                    log.write(visible_lines(details))
            run.fail(failure.reason if isinstance(failure, NoPoints) else described(failure), job.config, job.overrides)
        except (OSError, RunError) as problem:
            self.carried.problems.append(f"{reason(problem)}: jobs could not be written and count as not run")


def _task(config: Config, apart: Apart, turns: Turns, same: dict[str, Task]) -> Task:
    """The task of a job; jobs with the same points share them. Raises ``ConfigError`` if it cannot be trained."""
    key = _same_points(config)
    if key is not None and key in same:
        task = with_points_of(same[key], config)
    else:
        task = build_task(config, *_points(config, apart, turns))
        if key is not None:
            same[key] = task
    if isinstance(config.model.knobs["init"], list):
        first_state(task)  # whether there are as many as the network has, which is nobody else's failure
    return task


def _points(config: Config, apart: Apart, turns: Turns) -> Split:
    if not discovery.is_own("dataset", config.dataset.name):
        return points_of(config)
    with turns.away():
        return apart.points_of(config)


def _same_points(config: Config) -> str | None:
    """What jobs with the same points have in common; None if each seed draws its own."""
    if not is_the_same_for_all_seeds(config.dataset):
        return None
    return json.dumps([config.plain["dataset"], config.precision], sort_keys=True)


def _alike(tasks: dict[int, Task]) -> list[dict[int, Task]]:
    """Group tasks by the shapes of points and outputs, which the configuration does not always determine."""
    groups: dict[tuple[int, ...], dict[int, Task]] = {}
    for number, task in tasks.items():
        form = (task.in_features, task.outputs, len(task.train), len(task.val))
        groups.setdefault(form, {})[number] = task
    return list(groups.values())

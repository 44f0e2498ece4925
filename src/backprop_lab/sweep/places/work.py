"""Trains a chunk and writes the folders of its jobs, in a thread."""

import json
import threading
import time
import traceback
from collections.abc import Callable

from backprop_lab.config.recording import recorded_epochs
from backprop_lab.config.types import Config
from backprop_lab.experiment.failure import described
from backprop_lab.experiment.left_out import LeftOut, reason
from backprop_lab.experiment.visible import visible_lines
from backprop_lab.options import discovery
from backprop_lab.runs import names
from backprop_lab.runs.errors import RunError
from backprop_lab.sweep.batch import unstack
from backprop_lab.sweep.batch.history import History
from backprop_lab.sweep.places.apart import Apart, NoPoints
from backprop_lab.sweep.places.order import Assignment, Order
from backprop_lab.sweep.plan import KERNEL
from backprop_lab.training.first_state import first_state
from backprop_lab.training.interruption import FAILURES, recognized
from backprop_lab.training.split import is_the_same_for_all_seeds, points_of
from backprop_lab.training.task import Task, build_task, with_points_of

# A chunk of tensors takes all the memory that it may, and much of its time is Python's, which only one thread gets.
_ONE_AT_A_TIME = threading.Lock()


def carry_out(order: Order, apart: Apart, report: Callable[[int], None]) -> tuple[list[str], LeftOut]:
    """Train a chunk and write its run folders.

    ``report`` gets the numbers of steps that were taken. The points of custom data sets come from ``apart``. Returns a
    line for each problem that is not in a job's receipt, and the callbacks that failed.
    """
    began = time.monotonic()
    problems: list[str] = []
    left_out = LeftOut()
    tasks: dict[int, Task] = {}
    same: dict[str, Task] = {}  # by what decides the points, where that is not the seed
    for number, job in order.jobs.items():
        try:
            with recognized():
                tasks[number] = _task(job.config, apart, same)
        except FAILURES as failure:
            problems += _failed(job, failure)
    preparing = (time.monotonic() - began) / len(order.jobs)
    for together in _alike(tasks):
        problems += _train(order, together, preparing, report, left_out)
    return list(dict.fromkeys(problems)), left_out


def _task(config: Config, apart: Apart, same: dict[str, Task]) -> Task:
    """The task of a job; jobs with the same points share them. Raises ``ConfigError`` if it cannot be trained."""
    key = _same_points(config)
    if key is not None and key in same:
        task = with_points_of(same[key], config)
    else:
        is_own = discovery.is_own("dataset", config.dataset.name)
        task = build_task(config, *(apart.points_of(config) if is_own else points_of(config)))
        if key is not None:
            same[key] = task
    if isinstance(config.model.knobs["init"], list):
        first_state(task)  # whether there are as many as the network has, which is nobody else's failure
    return task


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


def _train(
    order: Order, tasks: dict[int, Task], preparing: float, report: Callable[[int], None], left_out: LeftOut
) -> list[str]:
    """Train tasks of one shape and write their run folders; returns a line for each problem.

    ``preparing`` are the seconds that each of them has taken so far.
    """
    began = time.monotonic()
    problems: list[str] = []
    try:
        with recognized():
            histories = _fit(order, list(tasks.values()), report)
    except FAILURES as failure:
        return [line for number in tasks for line in _failed(order.jobs[number], failure)]
    fit_seconds = preparing + (time.monotonic() - began) / len(tasks)
    for (number, task), history in zip(tasks.items(), histories, strict=True):
        job = order.jobs[number]
        try:
            with recognized(), job.run.files.held_open():
                job.run.outcome, failed = unstack.write(
                    job.run, job.config, task, job.overrides, history, order.batch, fit_seconds
                )
                left_out.failures += failed.failures
        except FAILURES as failure:
            problems += _failed(job, failure)
    return problems


def _fit(order: Order, tasks: list[Task], report: Callable[[int], None]) -> list[History]:
    frames = recorded_epochs(next(iter(order.jobs.values())).config)
    if order.batch.engine == KERNEL:
        from backprop_lab.sweep.batch import blocks  # loads Numba

        return blocks.fit(tasks, frames, report)
    from backprop_lab.sweep.batch import chunk  # loads torch

    with _ONE_AT_A_TIME:
        return chunk.fit(tasks, frames, order.batch.device, report)


def _failed(job: Assignment, failure: BaseException) -> list[str]:
    """Record why a job failed; returns a line if that could not be written."""
    details = failure.details if isinstance(failure, NoPoints) else "".join(traceback.format_exception(failure))
    try:
        if details:
            with job.run.files.append(names.LOG) as log:
                log.write(visible_lines(details))
        job.fail(failure.reason if isinstance(failure, NoPoints) else described(failure))
    except (OSError, RunError) as problem:
        return [f"{reason(problem)}: jobs could not be written and count as not run"]
    return []

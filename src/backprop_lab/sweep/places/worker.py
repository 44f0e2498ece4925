"""A worker process: trains chunks one after the other and reports the results."""

import os
import signal
import sys
import threading
import time
import traceback
from collections.abc import Callable
from multiprocessing.connection import Connection, wait
from multiprocessing.process import parent_process

import torch

from backprop_lab.config.recording import recorded_epochs
from backprop_lab.experiment.conclusion import described
from backprop_lab.experiment.left_out import LeftOut, reason
from backprop_lab.experiment.visible import visible_lines
from backprop_lab.options import discovery
from backprop_lab.runs import names
from backprop_lab.runs.errors import RunError
from backprop_lab.runs.files import synced_at_end
from backprop_lab.sweep.batch import chunk, unstack
from backprop_lab.sweep.batch.ensemble import CannotCompile
from backprop_lab.sweep.batch.history import History
from backprop_lab.sweep.places.order import Assignment, Order
from backprop_lab.sweep.plan import Batch
from backprop_lab.training.interruption import FAILURES, OF_TERMINALS, Interrupted
from backprop_lab.training.points import points_of
from backprop_lab.training.task import Task, build_task


def main(pipe: Connection) -> None:
    """Carry out orders from ``pipe`` until it is closed.

    Replies with numbers of steps while a chunk is trained, and at its end with the lines of ``carry_out``.
    """
    for number in OF_TERMINALS:  # they reach the whole process group; the parent decides
        signal.signal(number, signal.SIG_IGN)
    try:
        signal.signal(signal.SIGTERM, _stop)
        threading.Thread(target=_die_with_parent, daemon=True).start()
        torch.set_num_threads(1)
        while True:
            order = pipe.recv()
            try:
                said = carry_out(order, pipe.send)
            except Exception as failure:  # not even the receipts of the failed jobs could be written
                said = [described(failure)]
            pipe.send(said)
    except (EOFError, ConnectionError):  # no more orders, or nobody who gives them
        return
    except Interrupted as interrupted:
        sys.exit(interrupted.exit_status)
    finally:
        signal.signal(signal.SIGTERM, signal.SIG_DFL)  # nothing is left that could catch it


def carry_out(order: Order, report: Callable[[int], None]) -> list[str]:
    """Train a chunk and write its run folders; returns a line for each problem that is not in a job's receipt."""
    began = time.monotonic()
    for folder in order.own_folders:
        discovery.use(folder)
    problems: list[str] = []
    tasks: dict[int, Task] = {}
    for number, job in order.jobs.items():
        try:
            tasks[number] = build_task(job.config, *points_of(job.config))
        except FAILURES as failure:
            problems += _failed(job, failure)
    preparing = (time.monotonic() - began) / len(order.jobs)
    for together in _alike(tasks):
        problems += _train(order, together, preparing, report)
    return list(dict.fromkeys(problems))


def _alike(tasks: dict[int, Task]) -> list[dict[int, Task]]:
    """Group tasks by the shapes of their points, which the configuration does not always determine."""
    groups: dict[tuple[int, ...], dict[int, Task]] = {}
    for number, task in tasks.items():
        form = (task.in_features, len(task.train), len(task.val))
        groups.setdefault(form, {})[number] = task
    return list(groups.values())


def _train(order: Order, tasks: dict[int, Task], preparing: float, report: Callable[[int], None]) -> list[str]:
    """Train tasks of one shape and write their run folders; returns a line for each problem.

    ``preparing`` are the seconds that each of them has taken so far.
    """
    began = time.monotonic()
    problems: list[str] = []
    left_out = LeftOut()
    try:
        histories, batch, problem = _fit(order, list(tasks.values()), report)
    except FAILURES as failure:
        return [line for number in tasks for line in _failed(order.jobs[number], failure)]
    fit_seconds = preparing + (time.monotonic() - began) / len(tasks)
    with synced_at_end():
        for (number, task), history in zip(tasks.items(), histories, strict=True):
            job = order.jobs[number]
            try:
                lacking = unstack.write(job.run, job.config, task, history, batch, fit_seconds)
                left_out.failures += lacking.failures
            except FAILURES as failure:
                problems += _failed(job, failure)
    return [*([problem] if problem else []), *problems, *left_out.lines("everything else of these jobs")]


def _fit(order: Order, tasks: list[Task], report: Callable[[int], None]) -> tuple[list[History], Batch, str]:
    """The histories, how they were computed, and the text of a problem that was worked around."""
    frames = recorded_epochs(next(iter(order.jobs.values())).config)
    batch, problem = order.chunk.batch, ""
    if batch.compiled:
        try:
            return chunk.fit(tasks, batch.members, frames, True, batch.device, report), batch, ""
        except CannotCompile as failure:  # before the first step
            problem = f"compiling failed, trained without it ({described(failure.__cause__ or failure)[:300]})"
            batch = batch._replace(compiled=False)
    members = -(-len(tasks) // chunk.UNIT) * chunk.UNIT
    return chunk.fit(tasks, members, frames, False, batch.device, report), batch, problem


def _failed(job: Assignment, failure: BaseException) -> list[str]:
    """Record why a job failed; returns a line if that could not be written."""
    try:
        with job.run.files.append(names.LOG) as log:
            log.write(visible_lines("".join(traceback.format_exception(failure))))
        job.fail(described(failure))
    except (OSError, RunError) as problem:
        return [f"{reason(problem)}: jobs could not be written and count as not run"]
    return []


def _stop(signum: int, frame: object) -> None:
    signal.signal(signum, signal.SIG_IGN)  # once is enough
    raise Interrupted(signum)  # a BaseException, so that no job treats it as its own failure


def _die_with_parent() -> None:
    """Exit when the parent dies: a killed parent cannot stop its workers, which would train on for nothing."""
    parent = parent_process()
    if parent is not None:
        wait([parent.sentinel])
        os._exit(1)

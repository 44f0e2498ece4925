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
from backprop_lab.experiment.visible import visible_lines
from backprop_lab.options import discovery
from backprop_lab.runs import names
from backprop_lab.runs.files import synced_at_end
from backprop_lab.sweep.batch import chunk, unstack
from backprop_lab.sweep.batch.ensemble import CannotCompile
from backprop_lab.sweep.batch.history import History
from backprop_lab.sweep.places.order import Assignment, Order
from backprop_lab.training.interruption import Interrupted
from backprop_lab.training.points import points_of
from backprop_lab.training.task import Task, build_task


def main(pipe: Connection) -> None:
    """Carry out orders from ``pipe`` until it is closed.

    Replies with numbers of steps while a chunk is trained, and at its end with the text of a problem, or an empty
    string.
    """
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # Ctrl-C reaches the whole process group; the parent decides
    signal.signal(signal.SIGTERM, _stop)
    threading.Thread(target=_die_with_parent, daemon=True).start()
    torch.set_num_threads(1)
    try:
        while True:
            order = pipe.recv()
            try:
                said = carry_out(order, pipe.send)
            except Exception as failure:  # not even the receipts of the failed jobs could be written
                said = described(failure)
            pipe.send(said)
    except EOFError:  # no more orders
        return
    except Interrupted as interrupted:
        sys.exit(interrupted.exit_status)


def carry_out(order: Order, report: Callable[[int], None]) -> str:
    """Train a chunk and write its run folders; returns the text of a problem that was worked around."""
    began = time.monotonic()
    for folder in order.own_folders:
        discovery.use(folder)
    tasks: dict[int, Task] = {}
    for number, job in order.jobs.items():
        try:
            tasks[number] = build_task(job.config, *points_of(job.config))
        except (Exception, SystemExit) as failure:
            _failed(job, failure)
    problems = [_train(order, together, began, report) for together in _alike(tasks)]
    return "; ".join(dict.fromkeys(problem for problem in problems if problem))


def _alike(tasks: dict[int, Task]) -> list[dict[int, Task]]:
    """Group tasks by the shapes of their points, which the configuration does not always determine."""
    groups: dict[tuple[int, ...], dict[int, Task]] = {}
    for number, task in tasks.items():
        form = (task.in_features, len(task.train), len(task.val))
        groups.setdefault(form, {})[number] = task
    return list(groups.values())


def _train(order: Order, tasks: dict[int, Task], began: float, report: Callable[[int], None]) -> str:
    """Train tasks of one shape and write their run folders; returns the text of a problem that was worked around."""
    try:
        histories, problem = _fit(order, list(tasks.values()), report)
        fit_seconds = time.monotonic() - began
        with synced_at_end():
            for (number, task), history in zip(tasks.items(), histories, strict=True):
                job = order.jobs[number]
                share = (time.monotonic() - began) / len(tasks)
                unstack.write(job.run, job.config, job.overrides, task, history, share, fit_seconds / len(tasks))
    except (Exception, SystemExit) as failure:
        for number in tasks:
            if order.jobs[number].run.summary.get("status") is None:
                _failed(order.jobs[number], failure)
        return ""
    return problem


def _fit(order: Order, tasks: list[Task], report: Callable[[int], None]) -> tuple[list[History], str]:
    frames = recorded_epochs(next(iter(order.jobs.values())).config)
    eager_size = -(-len(tasks) // chunk.UNIT) * chunk.UNIT
    if order.chunk.compiles:
        try:
            return chunk.fit(tasks, order.chunk.size, frames, True, order.chunk.device, report), ""
        except CannotCompile as failure:  # before the first step
            problem = f"compiling failed, trained without it ({described(failure.__cause__ or failure)[:300]})"
    else:
        problem = ""
    return chunk.fit(tasks, eager_size, frames, False, order.chunk.device, report), problem


def _failed(job: Assignment, failure: BaseException) -> None:
    with job.run.files.append(names.LOG) as log:
        log.write(visible_lines("".join(traceback.format_exception(failure))))
    job.fail(described(failure))


def _stop(signum: int, frame: object) -> None:
    raise Interrupted(signum)  # a BaseException, so that no job treats it as its own failure


def _die_with_parent() -> None:
    """Exit when the parent dies: a killed parent cannot stop its workers, which would train on for nothing."""
    parent = parent_process()
    if parent is not None:
        wait([parent.sentinel])
        os._exit(1)

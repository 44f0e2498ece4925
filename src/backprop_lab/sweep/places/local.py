"""Trains the jobs of a sweep together, on this machine, in threads of this process.

The kernel holds no lock of Python's, so its threads share the cores. The main thread only shows the progress, and
responds to signals immediately.
"""

import contextlib
import importlib
import queue
import threading
import time
from collections.abc import Iterator, Mapping
from typing import NamedTuple

from backprop_lab.experiment.console import count
from backprop_lab.experiment.ending import WORKER
from backprop_lab.experiment.failure import described
from backprop_lab.experiment.left_out import LeftOut, reason
from backprop_lab.experiment.printing import error, say
from backprop_lab.runs.files import synced_at_end
from backprop_lab.sweep import batches
from backprop_lab.sweep.folder import Sweep
from backprop_lab.sweep.places.apart import Apart
from backprop_lab.sweep.places.bar import Bar
from backprop_lab.sweep.places.order import Assignment, Order
from backprop_lab.sweep.plan import KERNEL, NOTHING, Decided, Plan, cores, plan
from backprop_lab.training import cache

CONCLUSION = ("backprop_lab.sweep.jobs", "backprop_lab.report.sweep.page")
PATIENCE = 0.5
"""Seconds that an interrupted sweep waits for its threads."""


class Abandoned(BaseException):
    """The sweep was interrupted: what a thread is training counts as not run."""


def carry_out(
    sweep: Sweep,
    jobs: Mapping[int, Assignment],
    threads: int | None,
    decided: Mapping[int, Decided] = NOTHING,
) -> list[int]:
    """Train the jobs that can be trained together; returns the numbers of the others.

    ``threads`` is chosen from the number of cores if it is None. Jobs that were ``decided`` earlier are computed in
    that way.
    """
    planned = plan({number: job.config for number, job in jobs.items()}, decided)
    if planned.groups:
        batches.write(sweep, planned.groups)
    # One more than there are cores: while one writes its folders, which is Python's work, the others compute.
    orders = [Order(group.batch, {n: jobs[n] for n in numbers}) for group in planned.groups for numbers in group.chunks]
    threads = min(threads or cores() + 1, len(orders))
    say(*_outline(planned, threads))
    for order in orders:
        for job in order.jobs.values():
            job.run.remove_receipt()  # of an earlier attempt: a job without one is still to be trained
    if orders:
        with synced_at_end(sweep.folder), Bar(orders) as bar:
            _train(orders, threads, bar)
    return [number for numbers in planned.alone.values() for number in numbers]


def _outline(planned: Plan, threads: int) -> Iterator[str]:
    """Which jobs are trained together and how, and which are not."""
    if planned.groups:
        jobs = count(sum(len(group.jobs) for group in planned.groups), "job")
        yield f"batched    {jobs} in {count(len(planned.groups), 'group')}, {count(threads, 'thread')}"
    ways: dict[tuple[str, str, str], int] = {}
    for group in planned.groups:
        way = (*group.batch, group.why)
        ways[way] = ways.get(way, 0) + len(group.jobs)
    for (engine, device, why), number in ways.items():
        how = engine if engine == KERNEL else f"{engine} on {device}"
        yield f"           {how}: {count(number, 'job')}{f', because {why}' if why else ''}"
    for engine, numbers in planned.alone.items():
        yield f"alone      {count(len(numbers), 'job')}, because engine={engine} is not batched"


def _train(orders: list[Order], threads: int, bar: Bar) -> None:
    """Train every chunk and write the run folders of its jobs, with failures in their receipts.

    If a signal raises in this thread, the others stop; their current jobs then count as not run.
    """
    if any(order.batch.engine == KERNEL for order in orders):
        _say_if_not_cached()
    waiting: queue.SimpleQueue[Order] = queue.SimpleQueue()
    for order in sorted(orders, key=lambda order: order.steps, reverse=True):
        waiting.put(order)
    with contextlib.closing(Apart()) as process:
        crew = _Crew(waiting, process)
        try:
            crew.start(threads)
            # This process only waits: load what table and pictures need. Not before the kernel, which is quicker there.
            threading.Thread(target=_load, args=CONCLUSION, daemon=True).start()
            crew.listen(len(orders), bar)
        finally:
            crew.end()


class _Done(NamedTuple):
    """An order that is carried out: the steps that were not reported, problems to print, and callbacks that failed."""

    order: Order
    rest: int
    problems: list[str]
    failures: list[tuple[str, BaseException]]


class _Crew:
    """Threads that carry out the orders that are ``waiting``."""

    def __init__(self, waiting: "queue.SimpleQueue[Order]", process: Apart) -> None:
        self.waiting, self.process = waiting, process
        self.heard: queue.SimpleQueue[int | _Done | BaseException] = queue.SimpleQueue()
        self.is_over = threading.Event()
        self.threads: list[threading.Thread] = []

    def start(self, count: int) -> None:
        for _ in range(count):
            thread = threading.Thread(target=self._work, name=WORKER, daemon=True)
            thread.start()
            self.threads.append(thread)

    def listen(self, orders: int, bar: Bar) -> None:
        """Show the progress until all orders are carried out. Raises what ended a thread."""
        said: set[str] = set()
        left_out = LeftOut()
        while orders:
            heard = self.heard.get()
            if isinstance(heard, BaseException):
                raise heard
            if isinstance(heard, int):
                bar.advance(heard, 0)
                continue
            orders -= 1
            bar.advance(heard.rest, len(heard.order.jobs))
            left_out.failures += heard.failures
            for line in dict.fromkeys(heard.problems):
                if line not in said:
                    error(line)
            said.update(heard.problems)
        left_out.failures = [(name, why) for name, why in left_out.failures if not _is_said(reason(why), said)]
        for line in left_out.lines("everything else of these jobs"):
            error(line)

    def end(self) -> None:
        """Let the threads end. They are left behind if they are not quick, as inside the compiler."""
        self.is_over.set()
        until = time.monotonic() + PATIENCE
        for thread in self.threads:
            thread.join(max(0.0, until - time.monotonic()))

    def _work(self) -> None:
        try:
            from backprop_lab.sweep.places.work import carry_out

            while not self.is_over.is_set():
                order = self.waiting.get_nowait()
                taken = 0

                def report(steps: int) -> None:
                    nonlocal taken
                    if self.is_over.is_set():
                        raise Abandoned
                    taken += steps
                    self.heard.put(steps)

                try:
                    problems, left_out = carry_out(order, self.process, report)
                    failures = left_out.failures
                except Exception as failure:  # not even the receipts of the failed jobs could be written
                    problems, failures = [described(failure)], []
                self.heard.put(_Done(order, order.steps - taken, problems, failures))
        except (queue.Empty, Abandoned):
            return
        except BaseException as failure:
            self.heard.put(failure)


def _is_said(why: str, said: set[str]) -> bool:
    """Whether jobs failed for the same reason, such as a full disk; the table says what each lacks."""
    return any(line.startswith(f"{why}: ") for line in said)


def _say_if_not_cached() -> None:
    if problem := cache.problem():
        error(f"{problem}; the kernel is compiled anew each time")


def _load(*modules: str) -> None:
    for module in modules:
        importlib.import_module(module)

"""Trains the jobs of a batched sweep at a place, and shows how far it is."""

import importlib
import threading
from collections.abc import Iterator, Mapping

from backprop_lab.experiment import left_out
from backprop_lab.experiment.console import count
from backprop_lab.experiment.printing import error, say
from backprop_lab.runs.files import synced_at_end
from backprop_lab.runs.receipt import git_commit
from backprop_lab.sweep import batches
from backprop_lab.sweep.folder import Sweep
from backprop_lab.sweep.places.bar import Bar
from backprop_lab.sweep.places.order import Assignment, Assignments, Carried, Order
from backprop_lab.sweep.places.place import Place
from backprop_lab.sweep.plan import KERNEL, NOTHING, Decided, Group, Plan, plan
from backprop_lab.training import cache

CONCLUSION = ("backprop_lab.sweep.jobs", "backprop_lab.report.sweep.page")
MOST_JOBS = 256
"""Of an order."""
ROUNDS = 4
"""Orders for each worker, so that all are busy to the end."""
SECONDS = 0.5
"""Between two looks at the news."""


class Submitted(Exception):
    """The jobs were left where they are trained; says under which number."""


def carry_out(
    sweep: Sweep,
    jobs: Mapping[int, Assignment],
    place: Place,
    decided: Mapping[int, Decided] = NOTHING,
    waits: bool = True,
) -> list[int]:
    """Train the jobs that can be trained together; returns the numbers of the others.

    Jobs that were ``decided`` earlier are computed in that way. Raises ``Submitted`` instead of waiting for a place
    where jobs can be left.
    """
    planned = plan(((number, job.config) for number, job in jobs.items()), decided)
    if planned.groups:
        batches.write(sweep, planned.groups)
    orders = [order for group in planned.groups for order in _orders(sweep, group, jobs, place)]
    place.workers = min(place.workers, len(orders))
    say(*_outline(planned, place))
    sweep.forget_attempts(number for order in orders for number in order.jobs)
    if orders:
        if any(order.batch.engine == KERNEL for order in orders) and (problem := cache.problem()):
            error(f"{problem}; the kernel is compiled anew each time")
        try:
            with synced_at_end(sweep.folder), Bar(orders) as bar, place:
                place.give(orders)
                if not waits and hasattr(place, "leave"):
                    raise Submitted(place.leave())
                # This thread only waits: load what table and pictures need. Not before the kernel, which is quicker
                # there.
                threading.Thread(target=_load, args=CONCLUSION, daemon=True).start()
                _listen(sweep, place, orders, bar)
        finally:
            sweep.packs.forget()
    return [number for numbers in planned.alone.values() for number in numbers]


def _orders(sweep: Sweep, group: Group, jobs: Mapping[int, Assignment], place: Place) -> Iterator[Order]:
    """The chunks of a group, several to an order that goes elsewhere or whose jobs share a file."""
    several = place.is_elsewhere or sweep.is_packed
    wanted = min(MOST_JOBS, len(group.jobs) // (ROUNDS * place.workers)) if several else 1
    chunks: list[list[int]] = []
    for numbers in group.chunks:
        chunks.append(numbers)
        if sum(map(len, chunks)) >= wanted or numbers is group.chunks[-1]:
            of_order = [number for chunk in chunks for number in chunk]
            pack = sweep.next_pack(min(of_order), max(of_order)) if sweep.is_packed else ""
            assigned = jobs.some(of_order) if isinstance(jobs, Assignments) else {n: jobs[n] for n in of_order}
            where = sweep.folder.absolute()
            yield Order(where, group.batch, chunks, assigned, pack, place.is_elsewhere, git_commit())
            chunks = []


def _outline(planned: Plan, place: Place) -> Iterator[str]:
    """Which jobs are trained together and how, and which are not."""
    if planned.groups:
        jobs = count(sum(len(group.jobs) for group in planned.groups), "job")
        yield f"batched    {jobs} in {count(len(planned.groups), 'group')}, {place.described}"
    ways: dict[tuple[str, str, str], int] = {}
    for group in planned.groups:
        way = (*group.batch, group.why)
        ways[way] = ways.get(way, 0) + len(group.jobs)
    for (engine, device, why), number in ways.items():
        how = engine if engine == KERNEL else f"{engine} on {device}"
        yield f"           {how}: {count(number, 'job')}{f', because {why}' if why else ''}"
    for engine, numbers in planned.alone.items():
        yield f"alone      {count(len(numbers), 'job')}, because engine={engine} is not batched"


def _listen(sweep: Sweep, place: Place, orders: list[Order], bar: Bar) -> None:
    """Show the progress until all orders have ended, and remember what their jobs have become."""
    said: set[str] = set()
    failed: list[tuple[str, str]] = []
    rest = {number: order.steps for number, order in enumerate(orders)}
    while rest:
        for news in place.listen(SECONDS):
            if news.order not in rest:  # a second attempt tells it again
                continue
            rest[news.order] -= news.steps
            if not news.has_ended:
                bar.advance(news.steps, 0)
                continue
            bar.advance(news.steps + rest.pop(news.order), len(orders[news.order].jobs))
            carried = news.carried or _lost(sweep, orders[news.order], news.lost)
            for number, outcome in carried.outcomes.items():
                sweep.run(number).outcome = outcome
            failed += carried.left_out
            for line in dict.fromkeys(carried.problems):
                if line not in said:
                    error(line)
            said.update(carried.problems)
    failed = [(name, why) for name, why in failed if not any(line.startswith(f"{why}: ") for line in said)]
    for line in left_out.lines(failed, "everything else of these jobs"):
        error(line)


def _lost(sweep: Sweep, order: Order, why: str) -> Carried:
    """Say of the jobs of an order that nobody is at any more why they were not trained, unless they were."""
    for number, job in order.jobs.items():
        run = sweep.run(number)
        if not run.has_begun:
            run.fail(why, job.config, job.overrides)
    return Carried()


def _load(*modules: str) -> None:
    for module in modules:
        importlib.import_module(module)

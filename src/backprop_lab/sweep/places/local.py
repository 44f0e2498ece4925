"""Trains the jobs of a sweep together, on this machine, in single-threaded processes.

One process per core, because a program of this kind is slower with two threads than with one. The processes are forked
from a server that has loaded torch once. The main process stays light and responds to signals immediately.
"""

import importlib
import itertools
import multiprocessing
import os
import threading
from collections.abc import Mapping
from multiprocessing import forkserver
from multiprocessing.connection import wait

from backprop_lab.experiment.console import count
from backprop_lab.experiment.printing import error, say
from backprop_lab.options import discovery
from backprop_lab.sweep import batches
from backprop_lab.sweep.folder import Sweep
from backprop_lab.sweep.places import address
from backprop_lab.sweep.places.bar import Bar
from backprop_lab.sweep.places.order import Assignment, Order
from backprop_lab.sweep.places.process import METHOD, processes, undisturbed
from backprop_lab.sweep.plan import NOTHING, Batch, Plan, compiler, cores, plan
from backprop_lab.training import cache

SERVER, COMPILING = "backprop_lab.sweep.places.preload", "backprop_lab.sweep.batch.toolchain"
CONCLUSION = ("backprop_lab.sweep.jobs", "backprop_lab.report.sweep.page")


def warm_up(planned: Plan) -> None:
    """Let the server load the workers' modules while the folders of the sweep are created."""
    if problem := cache.use_own():
        error(problem)
    if METHOD != "forkserver" or not planned.chunks:
        return
    address.shorten()
    # Otherwise the compiler starts its own pool in the server, which must not be forked with it; a worker compiles only
    # one program anyway.
    os.environ.setdefault("TORCHINDUCTOR_COMPILE_THREADS", "1")
    modules = [SERVER, COMPILING] if any(chunk.batch.compiled for chunk in planned.chunks) else [SERVER]
    multiprocessing.get_context(METHOD).set_forkserver_preload(modules)
    with undisturbed():
        forkserver.ensure_running()


def carry_out(
    sweep: Sweep,
    jobs: Mapping[int, Assignment],
    compiles: bool | None,
    at_once: int | None,
    decided: Mapping[int, Batch] = NOTHING,
) -> list[int]:
    """Train the jobs that can be trained together; returns the numbers of the others.

    ``compiles`` and ``at_once``, the number of processes, are chosen from the amount of work and the number of cores if
    they are None. Jobs that were ``decided`` earlier are computed in that way.
    """
    planned = plan({number: job.config for number, job in jobs.items()}, compiles, decided)
    if planned.chunks:
        batches.write(sweep, planned.chunks)
    on_gpu = any(chunk.batch.device != "cpu" for chunk in planned.chunks)
    at_once = min(at_once or (1 if on_gpu else cores()), len(planned.chunks))
    say(*_outline(planned, at_once, "as when the sweep began" if decided else _why_not(compiles)))
    own = discovery.own_folders()
    for number in itertools.chain(*(chunk.numbers for chunk in planned.chunks)):
        jobs[number].run.remove_receipt()  # of an earlier attempt: a job without one is still to be trained
    orders = [Order(chunk, {number: jobs[number] for number in chunk.numbers}, own) for chunk in planned.chunks]
    if orders:
        warm_up(planned)
        _train(orders, at_once)
    return [number for numbers in planned.alone.values() for number in numbers]


def _why_not(compiles: bool | None) -> str:
    return "too little work to pay off" if compiles is None else "hydra.launcher.compile=false"


def _outline(planned: Plan, at_once: int, why_not: str) -> list[str]:
    """Which jobs are trained together and how, and which are not; ``why_not`` says why they are not compiled."""
    said = []
    if planned.chunks:
        size = max(chunk.batch.members for chunk in planned.chunks)
        parts = [
            f"{count(sum(len(chunk.numbers) for chunk in planned.chunks), 'job')} in {count(planned.groups, 'group')}",
            f"{count(len(planned.chunks), 'chunk')} of up to {size:,} members",
            count(at_once, "process", "processes"),
        ]
        said.append(f"batched    {', '.join(parts)}")
        for batch in {chunk.batch[1:]: chunk.batch for chunk in planned.chunks}.values():
            said.append(f"           {_how(batch, why_not)}")
    for engine, numbers in planned.alone.items():
        said.append(f"alone      {count(len(numbers), 'job')}, because engine={engine} is not batched")
    return said


def _how(batch: Batch, why_not: str) -> str:
    tool = compiler(batch.device)
    if batch.compiled:
        return f"compiled with {tool}, on {batch.device}"
    if tool is None:
        why_not = f"no {'C++ compiler' if batch.device == 'cpu' else 'triton'} found"
    return f"not compiled, on {batch.device}: {why_not}"


def _train(orders: list[Order], at_once: int) -> None:
    """Train every chunk and write the run folders of its jobs, with failures in their receipts.

    If a signal raises in this process, the workers are stopped; their current jobs then count as not run.
    """
    # Load the modules for table and pictures while the workers train, since this process only waits.
    threading.Thread(target=_load, args=CONCLUSION, daemon=True).start()
    waiting = sorted(orders, key=lambda order: order.steps)
    said: set[str] = set()
    with processes(at_once) as workers, Bar(waiting) as bar:
        while waiting or any(worker.order for worker in workers):
            for worker in workers:
                if worker.order is None and waiting:
                    worker.give(waiting.pop())
            for pipe in wait([worker.pipe for worker in workers if worker.order]):
                worker = next(worker for worker in workers if worker.pipe is pipe)
                heard = worker.listen()
                bar.advance(heard.steps, heard.members)
                waiting += heard.again
                for line in {*heard.lines} - said:
                    error(line)
                said.update(heard.lines)


def _load(*modules: str) -> None:
    for module in modules:
        importlib.import_module(module)

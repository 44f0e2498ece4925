"""Training the jobs of a sweep together, in processes of one thread each.

One process for each core: two threads make a program of this kind slower than one. The processes are forked from a
server that has loaded torch once. This one stays light and answers at once to a signal.
"""

import contextlib
import importlib
import multiprocessing
import os
import sys
import threading
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from multiprocessing import forkserver
from multiprocessing.connection import Connection, wait
from typing import Any

from tqdm import tqdm

from backprop_lab.config.check import Config
from backprop_lab.experiment.console import count, error
from backprop_lab.runs.run import Run
from backprop_lab.sweep.plan import Chunk, Plan, compiler, cores, plan, steps_of

METHOD = "forkserver" if "forkserver" in multiprocessing.get_all_start_methods() else "spawn"
SERVER, COMPILING_SERVER = "backprop_lab.sweep.places.preload", "backprop_lab.sweep.places.preload_compiling"
CONCLUSION = ("backprop_lab.sweep.jobs", "backprop_lab.report.sweep.page")


@dataclass(frozen=True)
class Job:
    """What has to be known of one job to train it."""

    run: Run
    config: Config
    overrides: list[str]


@dataclass(frozen=True)
class Order:
    """A chunk to train, with its jobs by number."""

    chunk: Chunk
    jobs: dict[int, Job]

    @property
    def steps(self) -> int:
        """Of all members together."""
        return sum(steps_of(job.config) for job in self.jobs.values())


def warm_up(planned: Plan) -> None:
    """Let the server load what the workers need, while the folders of the sweep are being made."""
    if METHOD != "forkserver" or not planned.chunks:
        return
    # The compiler's own pool of processes and threads would be started in the server, where it must not be forked; a
    # worker has one program to compile, and nothing to share out.
    os.environ.setdefault("TORCHINDUCTOR_COMPILE_THREADS", "1")
    server = COMPILING_SERVER if any(chunk.compiles for chunk in planned.chunks) else SERVER
    multiprocessing.get_context(METHOD).set_forkserver_preload([server])
    forkserver.ensure_running()


def carry_out(jobs: Mapping[int, Job], compiles: bool | None, processes: int | None) -> list[int]:
    """Train the jobs that can be trained together; gives the numbers of those that cannot.

    ``compiles`` and ``processes`` are None where they are to be decided by the size of the work and the cores.
    """
    planned = plan({number: job.config for number, job in jobs.items()}, compiles)
    on_gpu = any(chunk.device != "cpu" for chunk in planned.chunks)
    processes = min(processes or (1 if on_gpu else cores()), len(planned.chunks))
    print("\n".join(_outline(planned, processes, compiles)), flush=True)
    orders = [Order(chunk, {number: jobs[number] for number in chunk.numbers}) for chunk in planned.chunks]
    if orders:
        warm_up(planned)
        _train(orders, processes)
    return [number for numbers in planned.alone.values() for number in numbers]


def _outline(planned: Plan, processes: int, compiles: bool | None) -> list[str]:
    """What is trained together and how, and what is not."""
    said = []
    if planned.chunks:
        size = max(chunk.size for chunk in planned.chunks)
        parts = [
            f"{count(sum(len(chunk.numbers) for chunk in planned.chunks), 'job')} in {count(planned.groups, 'group')}",
            f"{count(len(planned.chunks), 'chunk')} of up to {size:,} members",
            count(processes, "process", "processes"),
        ]
        said.append(f"batched    {', '.join(parts)}")
        for chunk in {(chunk.compiles, chunk.device): chunk for chunk in planned.chunks}.values():
            said.append(f"           {_how(chunk, compiles)}")
    for engine, numbers in planned.alone.items():
        said.append(f"alone      {count(len(numbers), 'job')}, because engine={engine} is not batched")
    return said


def _how(chunk: Chunk, compiles: bool | None) -> str:
    tool = compiler(chunk.device)
    if chunk.compiles:
        return f"compiled with {tool}, on {chunk.device}"
    if tool is None:
        return (
            f"not compiled, on {chunk.device}: there is no {'C++ compiler' if chunk.device == 'cpu' else 'triton'} here"
        )
    why = "the work would not repay it" if compiles is None else "hydra.launcher.compile=false"
    return f"not compiled, on {chunk.device}: {why}"


def _train(orders: list[Order], processes: int) -> None:
    """Train every chunk and write the run folders of its jobs. What fails is in their receipts.

    Where a signal raises in this process the workers are stopped; the jobs that they were at are then not run.
    """
    # What the table and the pictures need is loaded while the workers train; this process only waits for them.
    threading.Thread(target=_load, args=CONCLUSION, daemon=True).start()
    waiting = sorted(orders, key=lambda order: order.steps)
    with _workers(processes) as workers, _Bar(waiting) as bar:
        while waiting or any(worker.order for worker in workers):
            for worker in workers:
                if worker.order is None and waiting:
                    worker.give(waiting.pop())
            for pipe in wait([worker.pipe for worker in workers if worker.order]):
                worker = next(worker for worker in workers if worker.pipe is pipe)
                bar.advance(worker.listen())


def _load(*modules: str) -> None:
    for module in modules:
        importlib.import_module(module)


def fail(job: Job, reason: str) -> None:
    """The receipt of a job that could not be trained."""
    job.run.write_summary(status="failed", error=reason, metrics={}, best=None, seconds=0.0, seed=job.config.seed)


class _Worker:
    """A process that trains, seen from here."""

    def __init__(self, context: Any) -> None:
        self.context = context
        self.order: Order | None = None
        self._start()

    def _start(self) -> None:
        self.pipe: Connection
        self.pipe, theirs = self.context.Pipe()
        self.process = self.context.Process(target=_work, args=(theirs,), daemon=True)
        self.process.start()
        theirs.close()

    def give(self, order: Order) -> None:
        if not self.process.is_alive():  # killed while it had nothing to do
            self._start()
        self.order, self.steps = order, 0
        self.pipe.send(order)

    def listen(self) -> tuple[int, int]:
        """What has been done since: steps of all members together, and members whose folders are written."""
        assert self.order is not None
        try:
            said = self.pipe.recv()
        except (EOFError, ConnectionResetError):
            self.process.join()
            for job in self.order.jobs.values():
                if not job.run.summary:
                    fail(job, f"the process that trained it ended with status {self.process.exitcode}")
            self._start()
            said = ""
        if isinstance(said, int):
            self.steps += said
            return said, 0
        if said:
            error(said)
        rest, members = self.order.steps - self.steps, len(self.order.jobs)
        self.order = None
        return rest, members

    def stop(self) -> None:
        if self.order is None:
            self.pipe.close()  # which it waits for
        else:
            self.process.terminate()
        self.process.join()


@contextlib.contextmanager
def _workers(count: int) -> Iterator[list[_Worker]]:
    context: Any = multiprocessing.get_context(METHOD)
    workers: list[_Worker] = []
    try:
        for _ in range(count):
            workers.append(_Worker(context))
        yield workers
    finally:
        for worker in workers:
            worker.stop()


def _work(pipe: Connection) -> None:
    # Here, so that this process need not load torch to name the function.
    from backprop_lab.sweep.places import worker

    worker.main(pipe)


class _Bar:
    """Members that are written, steps of all together, and the time that is left; nothing without a terminal."""

    def __init__(self, orders: Sequence[Order]) -> None:
        self.members, self.of = 0, sum(len(order.jobs) for order in orders)
        self.bar = tqdm(
            total=sum(order.steps for order in orders), file=sys.stdout, disable=None, leave=False, dynamic_ncols=True,
            unit_scale=True, bar_format="{desc} |{bar:20}| {n_fmt}/{total_fmt} steps, {remaining} left",
        )  # fmt: skip

    def __enter__(self) -> "_Bar":
        self.advance((0, 0))
        return self

    def __exit__(self, *exception: object) -> None:
        self.bar.close()

    def advance(self, done: tuple[int, int]) -> None:
        steps, members = done
        self.members += members
        self.bar.set_description_str(f"{self.members:,}/{self.of:,} members", refresh=False)
        self.bar.update(steps)

"""Trains the jobs of a sweep as tasks of Slurm, several orders to a task.

What is queued is written to ``slurm.json`` before it is submitted, under a name that nobody else uses, so that a sweep
whose process is gone can ask Slurm for its tasks. Orders and results are pickled in a folder of the sweep's that only
this user can enter; it is removed at the end, and only the process that made it ever reads it.
"""

import contextlib
import json
import re
import secrets
import shutil
import subprocess
import time
from collections.abc import Iterable, Sequence
from pathlib import Path
from types import TracebackType
from typing import Any

from backprop_lab.config.errors import ConfigError
from backprop_lab.experiment.console import count
from backprop_lab.runs import names
from backprop_lab.runs.errors import RunError
from backprop_lab.runs.files import Files
from backprop_lab.sweep.places.elsewhere import Origin, carry_out_all
from backprop_lab.sweep.places.order import Order
from backprop_lab.sweep.places.place import News

FILE = "slurm.json"
SECONDS = 10
"""That Slurm has to answer."""
LOOKS = 2.0
"""Seconds between two questions to Slurm."""
GONE = 3
"""Looks in which a task is neither queued nor has left a result, after which it counts as lost."""
MINUTES, MOST_TASKS = 60, 1000
ORDERS = 20
"""Of a task, where there are many: a task loads Python and the kernel first, which takes seconds."""
TRIES = 2
_NAME = re.compile("backprop-lab-[0-9a-f]{16}")


class Slurm:
    """Tasks of ``cores`` each, at most ``tasks`` of them at once."""

    is_elsewhere = True

    def __init__(self, submitit: Any, settings: dict[str, Any], cores: int, tasks: int | None) -> None:
        self.submitit, self.settings, self.cores = submitit, settings, cores
        self.workers = max(1, min(_cpus() // cores, tasks or MOST_TASKS))
        self.most = tasks
        self.name = _new_name()
        self._folder: Path | None = None
        self._tasks: list[_Task] = []
        self._looked = 0.0

    @property
    def described(self) -> str:
        return f"{count(self.workers, 'task')} of Slurm at once, {count(self.cores, 'core')} each"

    def __enter__(self) -> "Slurm":
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, traceback: TracebackType | None
    ) -> None:
        if self._tasks:
            cancel({task.name for task in self._tasks})
        if self._folder is not None:
            forget(self._folder.parent)

    def give(self, orders: Sequence[Order]) -> None:
        self._orders, self._origin = orders, Origin.here()
        self._folder = orders[0].sweep / f".{self.name}"
        self._folder.mkdir(mode=0o700)
        parts = min(len(orders), MOST_TASKS, max(self.workers, len(orders) // ORDERS))
        self._submit([list(range(part, len(orders), parts)) for part in range(parts)], tries=1)

    def leave(self) -> str:
        """Let the tasks go on without this process; says what was submitted."""
        tasks, number = count(len(self._tasks), "task"), str(self._tasks[0].job.job_id).partition("_")[0]
        self._tasks = []
        self._folder = None
        return f"{tasks} of Slurm, job {number}"

    def listen(self, seconds: float) -> Iterable[News]:
        time.sleep(seconds)
        is_queued = None
        if time.monotonic() > self._looked + LOOKS:
            self._looked = time.monotonic()
            with contextlib.suppress(ConfigError):  # a busy Slurm answers the next time
                is_queued = queued_tasks({task.name for task in self._tasks})
        for task in [*self._tasks]:
            if task.job.paths.result_pickle.exists():
                self._tasks.remove(task)
                yield from self._results(task)
            elif is_queued is not None:
                task.missed = 0 if (task.name, task.place) in is_queued else task.missed + 1
                if task.missed >= GONE:
                    self._tasks.remove(task)
                    yield from self._lost(task, "its task of Slurm ended without a result")

    def _results(self, task: "_Task") -> Iterable[News]:
        try:
            results = task.job.result()
        except Exception as failure:  # of the task, or of reading what it has left
            yield from self._lost(task, f"its task of Slurm failed ({reason_of(failure)})")
            return
        for number, carried in zip(task.orders, results, strict=True):
            yield News(number, carried=carried)

    def _lost(self, task: "_Task", why: str) -> Iterable[News]:
        """Submit it again, or give it up."""
        if task.tries < TRIES:
            self._submit([task.orders], task.tries + 1)
            return
        for number in task.orders:
            yield News(number, lost=f"{why}, {task.tries} times")

    def _submit(self, parts: list[list[int]], tries: int) -> None:
        name = self.name if tries == 1 else _new_name()
        sweep = self._orders[0].sweep
        remember(sweep, name, [[job for order in part for job in self._orders[order].jobs] for part in parts])
        executor = self.submitit.SlurmExecutor(folder=str(self._folder))
        executor.update_parameters(
            job_name=name, cpus_per_task=self.cores, array_parallelism=self.most or len(parts),
            additional_parameters={"requeue": True}, **self.settings,
        )  # fmt: skip
        orders = [[self._orders[number] for number in part] for part in parts]
        jobs = executor.map_array(
            carry_out_all, orders, [self._origin] * len(parts), [self.cores] * len(parts)
        )  # fmt: skip
        places = range(len(parts)) if len(parts) > 1 else [None]
        self._tasks += [
            _Task(name, place, job, part, tries) for place, job, part in zip(places, jobs, parts, strict=True)
        ]


class _Task:
    """A task, by the name of its submission and its place in it, with the numbers of its orders."""

    def __init__(self, name: str, place: int | None, job: Any, orders: list[int], tries: int) -> None:
        self.name, self.place, self.job, self.orders, self.tries = name, place, job, orders, tries
        self.missed = 0


def build(
    partition: str | None, account: str | None, minutes: int | None, cores: int | None, tasks: int | None
) -> Slurm:
    """Raises ``ConfigError`` if submitit or Slurm is missing, or if Slurm does not answer."""
    try:
        import submitit
    except ImportError:
        raise ConfigError("hydra.launcher.where", "slurm", "slurm after: pip install 'backprop-lab[slurm]'") from None
    if shutil.which("sbatch") is None:
        raise ConfigError("hydra.launcher.where", "slurm", "slurm on a machine that has its commands (no sbatch here)")
    named = _asked("sinfo", "--noheader", "--format=%R").split()
    if partition is not None and partition not in named:
        raise ConfigError("hydra.launcher.partition", partition, ", ".join(dict.fromkeys(named)))
    settings = {"partition": partition, "account": account, "time": minutes or MINUTES}
    given = {key: value for key, value in settings.items() if value is not None}
    return Slurm(submitit, given, cores or 1, tasks)


def remember(sweep: Path, name: str, jobs_of_tasks: list[list[int]]) -> None:
    """Write down what is about to be submitted."""
    files = Files(sweep)
    known = _read(files) if files.exists(FILE) else {}
    files.write(FILE, json.dumps({**known, name: jobs_of_tasks}).encode())


def queued_jobs(sweep: Path) -> dict[int, str]:
    """The jobs of a sweep that wait in Slurm or are trained there, and the name of the submission.

    Raises ``RunError`` if Slurm cannot be asked: nothing may be trained twice.
    """
    files = Files(sweep)
    if not files.exists(FILE):
        return {}
    known = _read(files)
    try:
        tasks = queued_tasks(set(known))
    except ConfigError as problem:
        raise RunError(f"{sweep / FILE}: its jobs may still be queued, but Slurm does not answer ({problem})") from None
    return {
        job: name
        for name, task in tasks
        for place, jobs in enumerate(known[name])
        if task in (place, None)
        for job in jobs
    }


def forget(sweep: Path) -> None:
    """Remove what the submissions of a sweep have left beside its jobs, now that nothing is queued any more."""
    files = Files(sweep)
    if files.exists(FILE):
        for name in _read(files):
            shutil.rmtree(sweep / f".{name}", ignore_errors=True)
        files.remove(FILE)


def queued_tasks(submissions: set[str]) -> set[tuple[str, int | None]]:
    """The tasks of submissions that wait or run: the name of each, and its place if there are several."""
    said = _asked("squeue", "--noheader", "--array", "--format=%j|%K", f"--name={','.join(sorted(submissions))}")
    found = [line.strip().partition("|") for line in said.splitlines()]
    return {
        (name, int(place) if place.isdecimal() else None) for name, _, place in found if name in submissions
    }  # fmt: skip


def cancel(submissions: set[str]) -> None:
    """End all tasks of submissions, at once, and wait until they have."""
    named = f"--name={','.join(sorted(submissions))}"
    until = time.monotonic() + SECONDS
    while time.monotonic() < until:
        for how in ("--state=PENDING", "--signal=KILL", "--quiet"):
            with contextlib.suppress(ConfigError):  # there is none in this state, or Slurm is busy
                _asked("scancel", how, named)
        with contextlib.suppress(ConfigError):
            if not queued_tasks(submissions):
                return
        time.sleep(0.2)


def reason_of(failure: Exception) -> str:
    """Why a task failed, in one line: submitit gives the whole traceback between lines of dashes."""
    traces = [part.strip() for part in re.split(r"^-{10,}$", str(failure), flags=re.MULTILINE)]
    return (traces[1] if len(traces) > 2 else traces[0]).rpartition("\n")[2] or type(failure).__name__


def _read(files: Files) -> dict[str, list[list[int]]]:
    """The submissions by name. The file may be of somebody else, and nothing but names and numbers is taken from it."""
    damaged = RunError(f"{files.folder / FILE}: damaged")
    try:
        found = json.loads(files.read(FILE, names.MAX_ARRAY_BYTES))
    except (ValueError, RecursionError):
        raise damaged from None
    if not isinstance(found, dict) or not all(
        _NAME.fullmatch(name)
        and isinstance(tasks, list)
        and all(isinstance(jobs, list) and all(type(job) is int for job in jobs) for jobs in tasks)
        for name, tasks in found.items()
    ):
        raise damaged
    return found


def _cpus() -> int:
    """The cores of the cluster that can be used."""
    parts = [line.split("/") for line in _asked("sinfo", "--noheader", "--format=%C").split()]
    return max(1, sum(int(part[0]) + int(part[1]) for part in parts if len(part) == 4))


def _asked(*command: str) -> str:
    """What a command of Slurm prints. Raises ``ConfigError`` if it fails, or does not answer."""
    try:
        done = subprocess.run(command, capture_output=True, text=True, timeout=SECONDS, check=False)
    except (OSError, subprocess.TimeoutExpired) as problem:
        why = problem.strerror if isinstance(problem, OSError) else f"no answer of {command[0]} within {SECONDS} s"
        raise _unreachable(str(why)) from None
    if done.returncode:
        said = done.stderr.strip().splitlines()
        raise _unreachable(said[0] if said else f"{command[0]} ended with {done.returncode}")
    return done.stdout


def _unreachable(why: str) -> ConfigError:
    return ConfigError("hydra.launcher.where", "slurm", f"slurm where it answers ({why})")


def _new_name() -> str:
    return f"backprop-lab-{secrets.token_hex(8)}"

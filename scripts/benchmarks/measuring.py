"""Running a contender as a process of its own, and what that took.

Nothing heavy is imported here, nor in any file of this folder while it is imported: Linux counts a parent's memory
towards the peak of its children, so the process that measures has to stay smaller than any that it measures.
"""

import json
import math
import os
import subprocess
import sys
import tempfile
import threading
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

TRAIN = ("-m", "train")
BENCH = Path(__file__).resolve().parents[1] / "bench.py"
SECONDS_BETWEEN_LOOKS = 0.1

Receipt = Mapping[str, Any]


def receipt_of_run(folder: Path, said: str) -> Receipt:
    """The summary.json of a run of ours, or what a peer printed last; empty for what trains nothing."""
    texts = [file.read_text() for file in folder.glob("outputs/runs/*/*/summary.json")] + said.splitlines()[-1:]
    return json.loads(texts[0]) if texts and texts[0].startswith("{") else {}


@dataclass(frozen=True)
class Contender:
    """What Python is given to run, and the exit status that is right for it.

    ``receipt_of`` reads what it did from the folder that it ran in and from what it printed. ``has_children`` counts
    the memory of its child processes as well.
    """

    arguments: tuple[str, ...]
    status: int = 0
    environment: Mapping[str, str] = field(default_factory=dict)
    receipt_of: Callable[[Path, str], Receipt] = receipt_of_run
    has_children: bool = False


@dataclass(frozen=True)
class Measured:
    """One process from its start to its end. ``receipt`` is what it said of its training, in the words of a run's."""

    seconds: float
    megabytes: float
    receipt: Receipt
    stderr: str


def peer(name: str, number: int) -> Contender:
    """A peer of ``peers.py`` or ``sweep_peers.py``; the number is of epochs or of members."""
    return Contender((str(BENCH), "--peer", name, str(number)))


def measure(contender: Contender) -> Measured:
    """Run a contender and wait for its end. Ends this program where it fails."""
    command = [sys.executable, *contender.arguments]
    environment = {**os.environ, "OMP_NUM_THREADS": "1", "HYDRA_FULL_ERROR": "0", **contender.environment}
    with (
        tempfile.TemporaryDirectory() as folder,
        tempfile.TemporaryFile("w+") as stdout,
        tempfile.TemporaryFile("w+") as stderr,
    ):
        began = time.perf_counter()
        process = subprocess.Popen(command, cwd=folder, env=environment, stdout=stdout, stderr=stderr)
        watch = _Watch(process.pid) if contender.has_children else None
        _, status, used = os.wait4(process.pid, 0)  # process.wait() would not tell the memory of this one process
        seconds = time.perf_counter() - began
        process.returncode = os.waitstatus_to_exitcode(status)
        peak = used.ru_maxrss / (1e6 if sys.platform == "darwin" else 1e3) if watch is None else watch.stop()
        stdout.seek(0)
        stderr.seek(0)
        said, complaint = stdout.read(), stderr.read()
        if process.returncode != contender.status:
            sys.exit(f"{complaint}\n{' '.join(command)}: exit status {process.returncode}, not {contender.status}")
        return Measured(seconds, peak, contender.receipt_of(Path(folder), said), complaint)


def take_turns(title: str, contenders: Mapping[str, Contender], rounds: int) -> dict[str, list[Measured]]:
    results: dict[str, list[Measured]] = {name: [] for name in contenders}
    for number in range(1, rounds + 1):
        for name, contender in contenders.items():
            print(f"{title}, round {number} of {rounds}: {name}", file=sys.stderr, flush=True)
            results[name].append(measure(contender))
    return results


class _Watch(threading.Thread):
    """Looks ten times a second at the memory of a process and all below it."""

    def __init__(self, pid: int) -> None:
        super().__init__(daemon=True)
        self.pid, self.peak, self.over = pid, 0, threading.Event()
        self.start()

    def run(self) -> None:
        while not self.over.wait(SECONDS_BETWEEN_LOOKS):
            self.peak = max(self.peak, _resident_bytes(self.pid))

    def stop(self) -> float:
        """The peak, in MB; not a number where there is no /proc to look at."""
        self.over.set()
        self.join()
        return self.peak / 1e6 if self.peak else math.nan


def _resident_bytes(pid: int) -> int:
    """Of the process and its descendants together. What they share is counted in each, so this is an upper bound."""
    pids, pages = [pid], 0
    for one in pids:  # which grows
        folder = Path(f"/proc/{one}")
        try:
            pages += int((folder / "statm").read_text().split()[1])
            for children in folder.glob("task/*/children"):
                pids += map(int, children.read_text().split())
        except OSError:  # it has ended since
            continue
    return pages * os.sysconf("SC_PAGE_SIZE")

"""Runs a contender as a process of its own, and measures time and memory.

No file of this folder imports anything heavy at module level: Linux counts a parent's memory towards the peak of its
children, so the measuring process has to stay smaller than any process that it measures.
"""

import functools
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
    """The summary.json of one of our runs, or the last line of a peer; empty if nothing was trained."""
    texts = [file.read_text() for file in folder.glob("outputs/runs/*/*/summary.json")] + said.splitlines()[-1:]
    return json.loads(texts[0]) if texts and texts[0].startswith("{") else {}


@dataclass(frozen=True)
class Contender:
    """The arguments for Python and the expected exit status.

    ``receipt_of`` reads the result from the working folder and the printed output. ``has_children`` includes the memory
    of child processes.
    """

    arguments: tuple[str, ...]
    status: int = 0
    environment: Mapping[str, str] = field(default_factory=dict)
    receipt_of: Callable[[Path, str], Receipt] = receipt_of_run
    has_children: bool = False


@dataclass(frozen=True)
class Measured:
    """A measured process. ``receipt`` describes its training, with the keys of a run's receipt."""

    seconds: float
    megabytes: float
    receipt: Receipt
    stderr: str


def peer(name: str, number: int) -> Contender:
    """A peer of ``peers.py`` or ``sweep_peers.py``; ``number`` counts epochs or members."""
    return Contender((str(BENCH), "--peer", name, str(number)))


def measure(contender: Contender) -> Measured:
    """Run a contender and wait until it ends. Exits if it fails."""
    command = [sys.executable, *contender.arguments]
    environment = {**os.environ, "OMP_NUM_THREADS": "1", "HYDRA_FULL_ERROR": "0", **contender.environment}
    folder = tempfile.mkdtemp(dir=_folders().name)
    with (
        tempfile.TemporaryFile("w+") as stdout,
        tempfile.TemporaryFile("w+") as stderr,
    ):
        began = time.perf_counter()
        process = subprocess.Popen(command, cwd=folder, env=environment, stdout=stdout, stderr=stderr)
        watch = _Watch(process.pid) if contender.has_children else None
        _, status, used = os.wait4(process.pid, 0)  # process.wait() does not report the memory of this one process
        seconds = time.perf_counter() - began
        process.returncode = os.waitstatus_to_exitcode(status)
        peak = used.ru_maxrss / (1e6 if sys.platform == "darwin" else 1e3) if watch is None else watch.stop()
        stdout.seek(0)
        stderr.seek(0)
        said, complaint = stdout.read(), stderr.read()
        if process.returncode != contender.status:
            sys.exit(f"{complaint}\n{' '.join(command)}: exit status {process.returncode}, not {contender.status}")
        return Measured(seconds, peak, contender.receipt_of(Path(folder), said), complaint)


@functools.cache
def _folders() -> tempfile.TemporaryDirectory[str]:
    """Where the working folders are, until this process ends: a disk is busy for a while with what was deleted."""
    return tempfile.TemporaryDirectory()


def take_turns(title: str, contenders: Mapping[str, Contender], rounds: int) -> dict[str, list[Measured]]:
    results: dict[str, list[Measured]] = {name: [] for name in contenders}
    for number in range(1, rounds + 1):
        for name, contender in contenders.items():
            print(f"{title}, round {number} of {rounds}: {name}", file=sys.stderr, flush=True)
            results[name].append(measure(contender))
    return results


class _Watch(threading.Thread):
    """Samples the memory of a process and its descendants ten times a second."""

    def __init__(self, pid: int) -> None:
        super().__init__(daemon=True)
        self.pid, self.peak, self.over = pid, 0, threading.Event()
        self.start()

    def run(self) -> None:
        while not self.over.wait(SECONDS_BETWEEN_LOOKS):
            self.peak = max(self.peak, _resident_bytes(self.pid))

    def stop(self) -> float:
        """The peak in MB; NaN if there is no /proc."""
        self.over.set()
        self.join()
        return self.peak / 1e6 if self.peak else math.nan


def _resident_bytes(pid: int) -> int:
    """Of the process and its descendants. Shared pages are counted in each process, so this is an upper bound."""
    pids, pages = [pid], 0
    for one in pids:  # grows during the loop
        folder = Path(f"/proc/{one}")
        try:
            pages += int((folder / "statm").read_text().split()[1])
            for children in folder.glob("task/*/children"):
                pids += map(int, children.read_text().split())
        except OSError:  # it has ended in the meantime
            continue
    return pages * os.sysconf("SC_PAGE_SIZE")

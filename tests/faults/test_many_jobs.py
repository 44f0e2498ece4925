"""Hundreds of jobs in one process: memory, threads, open files and pictures do not grow with their number."""

import sys
import threading
from pathlib import Path

import matplotlib.pyplot as plt
import pytest

from conftest import Program
from faults.tally import Amount, Tally

pytestmark = [pytest.mark.slow, pytest.mark.skipif(sys.platform != "linux", reason="reads /proc")]

LINE = ("-m", "dataset=xor", "epochs=4", "engine=module", "callbacks=[frames]", "report=false")
FULL = ("callbacks=[frames,decision_boundary]", "report=true")
MEGABYTES = 50


def in_use() -> tuple[float, int, int, int]:
    """Megabytes of memory, threads, open files, and figures of pyplot."""
    pages = int(Path("/proc/self/statm").read_text().split()[1])
    return pages * 4096 / 1e6, threading.active_count(), len([*Path("/proc/self/fd").iterdir()]), len(plt.get_fignums())


def test_many_jobs(
    program: Program,
    tmp_path: Path,
    tally: Tally,
    amount: Amount,
) -> None:
    jobs, in_full = amount(12, 500), amount(2, 60)
    assert program(*LINE, *FULL, "seed=range(4)", "hydra.sweep.dir=warm").status == 0
    before = in_use()
    full = program(*LINE, *FULL, f"seed=range({in_full})", "hydra.sweep.dir=full")
    done = program(*LINE, f"seed=range({jobs})", "hydra.sweep.dir=sweep")
    after = in_use()
    grown = after[0] - before[0]
    with tally("memory", "did not grow") as count:
        count.more = f": {grown:+.0f} MB over {jobs} jobs with events, and {in_full} with figures and pages, too"
        count("exit status", (done.status, done.err, full.status, full.err) == (0, "", 0, ""), done.err + full.err)
        count("memory", grown < MEGABYTES, f"{grown:.0f} MB")
        for name, was, now in zip(("threads", "files", "figures"), before[1:], after[1:], strict=True):
            count(name, now <= was, f"{was} before, {now} after")

"""A sweep, or one of its processes, is killed at a random moment, and is completed."""

import os
import random
import signal
import sys
import time
from pathlib import Path

import pytest

from backprop_lab.runs.run import Run
from conftest import Command
from faults.tally import Amount, Tally
from sweep.places.test_local import Sweeping, is_busy, statuses

pytestmark = [pytest.mark.slow, pytest.mark.skipif(sys.platform != "linux", reason="looks for processes under /proc")]

JOBS = 90
LINE = ("dataset=xor", "epochs=400", f"seed=range({JOBS // 3})", "optimizer=sgd,adam,rmsprop",
        "hydra.launcher.compile=false", "hydra.launcher.processes=2")  # fmt: skip


def hashes(folder: Path) -> list[str]:
    return [Run(folder / str(number)).summary["weights_sha256"] for number in range(JOBS)]


def test_killed_sweeps(
    tmp_path: Path,
    command: Command,
    tally: Tally,
    amount: Amount,
) -> None:
    drawn = random.Random(0)
    (tmp_path / "whole").mkdir()
    whole = Sweeping(tmp_path / "whole", *LINE)
    out, err = whole.process.communicate(timeout=300)
    assert whole.process.returncode == 0, (out, err)
    expected = hashes(whole.folder)
    with tally("killed sweeps", "completed to the weights of one that was not, and nothing trained twice") as count:
        for number in range(amount(2, 10)):
            victim = "worker" if number % 2 else "sweep"
            (place := tmp_path / str(number)).mkdir()
            sweeping = Sweeping(place, *LINE)
            sweeping.wait_until(lambda s=sweeping: any(is_busy(worker) for worker in s.workers()))  # type: ignore[misc]
            time.sleep(drawn.uniform(0, 1.5))
            if victim == "sweep":
                sweeping.process.kill()
            else:
                os.kill(drawn.choice(sweeping.workers()), signal.SIGKILL)
            sweeping.process.communicate(timeout=300)
            done = sweeping.finished()
            before = {n: (sweeping.folder / str(n) / "summary.json").stat().st_mtime_ns for n in done}
            completed = command("backprop_lab.sweep", str(sweeping.folder), "--complete")
            after = {n: (sweeping.folder / str(n) / "summary.json").stat().st_mtime_ns for n in done}
            time.sleep(0.5)
            holds = (completed.returncode, completed.stderr, after) == (0, "", before)
            holds = holds and hashes(sweeping.folder) == expected and not sweeping.workers()
            count((victim, len(done)), holds and statuses(sweeping.folder) == ["finished"] * JOBS, completed)

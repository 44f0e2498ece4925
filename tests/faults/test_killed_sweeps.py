"""A sweep is killed at a random moment, and is completed."""

import random
import time
from pathlib import Path

import pytest

from backprop_lab.runs.run import Run
from conftest import Command
from faults.tally import Amount, Tally
from sweep.places.test_local import Sweeping, statuses

pytestmark = pytest.mark.slow

JOBS = 90
LINE = ("dataset=xor", "epochs=400", f"seed=range({JOBS // 3})", "optimizer=sgd,adam,rmsprop",
        "hydra.launcher.threads=2")  # fmt: skip


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
        for number in range(amount(1, 10)):
            (place := tmp_path / str(number)).mkdir()
            sweeping = Sweeping(place, *LINE)
            sweeping.wait_until(lambda s=sweeping: (s.folder / "batches.json").exists())  # type: ignore[misc]
            time.sleep(drawn.uniform(0, 1.0))
            sweeping.process.kill()
            sweeping.process.communicate(timeout=300)
            done = sweeping.finished()
            before = {n: (sweeping.folder / str(n) / "summary.json").stat().st_mtime_ns for n in done}
            completed = command("backprop_lab.sweep", str(sweeping.folder), "--complete")
            after = {n: (sweeping.folder / str(n) / "summary.json").stat().st_mtime_ns for n in done}
            holds = (completed.returncode, completed.stderr, after) == (0, "", before)
            holds = holds and hashes(sweeping.folder) == expected
            count(len(done), holds and statuses(sweeping.folder) == ["finished"] * JOBS, completed)

"""The disk fills up at one moment or another of a run and of a batched sweep."""

import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from backprop_lab.runs.errors import RunError
from backprop_lab.runs.run import Run
from conftest import Command
from experiment.test_full_disk import BATCH, disk, enlarged, filled  # noqa: F401 (disk is a fixture)
from faults.child import training
from faults.tally import Amount, Tally

pytestmark = [
    pytest.mark.slow,
    pytest.mark.skipif(sys.platform != "linux" or os.geteuid() != 0, reason="mounts a small disk"),
]

LINE = ("dataset.n_samples=2000", "epochs=60", "callbacks=[frames,decision_boundary]", "callbacks.frames.count=60")


def test_filling_disks(
    tmp_path: Path,
    disk: Path,  # noqa: F811
    command: Command,
    tally: Tally,
    amount: Amount,
) -> None:
    with tally("full disk", "said so in a line or two, with what is there whole and no temporary file") as count:
        for left in range(0, 480_000, amount(240_000, 20_000)):
            filled(disk, left)
            done = training(tmp_path, *LINE, f"hydra.run.dir={disk}/run").end()
            count(f"run, {left:,} bytes", is_well(done.status, done.err, disk), done)
            for path in sorted((disk / "run").rglob("*"), reverse=True):
                path.rmdir() if path.is_dir() else path.unlink()
            if (disk / "run").exists():
                (disk / "run").rmdir()
        for left in (700_000, 780_000)[: amount(1, 2)]:
            filled(disk, left)
            ended = command("train", *BATCH, f"hydra.sweep.dir={disk}/sweep")
            enlarged(disk)
            completed = command("backprop_lab.sweep", f"{disk}/sweep", "--complete")
            holds = is_well(ended.returncode, ended.stderr, disk) and completed.returncode == 0
            count(f"sweep, {left:,} bytes", holds, (ended, completed))
            (disk / "other").unlink(missing_ok=True)
            shutil.rmtree(disk / "sweep")
            subprocess.run(["mount", "-o", "remount,size=900k", str(disk)], check=True)


def is_well(status: int, said: str, disk: Path) -> bool:  # noqa: F811
    if (status == 1 and said == "") or "Traceback" in said or said.count("\n") > 2 or list(disk.rglob("*.tmp")):
        return False
    try:
        for which in ("last", "best", "previous"):
            for file in disk.rglob(f"{which}.ckpt"):
                Run(file.parents[1], which).state()
    except RunError:
        return False
    return True

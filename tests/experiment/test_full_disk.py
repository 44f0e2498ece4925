"""A full disk costs one line; what is on it stays whole."""

import os
import shutil
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from backprop_lab.runs.run import Run
from conftest import Command
from faults.child import training

pytestmark = [
    pytest.mark.slow,
    pytest.mark.skipif(sys.platform != "linux" or os.geteuid() != 0, reason="mounts a small disk"),
]


@pytest.fixture
def disk(tmp_path: Path) -> Iterator[Path]:
    """A folder on a disk of 900 kB."""
    folder = tmp_path / "disk"
    folder.mkdir()
    if subprocess.run(["mount", "-t", "tmpfs", "-o", "size=900k", "tmpfs", str(folder)], check=False).returncode:
        pytest.skip("may not mount")
    yield folder
    subprocess.run(["umount", "-l", str(folder)], check=True)


def filled(disk: Path, left: int) -> None:
    with (disk / "other").open("wb") as file:
        file.write(bytes(max(shutil.disk_usage(disk).free - left, 0)))


@pytest.mark.parametrize("left", [8_192, 40_960, 120_000])
def test_a_run_on_a_disk_that_fills_up_ends_in_one_line(left: int, disk: Path, tmp_path: Path) -> None:
    filled(disk, left)
    done = training(tmp_path, "dataset.n_samples=2000", "dataset.batch_size=500", "epochs=400", "callbacks=[frames]",
                    "callbacks.frames.count=400", f"hydra.run.dir={disk}/run").end()  # fmt: skip
    assert done.status == 1
    assert len(done.err.splitlines()) == 1, done.err
    assert "No space left on device" in done.err
    assert not list(disk.rglob("*.tmp"))
    run = Run(disk / "run")
    for which in ("last", "best", "previous"):
        if run.checkpoint_file(which).exists():
            Run(run.folder, which).state()


def test_the_writer_of_events_prints_no_traceback(disk: Path, command: Command) -> None:
    """The events alone are too many: the run is complete without them."""
    filled(disk, 400_000)
    done = command("train", "dataset.n_samples=50", "epochs=6000", "engine=module", "callbacks=[]", "report=false",
                   f"hydra.run.dir={disk}/run", "model.hidden=2")  # fmt: skip
    assert "Traceback" not in done.stderr
    assert len(done.stderr.splitlines()) == 1, done.stderr


BATCH = ("-m", "hydra/launcher=batched", "hydra.launcher.threads=2", "dataset=xor",
         "epochs=40", "seed=range(60)")  # fmt: skip


def enlarged(disk: Path) -> None:
    (disk / "other").unlink()
    subprocess.run(["mount", "-o", "remount,size=20m", str(disk)], check=True)


def test_a_batched_sweep_on_a_disk_that_fills_up_loses_no_job(disk: Path, command: Command) -> None:
    filled(disk, 700_000)
    done = command("train", *BATCH, f"hydra.sweep.dir={disk}/sweep")
    assert done.returncode == 1
    assert 1 <= len(done.stderr.splitlines()) <= 2, done.stderr  # of the jobs, and of table and pictures
    assert all("No space left on device" in line for line in done.stderr.splitlines())
    assert not list(disk.rglob("*.tmp"))
    enlarged(disk)
    completed = command("backprop_lab.sweep", f"{disk}/sweep", "--complete")
    assert (completed.returncode, completed.stderr) == (0, "")
    assert {Run(disk / "sweep" / str(number)).status for number in range(60)} == {"finished"}


def test_a_sweep_whose_plan_could_not_be_written_is_none(disk: Path, command: Command) -> None:
    filled(disk, 4_096)
    done = command("train", *BATCH, f"hydra.sweep.dir={disk}/sweep")
    assert (done.returncode, done.stderr.count("\n")) == (1, 1)
    assert "No space left on device" in done.stderr
    enlarged(disk)
    completed = command("backprop_lab.sweep", f"{disk}/sweep", "--complete")
    assert completed.returncode == 2
    assert "not a sweep folder" in completed.stderr
    assert command("train", *BATCH, f"hydra.sweep.dir={disk}/sweep").returncode == 0

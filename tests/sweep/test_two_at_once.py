"""One process at a time trains the jobs of a sweep; a second one says so and does nothing."""

import csv
import os
import re
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from backprop_lab.runs.run import Run
from backprop_lab.sweep.__main__ import main
from backprop_lab.sweep.folder import Sweep
from conftest import Command, Program, environment

ENDLESS = ("dataset=xor", "logger=none", "callbacks=[]", "epochs=2,50_000_000", "log_every_n_epochs=1000000")
LAUNCHERS = {
    "one by one": ("engine=module",),
    "batched": ("hydra/launcher=batched", "hydra.launcher.threads=2"),
}
IN_USE = re.compile(r"error: sweep(/\d)?: .*in use by another process.*\n")


def wait_for(happened: Callable[[], bool], process: "subprocess.Popen[str]") -> None:
    deadline = time.monotonic() + 120
    while not happened():
        assert process.poll() is None, process.communicate()
        assert time.monotonic() < deadline
        time.sleep(0.02)


@pytest.fixture(params=["one by one", pytest.param("batched", marks=pytest.mark.slow)])
def running(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Path]:
    """A sweep whose job 0 is finished and whose job 1 takes until it is stopped."""
    process = subprocess.Popen(
        [sys.executable, "-m", "train", "-m", *ENDLESS, *LAUNCHERS[request.param], "hydra.sweep.dir=sweep"],
        cwd=tmp_path, env=environment(), stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True,
        start_new_session=True,
    )  # fmt: skip
    wait_for(lambda: (tmp_path / "sweep" / "0" / "summary.json").exists(), process)
    wait_for(lambda: Run(tmp_path / "sweep" / "0").status == "finished", process)
    wait_for(lambda: request.param == "batched" or Run(tmp_path / "sweep" / "1").has_begun, process)
    yield tmp_path / "sweep"
    process.send_signal(signal.SIGINT)
    out, err = process.communicate(timeout=60)
    assert process.returncode == 130, err
    assert "1 of 2 jobs did not finish" in out


def state_of(folder: Path) -> dict[str, tuple[int, int]]:
    """The files of a sweep but for those of the job that is being trained."""
    paths = [path for path in folder.rglob("*") if path.is_file() and folder / "1" not in path.parents]
    return {str(path): (path.stat().st_ino, path.stat().st_mtime_ns) for path in paths}


def test_a_running_sweep_is_left_alone(running: Path, command: Command) -> None:
    before = state_of(running)
    for module, *arguments in (
        ("backprop_lab.sweep", "sweep", "--complete"),
        ("train", "resume=sweep/1"),
        ("train", "resume=sweep/0", "epochs=5"),
        ("backprop_lab.sweep", "sweep"),
    ):
        done = command(module, *arguments)
        assert (done.returncode, bool(IN_USE.fullmatch(done.stderr))) == (2, True), (module, done)
    assert re.search(r"job 1  epochs=50000000  (running|queued)$", done.stdout, re.MULTILINE), "the result so far"
    assert state_of(running) == before


def test_of_two_that_complete_a_sweep_one_gives_way(program: Program, tmp_path: Path) -> None:
    assert program("-m", "dataset=xor", "engine=module", "logger=none", "callbacks=[]", "epochs=2", "seed=range(2)",
                   "report=false", "hydra.sweep.dir=sweep").status == 0  # fmt: skip
    folder = tmp_path / "sweep"
    Run(folder / "1").summary_file.unlink()
    with Sweep(folder).locked():
        assert main([str(folder), "--complete"]) == 2
    assert Run(folder / "1").status == "not run"
    assert main([str(folder), "--complete"]) == 0
    assert Run(folder / "1").status == "finished"


@pytest.mark.slow
def test_two_that_start_together_train_nothing_twice(tmp_path: Path, command: Command) -> None:
    batched = ("hydra/launcher=batched", "report=false")
    done = command("train", "-m", *batched, "dataset=xor", "epochs=3", "seed=range(40)", "hydra.sweep.dir=sweep")
    assert done.returncode == 0, done.stderr
    for number in range(5, 40):
        Run(tmp_path / "sweep" / str(number)).summary_file.unlink()
    both = [
        subprocess.Popen(
            [sys.executable, "-m", "backprop_lab.sweep", "sweep", "--complete"],
            cwd=tmp_path, env=environment(), stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True,
        )
        for _ in range(2)
    ]  # fmt: skip
    said = [process.communicate(timeout=120) for process in both]
    assert sorted(process.returncode for process in both) in ([0, 2], [0, 0]), said
    trained = [re.findall(r"batched +(\d+) jobs", out) for out, _ in said]
    assert sorted(trained) == [[], ["35"]], said
    with (tmp_path / "sweep" / "sweep.csv").open(newline="") as file:
        assert [row["status"] for row in csv.DictReader(file)] == ["finished"] * 40
    assert not [path for path in (tmp_path / "sweep").rglob("*.tmp") if os.path.lexists(path)]

"""The processes of a batched sweep: what they are told, and what becomes of the sweep where one of them ends."""

import csv
import os
import re
import shutil
import signal
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path

import pytest

from backprop_lab.runs.run import Run
from conftest import Command, Own, Program, environment, quick_of

BATCHED = ("-m", "hydra/launcher=batched", "report=false")
SMALL = ("dataset.n_samples=100", "epochs=4")


def statuses(folder: Path) -> list[str]:
    with (folder / "sweep.csv").open(newline="") as file:
        return [row["status"] for row in csv.DictReader(file)]


def test_it_says_what_is_trained_together_and_what_is_not(program: Program, tmp_path: Path) -> None:
    done = program(*BATCHED, *SMALL, "engine=lightning,by_hand", "seed=range(3)", "hydra.sweep.dir=sweep")
    assert done.status == 0, done.err
    assert re.search(r"^batched    3 jobs in 1 group, 1 chunk of up to 256 members, 1 process$", done.out, re.MULTILINE)
    assert "not compiled, on cpu: too little work to pay off" in done.out
    assert "alone      3 jobs, because engine=by_hand is not batched" in done.out
    assert statuses(tmp_path / "sweep") == ["finished"] * 6
    assert all((tmp_path / "sweep" / str(n) / "train.log").exists() == (n >= 3) for n in range(6))


@pytest.mark.slow
@pytest.mark.skipif(sys.platform == "win32", reason="the broken compiler is a shell script")
def test_where_compiling_fails_it_is_computed_without(tmp_path: Path) -> None:
    broken = tmp_path / "broken"
    broken.write_text("#!/bin/sh\nexit 1\n")
    broken.chmod(0o755)
    done = subprocess.run(
        [sys.executable, "-m", "train", *BATCHED, *SMALL, "seed=0,1", "hydra.launcher.compile=true",
         "hydra.sweep.dir=sweep"],
        cwd=tmp_path, capture_output=True, text=True,
        env={**os.environ, "CXX": str(broken), "TORCHINDUCTOR_CACHE_DIR": str(tmp_path / "cache")},
    )  # fmt: skip
    assert done.returncode == 0, done.stderr
    (said,) = done.stderr.splitlines()
    assert (
        "compiling failed, trained without it (InductorError: InvalidCxxCompiler: No working C++ compiler found" in said
    )
    assert statuses(tmp_path / "sweep") == ["finished"] * 2


class Sweeping:
    """A batched sweep in a process of its own."""

    def __init__(self, folder: Path, *arguments: str) -> None:
        self.folder = folder / "sweep"
        self.process = subprocess.Popen(
            [sys.executable, "-m", "train", *BATCHED, *arguments, f"hydra.sweep.dir={self.folder}"],
            cwd=folder, env=environment(), stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True,
            start_new_session=True,
        )  # fmt: skip

    def wait_until(self, happened: Callable[[], bool]) -> None:
        deadline = time.monotonic() + 120
        while not happened():
            assert self.process.poll() is None, self.process.communicate()
            assert time.monotonic() < deadline
            time.sleep(0.02)

    def finished(self) -> list[int]:
        return [int(path.parent.name) for path in self.folder.glob("*/summary.json")]

    def workers(self) -> list[int]:
        """The processes of its session whose parent is the server that forks for it."""
        parents: dict[int, int] = {}
        for path in Path("/proc").glob("[0-9]*/stat"):
            try:
                _, parent, _, session = path.read_text().rpartition(")")[2].split()[:4]
            except OSError:
                continue
            if int(session) == self.process.pid:
                parents[int(path.parent.name)] = int(parent)
        servers = {pid for pid, parent in parents.items() if parent == self.process.pid}
        return [pid for pid, parent in parents.items() if parent in servers]


# Two groups: one that is done in a moment, and one that takes until it is stopped.
QUICK_AND_ENDLESS = ("dataset=xor", "epochs=2,5_000_000", "log_every_n_epochs=1000000", "seed=range(3)",
                     "hydra.launcher.processes=1", "hydra.launcher.compile=false")  # fmt: skip


@pytest.mark.skipif(sys.platform != "linux", reason="looks for processes under /proc")
@pytest.mark.parametrize(
    ("signum", "status"), [(signal.SIGINT, 130), pytest.param(signal.SIGTERM, 143, marks=pytest.mark.slow)]
)
def test_a_signal_leaves_the_finished_part_and_says_what_is_missing(
    tmp_path: Path, signum: signal.Signals, status: int
) -> None:
    sweeping = Sweeping(tmp_path, *QUICK_AND_ENDLESS, "hydra.launcher.processes=2")
    sweeping.wait_until(lambda: len(sweeping.finished()) == 3)
    os.killpg(sweeping.process.pid, signum) if signum == signal.SIGINT else sweeping.process.send_signal(signum)
    out, err = sweeping.process.communicate(timeout=60)
    assert sweeping.process.returncode == status, err
    assert err == ""
    assert sorted(statuses(sweeping.folder)) == ["finished"] * 3 + ["not run"] * 3
    assert "3 of 6 jobs did not finish:" in out
    assert "--complete" in out.splitlines()[-1]
    deadline = time.monotonic() + 10
    while sweeping.workers() and time.monotonic() < deadline:
        time.sleep(0.05)
    assert not sweeping.workers()


@pytest.mark.slow
@pytest.mark.skipif(sys.platform != "linux", reason="looks for processes under /proc")
def test_workers_end_with_a_parent_that_is_killed(tmp_path: Path) -> None:
    sweeping = Sweeping(tmp_path, *QUICK_AND_ENDLESS, "hydra.launcher.processes=2")
    sweeping.wait_until(lambda: len(sweeping.finished()) == 3)
    assert sweeping.workers()
    sweeping.process.kill()
    sweeping.process.communicate()
    deadline = time.monotonic() + 10
    while sweeping.workers() and time.monotonic() < deadline:
        time.sleep(0.05)
    assert not sweeping.workers()


@pytest.mark.skipif(sys.platform != "linux", reason="looks for processes under /proc")
def test_a_worker_that_is_killed_once_costs_no_job(tmp_path: Path) -> None:
    """As somebody does by hand, or the system for want of memory that another program took."""
    sweeping = Sweeping(tmp_path, "dataset=xor", "epochs=8_000", "log_every_n_epochs=8000", "seed=range(3)",
                        "hydra.launcher.compile=false")  # fmt: skip
    sweeping.wait_until(lambda: len(sweeping.workers()) == 1 and is_busy(sweeping.workers()[0]))
    os.kill(sweeping.workers()[0], signal.SIGKILL)
    out, err = sweeping.process.communicate(timeout=120)
    assert (sweeping.process.returncode, err) == (0, ""), out
    assert statuses(sweeping.folder) == ["finished"] * 3


DEADLY = """
    import os
    import signal

    from backprop_lab.options.rules import whole

    KNOBS = {"deadly": whole("1 ends the process", 0, 1)}

    def sample(n, generator, *, deadly):
        if deadly:
            DEED
        x = generator.uniform(-1, 1, (n, 2))
        return x, (x[:, 0] > 0).astype(float)
"""
DEADLY_YAML = "defaults: [_base_]\nname: deadly\ntask: binary\nn_samples: 100\ndeadly: 0\n"
KILLS = "os.kill(os.getpid(), signal.SIGKILL)"


@pytest.mark.parametrize("deed", quick_of([KILLS, "os._exit(0)", "os._exit(3)"], KILLS))
def test_a_job_that_ends_its_process_costs_itself_alone(deed: str, tmp_path: Path, own: Own, command: Command) -> None:
    """The others of its chunk are trained, it alone is named, and completing does not repeat it on the others."""
    mine = own("dataset", "deadly", DEADLY.replace("DEED", deed), DEADLY_YAML)
    line = ("dataset=deadly", "epochs=3", "optimizer.lr=range(1,6)", "seed=range(2)", "hydra.sweep.dir=sweep")
    assert command("train", f"--config-dir={mine}", *BATCHED, *line).returncode == 0
    folder = tmp_path / "sweep"
    expected = [Run(folder / str(n)).summary["weights_sha256"] for n in range(10)]
    for number in range(1, 10):
        run = Run(folder / str(number))
        if number in (3, 4):
            run.write_config({**run.config, "dataset": {**run.config["dataset"], "deadly": 1}})
        run.remove_receipt()

    for again in range(2):
        others = [Run(folder / str(n)).summary_file for n in range(10) if n not in (3, 4)] if again else []
        before = [file.stat().st_mtime_ns for file in others]
        done = command("backprop_lab.sweep", f"--config-dir={mine}", "sweep", "--complete")
        assert (done.returncode, done.stderr) == (1, "")
        assert statuses(folder) == ["finished"] * 3 + ["failed"] * 2 + ["finished"] * 5
        assert done.stdout.count("its worker process ended with status ") == 2
        assert [file.stat().st_mtime_ns for file in others] == before
    for number in set(range(10)) - {3, 4}:
        assert Run(folder / str(number)).summary["weights_sha256"] == expected[number]
    reason = Run(folder / "3").summary["error"]
    assert reason.endswith({KILLS: "status -9 (SIGKILL)", "os._exit(0)": "status 0", "os._exit(3)": "status 3"}[deed])


def is_busy(pid: int) -> bool:
    """Whether a process has been computing for longer than it takes to start."""
    try:
        fields = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
    except OSError:
        return False
    return int(fields[11]) / os.sysconf("SC_CLK_TCK") > 0.5


def test_the_light_modules_load_no_torch() -> None:
    """The parent of the workers stays small, and a wrong key is answered in a moment."""
    code = (
        "import sys, hydra_plugins.lab.batched_launcher, backprop_lab.sweep.places.local, backprop_lab.sweep.plan;"
        "print('torch' in sys.modules)"
    )
    assert subprocess.check_output([sys.executable, "-c", code], text=True).strip() == "False"


@pytest.mark.slow
@pytest.mark.skipif(shutil.which("g++") is None, reason="compiles")
def test_a_broken_cache_costs_a_line(tmp_path: Path) -> None:
    (tmp_path / "cache").touch()
    (temporary := tmp_path / "temporary").mkdir()
    done = subprocess.run(
        [sys.executable, "-m", "train", *BATCHED, *SMALL, "seed=0,1", "hydra.launcher.compile=true",
         "hydra.sweep.dir=sweep"],
        cwd=tmp_path, capture_output=True, text=True,
        env=environment(TORCHINDUCTOR_CACHE_DIR=str(tmp_path / "cache"), XDG_CACHE_HOME=str(tmp_path / "caches"),
                        TMPDIR=str(temporary)),
    )  # fmt: skip
    assert done.returncode == 0, done.stderr
    assert done.stderr.splitlines() == [
        f"error: {tmp_path / 'cache'}: no cache for compiled programs (File exists); another one is used"
    ]
    assert list((tmp_path / "caches" / "backprop-lab").iterdir())
    assert list(temporary.iterdir()) == []
    assert statuses(tmp_path / "sweep") == ["finished"] * 2

"""A batched sweep on this machine: what it says, how it ends, and what a job that ends its process costs."""

import csv
import json
import os
import re
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
    assert re.search(r"^batched    3 jobs in 1 group, 1 thread$", done.out, re.MULTILINE)
    assert "           kernel: 3 jobs\n" in done.out
    assert "alone      3 jobs, because engine=by_hand is not batched" in done.out
    assert statuses(tmp_path / "sweep") == ["finished"] * 6
    assert all((tmp_path / "sweep" / str(n) / "train.log").exists() == (n >= 3) for n in range(6))


class Sweeping:
    """A batched sweep in a process of its own, with ``variables`` in its environment."""

    def __init__(self, folder: Path, *arguments: str, **variables: str) -> None:
        self.folder = folder / "sweep"
        self.process = subprocess.Popen(
            [sys.executable, "-m", "train", *BATCHED, *arguments, f"hydra.sweep.dir={self.folder}"],
            cwd=folder, env=environment(**variables), stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True,
            start_new_session=True,
        )  # fmt: skip

    def wait_until(self, happened: Callable[[], object]) -> None:
        deadline = time.monotonic() + 120
        while not happened():
            assert self.process.poll() is None, self.process.communicate()
            assert time.monotonic() < deadline
            time.sleep(0.02)

    def finished(self) -> list[int]:
        return [int(path.parent.name) for path in self.folder.glob("*/summary.json")]

    def end(self) -> tuple[int, str, str]:
        """Exit status, and what it has printed."""
        out, err = self.process.communicate(timeout=240)
        return self.process.returncode, out, err


# Two groups: one that is done in a moment, and one that takes until it is stopped.
QUICK_AND_ENDLESS = ("dataset=xor", "epochs=2,5_000_000", "log_every_n_epochs=1000000", "seed=range(3)",
                     "hydra.launcher.threads=1")  # fmt: skip


@pytest.mark.parametrize(
    ("signum", "status"), [(signal.SIGINT, 130), pytest.param(signal.SIGTERM, 143, marks=pytest.mark.slow)]
)
def test_a_signal_leaves_the_finished_part_and_says_what_is_missing(
    tmp_path: Path, signum: signal.Signals, status: int
) -> None:
    sweeping = Sweeping(tmp_path, *QUICK_AND_ENDLESS, "hydra.launcher.threads=2")
    sweeping.wait_until(lambda: len(sweeping.finished()) == 3)
    os.killpg(sweeping.process.pid, signum) if signum == signal.SIGINT else sweeping.process.send_signal(signum)
    out, err = sweeping.process.communicate(timeout=60)
    assert sweeping.process.returncode == status, err
    assert err == ""
    assert sorted(statuses(sweeping.folder)) == ["finished"] * 3 + ["not run"] * 3
    assert "3 of 6 jobs did not finish:" in out
    assert "--complete" in out.splitlines()[-1]


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


@pytest.mark.parametrize("deed", quick_of([KILLS, "os._exit(0)"], KILLS))
def test_a_job_that_ends_its_process_costs_itself_alone(deed: str, tmp_path: Path, own: Own, command: Command) -> None:
    """The others of its chunk are trained, it alone is named, and completing does not repeat it on the others."""
    mine = own("dataset", "deadly", DEADLY.replace("DEED", deed), DEADLY_YAML)
    line = ("dataset=deadly", "epochs=3", "optimizer.lr=range(1,6)", "seed=range(2)", "hydra.sweep.dir=sweep")
    assert command("train", f"--config-dir={mine}", *BATCHED, *line).returncode == 0
    folder = tmp_path / "sweep"
    expected = [Run(folder / str(n)).summary["weights_sha256"] for n in range(10)]
    first, *jobs = [json.loads(line) for line in (folder / "plan.jsonl").read_text().splitlines()]
    for number in (3, 4):
        jobs[number]["config"]["dataset"] = {**first["config"]["dataset"], "deadly": 1}
    (folder / "plan.jsonl").write_text("".join(f"{json.dumps(line)}\n" for line in (first, *jobs)))
    for number in range(1, 10):
        Run(folder / str(number)).remove_receipt()

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


WITHOUT_NUMBA = """
import sys
sys.modules["numba"] = sys.modules["llvmlite"] = None
import train
sys.argv = ["train", *sys.argv[1:]]
train.main()
"""


def test_without_numba_everything_is_trained_by_vmap(tmp_path: Path) -> None:
    arguments = [*BATCHED, *SMALL, "seed=range(3)", "hydra.sweep.dir=sweep"]
    done = subprocess.run(
        [sys.executable, "-c", WITHOUT_NUMBA, *arguments], cwd=tmp_path, env=environment(), capture_output=True,
        text=True, timeout=120, check=False,
    )  # fmt: skip
    assert (done.returncode, done.stderr) == (0, "")
    assert "vmap on cpu: 3 jobs, because numba is not installed\n" in done.stdout
    assert statuses(tmp_path / "sweep") == ["finished"] * 3


def test_the_light_modules_load_no_torch() -> None:
    """The parent of the workers stays small, and a wrong key is answered in a moment."""
    code = (
        "import sys, hydra_plugins.lab.batched_launcher, backprop_lab.sweep.places.local, backprop_lab.sweep.plan;"
        "print('torch' in sys.modules)"
    )
    assert subprocess.check_output([sys.executable, "-c", code], text=True).strip() == "False"


def test_a_cache_that_cannot_be_used_costs_a_line(tmp_path: Path) -> None:
    """The kernel is compiled anew, and trains the same."""
    (tmp_path / "caches").mkdir()
    (tmp_path / "caches" / "backprop-lab").touch()
    for folder, caches in (("sweep", tmp_path / "caches"), ("usual", None)):
        done = subprocess.run(
            [sys.executable, "-m", "train", *BATCHED, *SMALL, "seed=0,1", f"hydra.sweep.dir={folder}"],
            cwd=tmp_path, capture_output=True, text=True,
            env=environment(**({"XDG_CACHE_HOME": str(caches)} if caches else {})),
        )  # fmt: skip
        assert done.returncode == 0, done.stderr
        assert len(done.stderr.splitlines()) == (caches is not None)
        if caches:
            (line,) = done.stderr.splitlines()
            assert line.startswith(f"error: {caches / 'backprop-lab'}: no cache for compiled programs (")
            assert line.endswith("; the kernel is compiled anew each time")
        assert statuses(tmp_path / folder) == ["finished"] * 2
    hashes = [Run(tmp_path / folder / "1").summary["weights_sha256"] for folder in ("sweep", "usual")]
    assert hashes[0] == hashes[1]

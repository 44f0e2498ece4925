"""``hydra/launcher=batched``: a thousand jobs leave what each would have left alone, whatever becomes of the others."""

import csv
import json
import os
import re
import signal
import subprocess
import sys
import time
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from hydra.core.plugins import Plugins
from hydra.plugins.sweeper import Sweeper

from backprop_lab import evaluate
from backprop_lab.runs.run import Run
from backprop_lab.sweep.__main__ import main as sweep_main
from backprop_lab.sweep.batch import chunk
from backprop_lab.sweep.folder import Sweep
from backprop_lab.sweep.places import worker
from backprop_lab.sweep.places.local import Job, Order
from backprop_lab.sweep.plan import Chunk
from backprop_lab.training.task import Points, points_of
from conftest import Program, configured, environment
from hydra_plugins.lab.batched_launcher import BatchedLauncher

BATCHED = ("-m", "hydra/launcher=batched", "report=false")
SMALL = ("dataset.n_samples=100", "epochs=4")


def statuses(folder: Path) -> list[str]:
    with (folder / "sweep.csv").open(newline="") as file:
        return [row["status"] for row in csv.DictReader(file)]


def files_of(run: Run) -> set[str]:
    return {str(path.relative_to(run.folder)) for path in run.folder.rglob("*") if path.is_file()}


# -- what a job leaves ------------------------------------------------------------------------------------------------


def test_a_batched_job_leaves_what_it_would_have_left_alone(program: Program, tmp_path: Path) -> None:
    jobs = (*SMALL, "precision=64", "optimizer.lr=0.1,0.5", "optimizer.momentum=0,0.9", "seed=1,2")
    alone = ("logger=none", "callbacks=[frames]", "engine=module")
    assert program(*BATCHED, *jobs, "hydra.sweep.dir=together").status == 0
    assert program("-m", *jobs, *alone, "report=false", "hydra.sweep.dir=alone").status == 0
    for number in range(8):
        mine, theirs = Run(tmp_path / "together" / str(number)), Run(tmp_path / "alone" / str(number))
        assert files_of(mine) == files_of(theirs) - {"train.log", "checkpoints/previous.ckpt"}
        receipt, expected = mine.summary, theirs.summary
        assert receipt.keys() == expected.keys()
        for key in (
            "status",
            "epochs",
            "steps",
            "seed",
            "parameters",
            "data_sha256",
            "versions",
            "git_commit",
            "error",
        ):
            assert receipt[key] == expected[key]
        assert receipt["metrics"] == pytest.approx(expected["metrics"], abs=1e-12)
        assert list(receipt["metrics"]) == list(expected["metrics"])
        assert receipt["best"] == pytest.approx(expected["best"], abs=1e-12)
        assert 0 < receipt["fit_seconds"] <= receipt["seconds"]
        assert receipt["weights_sha256"] == mine.state().weights_sha256
        history, others = mine.metrics(), theirs.metrics()
        assert list(history) == list(others)
        for name, column in history.items():
            assert column == pytest.approx(others[name], abs=1e-12)
        assert [(f.epoch, f.step) for f in mine.frames()] == [(f.epoch, f.step) for f in theirs.frames()]
        assert mine.state().optimizer.keys() == theirs.state().optimizer.keys()
        for which in ("last", "best"):
            states = [Run(run.folder, which).state() for run in (mine, theirs)]
            assert states[0].epoch == states[1].epoch
            for name, weight in states[1].weights.items():
                assert np.abs(states[0].weights[name] - weight).max() < 1e-12


def test_a_batched_job_can_be_evaluated_and_resumed(
    program: Program, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    done = program(*BATCHED, *SMALL, "optimizer.momentum=0.9", "seed=range(2)", "hydra.sweep.dir=sweep")
    assert done.status == 0
    folder = tmp_path / "sweep" / "1"
    assert evaluate.main([f"run={folder}", f"to={tmp_path}"]) == 0  # the stored metrics, bit for bit
    probabilities = Run(folder).predict([[0.0, 0.0], [0.9, 0.9]])
    assert ((probabilities > 0) & (probabilities < 1)).all()

    assert program(f"resume={folder}", "epochs=6").status == 0
    assert program(*SMALL, "epochs=6", "seed=1", "optimizer.momentum=0.9", "logger=none", "callbacks=[frames]",
                   "report=false", "hydra.run.dir=whole").status == 0  # fmt: skip
    resumed, whole = Run(folder), Run(tmp_path / "whole")
    assert resumed.summary["epochs"] == 6
    assert list(resumed.metrics()["epoch"]) == [1, 2, 3, 4, 5, 6]
    for name, weight in whole.state().weights.items():
        assert resumed.state().weights[name] == pytest.approx(weight, abs=1e-5)


def test_figures_and_tensorboard_are_there_when_they_are_typed(program: Program, tmp_path: Path) -> None:
    assert program(*BATCHED, *SMALL, "seed=range(2)", "hydra.sweep.dir=plain").status == 0
    assert not (tmp_path / "plain" / "0" / "figures").exists()
    assert not (tmp_path / "plain" / "0" / "tensorboard").exists()
    typed = ("logger=tensorboard", "callbacks=[frames,decision_boundary,training_curves]")
    assert program(*BATCHED, *SMALL, *typed, "seed=range(2)", "hydra.sweep.dir=asked").status == 0
    figures = {path.name for path in (tmp_path / "asked" / "0" / "figures").iterdir()}
    assert figures == {"decision_boundary.png", "training_curves.png"}
    from tensorboard.backend.event_processing.event_accumulator import EventAccumulator

    events = EventAccumulator(str(tmp_path / "asked" / "0" / "tensorboard"))
    events.Reload()
    rows = [(event.step, event.value) for event in events.Scalars("val_loss")]
    history = Run(tmp_path / "asked" / "0").metrics()
    losses = zip(history["epoch"], history["val_loss"], strict=True)
    assert rows == [(epoch, pytest.approx(loss)) for epoch, loss in losses]


def test_a_page_for_each_job_is_there_when_it_is_asked_for(program: Program, tmp_path: Path) -> None:
    assert program("-m", "hydra/launcher=batched", *SMALL, "report=true", "seed=0,1", "hydra.sweep.dir=s").status == 0
    assert all(Run(tmp_path / "s" / number).report_file.is_file() for number in "01")
    assert program("-m", "hydra/launcher=batched", *SMALL, "seed=0,1", "hydra.sweep.dir=auto").status == 0
    assert not Run(tmp_path / "auto" / "0").report_file.exists()
    assert Sweep(tmp_path / "auto").report_file.is_file()


# -- what is said, and what is refused --------------------------------------------------------------------------------


def test_it_says_what_is_trained_together_and_what_is_not(program: Program, tmp_path: Path) -> None:
    done = program(*BATCHED, *SMALL, "engine=lightning,by_hand", "seed=range(3)", "hydra.sweep.dir=sweep")
    assert done.status == 0, done.err
    assert re.search(r"^batched    3 jobs in 1 group, 1 chunk of up to 256 members, 1 process$", done.out, re.MULTILINE)
    assert "not compiled, on cpu: the work would not repay it" in done.out
    assert "alone      3 jobs, because engine=by_hand is not batched" in done.out
    assert statuses(tmp_path / "sweep") == ["finished"] * 6
    assert all((tmp_path / "sweep" / str(n) / "train.log").exists() == (n >= 3) for n in range(6))


@pytest.mark.parametrize(
    ("wrong", "said"),
    [
        ("hydra.launcher.compile=often", "hydra.launcher.compile: got often; allowed: auto, true or false"),
        ("hydra.launcher.processes=0", "hydra.launcher.processes: got 0; allowed: auto, or a whole number from 1"),
        ("optimizer.lr=0.1,-1", "optimizer.lr: got -1; allowed: a number above 0"),
    ],
)
def test_wrong_input_is_refused_before_anything_is_made(
    program: Program, tmp_path: Path, wrong: str, said: str
) -> None:
    done = program(*BATCHED, wrong, "hydra.sweep.dir=sweep")
    assert done.status == 2
    assert said in done.err
    assert len(done.err.strip().splitlines()) == 1
    assert not (tmp_path / "sweep").exists()


# -- what goes wrong --------------------------------------------------------------------------------------------------


def test_a_job_that_diverges_is_listed_and_changes_no_other(program: Program, tmp_path: Path) -> None:
    line = ("dataset=linear", "model=single_layer", "epochs=100")
    done = program(*BATCHED, *line, "optimizer.lr=0.01,10,0.02", "hydra.sweep.dir=sweep")
    assert done.status == 1
    assert statuses(tmp_path / "sweep") == ["finished", "diverged", "finished"]
    assert "1 of 3 jobs did not finish:" in done.out
    diverged = Run(tmp_path / "sweep" / "1")
    assert "try a lower optimizer.lr" in diverged.summary["error"]
    assert diverged.state().is_finite()
    assert program(*BATCHED, *line, "optimizer.lr=0.01,0.02", "hydra.sweep.dir=healthy").status == 0
    for mine, other in (("0", "0"), ("2", "1")):
        hashes = [Run(tmp_path / folder).summary["weights_sha256"] for folder in (f"sweep/{mine}", f"healthy/{other}")]
        assert hashes[0] == hashes[1]


def order_of(folder: Path, *seeds: int, compiles: bool = False) -> Order:
    config = configured(*SMALL)
    jobs = {seed: Job(Run(folder / str(seed)), replace(config, seed=seed), [f"seed={seed}"]) for seed in seeds}
    for job in jobs.values():
        job.run.write_config({**config.plain, "seed": job.config.seed}, job.overrides)
    return Order(Chunk(list(seeds), 32, compiles, "cpu"), jobs)


@pytest.mark.parametrize("failure", [ValueError("no points today"), SystemExit(0)])
def test_a_job_whose_data_set_fails_does_not_stop_the_others(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, failure: BaseException
) -> None:
    def points(config: Any) -> tuple[Points, Points]:
        if config.seed == 1:
            raise failure
        return points_of(config)

    monkeypatch.setattr(worker, "points_of", points)
    assert worker.carry_out(order_of(tmp_path, 0, 1, 2), lambda steps: None) == ""
    runs = [Run(tmp_path / str(seed)) for seed in range(3)]
    assert [run.status for run in runs] == ["finished", "failed", "finished"]
    assert "no points today" in runs[1].summary["error"] or "sys.exit(0)" in runs[1].summary["error"]
    assert "Traceback" in runs[1].log_file.read_text()


def test_a_chunk_that_fails_says_so_of_each_of_its_jobs(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def fit(*args: Any) -> Any:
        raise MemoryError("32 members are too many")

    monkeypatch.setattr(chunk, "fit", fit)
    worker.carry_out(order_of(tmp_path, 0, 1), lambda steps: None)
    for seed in (0, 1):
        assert Run(tmp_path / str(seed)).status == "failed"
        assert "MemoryError: 32 members are too many" in Run(tmp_path / str(seed)).summary["error"]


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
        "compiling failed, computed without (InductorError: InvalidCxxCompiler: No working C++ compiler found" in said
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
@pytest.mark.parametrize(("signum", "status"), [(signal.SIGINT, 130), (signal.SIGTERM, 143)])
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
def test_a_worker_that_is_killed_costs_its_own_jobs_only(tmp_path: Path) -> None:
    """The long chunk first, whose worker is killed; the short one is then trained by another."""
    sweeping = Sweeping(tmp_path, *QUICK_AND_ENDLESS)
    sweeping.wait_until(lambda: len(sweeping.workers()) == 1 and is_busy(sweeping.workers()[0]))
    os.kill(sweeping.workers()[0], signal.SIGKILL)
    out, err = sweeping.process.communicate(timeout=120)
    assert sweeping.process.returncode == 1, err
    assert err == ""
    assert sorted(statuses(sweeping.folder)) == ["failed"] * 3 + ["finished"] * 3
    assert "the process that trained it ended with status -9" in out


def is_busy(pid: int) -> bool:
    """Whether a process has been computing for longer than it takes to start."""
    try:
        fields = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
    except OSError:
        return False
    return int(fields[11]) / os.sysconf("SC_CLK_TCK") > 0.5


def test_completing_trains_what_is_missing_together(
    program: Program, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert program(*BATCHED, *SMALL, "seed=range(5)", "hydra.sweep.dir=sweep").status == 0
    folder = tmp_path / "sweep"
    kept = Run(folder / "0").summary_file.stat().st_mtime_ns
    expected = [Run(folder / str(n)).summary["weights_sha256"] for n in range(5)]
    for number in (1, 3):
        for path in (folder / str(number)).rglob("*"):
            if path.is_file() and path.parent.name != ".hydra":
                path.unlink()
    Run(folder / "4").write_summary(status="failed", error="by a full disk")
    Run(folder / "4").checkpoint_file("last").unlink()
    capsys.readouterr()
    assert sweep_main([str(folder), "--complete"]) == 0
    assert "batched    3 jobs in 1 group" in capsys.readouterr().out
    assert statuses(folder) == ["finished"] * 5
    assert [Run(folder / str(n)).summary["weights_sha256"] for n in range(5)] == expected
    assert Run(folder / "0").summary_file.stat().st_mtime_ns == kept


def test_a_sweep_that_was_not_batched_is_completed_one_by_one(program: Program, tmp_path: Path) -> None:
    assert program("-m", *SMALL, "engine=module", "logger=none", "callbacks=[]", "report=false", "seed=0",
                   "hydra.sweep.dir=sweep").status == 0  # fmt: skip
    assert not Sweep(tmp_path / "sweep").is_batched
    assert not Sweep(tmp_path).is_batched


# -- with a sweeper that proposes jobs as it goes ---------------------------------------------------------------------


def test_jobs_that_are_proposed_as_one_goes_are_trained_and_wrong_ones_are_infinitely_bad(
    program: Program, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """As Optuna's sweeper does: batches of jobs that nobody has checked, whose values decide what comes next."""
    # The class that Hydra's discovery has made: it runs the modules of its plugins again.
    BasicSweeper = next(plugin for plugin in Plugins.instance().discover(Sweeper) if plugin.__name__ == "BasicSweeper")
    values: list[float] = []

    def sweep(self: Any, arguments: list[str]) -> None:
        folder = Path(self.config.hydra.sweep.dir)
        folder.mkdir(parents=True)
        for number, lr in enumerate(("0.1", "-1", "0.5")):
            (done,) = self.launcher.launch([[*arguments, f"optimizer.lr={lr}"]], initial_job_idx=number)
            values.append(done.return_value)

    monkeypatch.setattr(BasicSweeper, "sweep", sweep)
    done = program(*BATCHED, *SMALL, "hydra/sweeper=basic", "hydra.sweep.dir=sweep")
    assert done.status == 1, done.err
    assert values[1] == float("inf")
    assert values[0] == Run(tmp_path / "sweep" / "0").summary["metrics"]["val_loss"]
    assert values[2] == Run(tmp_path / "sweep" / "2").summary["metrics"]["val_loss"] != values[0]
    assert statuses(tmp_path / "sweep") == ["finished", "failed", "finished"]
    assert "optimizer.lr: got -1" in Run(tmp_path / "sweep" / "1").summary["error"]


def test_the_light_modules_load_no_torch() -> None:
    """The parent of the workers stays small, and a wrong key is answered in a moment."""
    code = (
        "import sys, hydra_plugins.lab.batched_launcher, backprop_lab.sweep.batched, backprop_lab.sweep.plan;"
        "print('torch' in sys.modules)"
    )
    assert subprocess.check_output([sys.executable, "-c", code], text=True).strip() == "False"
    assert json.dumps(BatchedLauncher().compile) == "null"

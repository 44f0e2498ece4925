"""``hydra/launcher=batched``: what it refuses, and jobs that nobody has checked before."""

import csv
import re
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
from hydra.core.plugins import Plugins
from hydra.plugins.sweeper import Sweeper

from backprop_lab.runs.run import Run
from conftest import Command, Program, environment

BATCHED = ("-m", "hydra/launcher=batched", "report=false")
SMALL = ("dataset.n_samples=100", "epochs=4")


def statuses(folder: Path) -> list[str]:
    with (folder / "sweep.csv").open(newline="") as file:
        return [row["status"] for row in csv.DictReader(file)]


@pytest.mark.parametrize(
    ("wrong", "said"),
    [
        ("hydra.launcher.compile=often", "hydra.launcher.compile: got often; allowed: auto, true or false"),
        ("hydra.launcher.processes=0", "hydra.launcher.processes: got 0; allowed: auto, or a whole number from 1"),
        ("hydra.launcher.threads=0", "hydra.launcher.threads: got 0; allowed: auto, or a whole number from 1"),
        ("hydra.launcher.threads=many", "hydra.launcher.threads: got many; allowed: auto, or a whole number from 1"),
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


def test_keys_of_earlier_versions_cost_a_line_each(program: Program, tmp_path: Path) -> None:
    line = ("hydra.launcher.compile=false", "hydra.launcher.processes=1")
    done = program(*BATCHED, *SMALL, "seed=range(40)", *line, "hydra.sweep.dir=sweep")
    assert (done.status, done.err) == (0, "")
    said = done.out.splitlines()
    assert said[0] == "hydra.launcher.processes is now hydra.launcher.threads"
    assert said[1] == "hydra.launcher.compile has no effect any more: nothing is compiled for a sweep"
    assert said[2] == "batched    40 jobs in 1 group, 1 thread"
    assert statuses(tmp_path / "sweep") == ["finished"] * 40


def test_jobs_that_are_proposed_as_one_goes_are_trained_and_wrong_ones_are_infinitely_bad(
    program: Program, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """As Optuna's sweeper does: batches of jobs that nobody has checked, whose values decide what comes next."""
    # The class that Hydra's discovery has made: it runs the modules of its plugins again.
    BasicSweeper = next(plugin for plugin in Plugins.instance().discover(Sweeper) if plugin.__name__ == "BasicSweeper")
    values: list[float] = []

    def sweep(self: Any, arguments: list[str]) -> None:
        folder = Path(self.config.hydra.sweep.dir)
        folder.mkdir(parents=True, exist_ok=True)
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


HEARD = """
from hydra.core.hydra_config import HydraConfig
from hydra.experimental.callback import Callback

class Listens(Callback):
    def on_job_start(self, config, *, task_function, **kwargs):
        self.say("start", config, task_function.__name__)

    def on_job_end(self, config, job_return, **kwargs):
        self.say("end", config, job_return.status.name, job_return.cfg.seed, job_return.hydra_cfg.hydra.job.num,
                 job_return.task_name, job_return.overrides[-1], bool(job_return.working_dir),
                 job_return.return_value < 9)

    def say(self, what, config, *more):
        folder = HydraConfig.get().runtime.output_dir.rsplit("/", 2)[1:]
        with open("heard", "a") as file:
            print(what, config.seed, config.hydra.job.num, *folder, *more, file=file)
"""


@pytest.mark.slow
def test_hydras_callbacks_hear_of_batched_jobs_what_they_hear_of_others(tmp_path: Path, command: Command) -> None:
    (tmp_path / "listening.py").write_text(HEARD)
    heard = {}
    for launcher in ("basic", "batched"):
        done = command("train", "-m", *SMALL, f"hydra/launcher={launcher}", "engine=module,by_hand", "seed=3,4",
                       "logger=none", "callbacks=[]", "report=false", f"hydra.sweep.dir={launcher}",
                       "+hydra.callbacks.listening._target_=listening.Listens")  # fmt: skip
        assert done.returncode == 0, done.stderr
        heard[launcher] = (tmp_path / "heard").read_text().replace(launcher, "sweep").splitlines()
        (tmp_path / "heard").unlink()
    assert len(heard["basic"]) == 8
    assert sorted(heard["batched"]) == sorted(heard["basic"])


COUNTED = """
import runpy
import sys

from hydra._internal.config_loader_impl import ConfigLoaderImpl

composed = ConfigLoaderImpl.load_sweep_config
count = 0


def counted(*given, **more):
    global count
    count += 1
    return composed(*given, **more)


ConfigLoaderImpl.load_sweep_config = counted
try:
    runpy.run_module("train", run_name="__main__", alter_sys=True)
finally:
    print("composed", count)
"""


def test_hydra_composes_no_job_if_nobody_listens(tmp_path: Path) -> None:
    """A job takes Hydra a quarter of a second, a hundred times as long as its training."""
    line = ["-m", "hydra/launcher=batched", "dataset=xor", "epochs=2", "report=false", "seed=range(20)"]
    done = subprocess.run(
        [sys.executable, "-c", COUNTED, *line, "hydra.sweep.dir=sweep"],
        cwd=tmp_path, env=environment(), capture_output=True, text=True, check=True,
    )  # fmt: skip
    (said,) = re.findall(r"composed (\d+)", done.stdout)
    assert int(said) <= 2

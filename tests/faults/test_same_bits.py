"""What must not change a number: threads, folder, language, hashing, processor, a busy machine, neighbours."""

import os
import subprocess
import sys
from pathlib import Path

import pytest

from backprop_lab.runs.run import Run
from conftest import environment
from faults.tally import Amount, Tally

pytestmark = pytest.mark.slow

LINE = ("dataset=moons", "model.hidden=[16,8]", "optimizer=adam", "epochs=5", "seed=3", "callbacks=[]", "logger=none",
        "report=false")  # fmt: skip
AROUND: dict[str, dict[str, str]] = {
    "one thread": {"OMP_NUM_THREADS": "1"},
    "two threads": {"OMP_NUM_THREADS": "2", "MKL_NUM_THREADS": "2"},
    "another language": {"LC_ALL": "C", "PYTHONUTF8": "0"},
    "hashing": {"PYTHONHASHSEED": "7"},
    "a bare environment": {"HOME": "", "MPLBACKEND": "", "DISPLAY": ""},
    "optimized": {"PYTHONOPTIMIZE": "1"},
}
BATCHED = ("hydra/launcher=batched",)


def trained(folder: Path, *arguments: str, **variables: str) -> None:
    subprocess.run([sys.executable, "-m", "train", *LINE, *arguments], cwd=folder, env=environment(**variables),
                   check=True, capture_output=True, timeout=300)  # fmt: skip


def weights(folder: Path) -> str:
    return str(Run(folder).summary["weights_sha256"])


def test_same_bits(tmp_path: Path, tally: Tally, amount: Amount) -> None:
    trained(tmp_path, "hydra.run.dir=first")
    expected = weights(tmp_path / "first")
    with tally("determinism", "gave the same bits") as count:
        for name, variables in list(AROUND.items())[: amount(1, len(AROUND))]:
            (folder := tmp_path / name).mkdir()
            trained(folder, f"hydra.run.dir={folder}/run", **variables)
            count(name, weights(folder / "run") == expected)
        if hasattr(os, "sched_setaffinity"):
            before = os.sched_getaffinity(0)
            os.sched_setaffinity(0, {min(before)})
            trained(tmp_path, "hydra.run.dir=pinned")
            os.sched_setaffinity(0, before)
            count("one processor", weights(tmp_path / "pinned") == expected)
        trained(tmp_path, "-m", "seed=2,3", "hydra.sweep.dir=sweep")
        count("in a sweep", weights(tmp_path / "sweep" / "1") == expected)
        trained(tmp_path, "-m", *BATCHED, "seed=3,4", "optimizer.lr=0.01", "hydra.sweep.dir=two")
        trained(tmp_path, "-m", *BATCHED, "seed=range(40)", "optimizer.lr=0.01,0.1", "hydra.sweep.dir=many",
                "hydra.launcher.threads=2")  # fmt: skip
        beside = [Run(folder) for folder in (tmp_path / "many").glob("[0-9]*")]
        (same,) = [run for run in beside if (run.config["seed"], run.config["optimizer"]["lr"]) == (3, 0.01)]
        count("with 79 neighbours", weights(same.folder) == weights(tmp_path / "two" / "0"))

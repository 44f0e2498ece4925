"""The workers' server starts wherever the folder for temporary files is."""

import multiprocessing
import subprocess
import sys
from pathlib import Path

import pytest

from conftest import environment

COMMAND = [
    sys.executable, "-m", "train", "-m", "hydra/launcher=batched", "dataset=xor", "epochs=2", "logger=none",
    "callbacks=[]", "report=false", "seed=0,1", "hydra.sweep.dir=sweep",
]  # fmt: skip


@pytest.mark.skipif("forkserver" not in multiprocessing.get_all_start_methods(), reason="no server without forking")
def test_a_long_name_is_got_round(tmp_path: Path) -> None:
    long = tmp_path / ("temporary" * 15)
    long.mkdir()
    done = subprocess.run(
        COMMAND,
        cwd=tmp_path,
        env=environment(TMPDIR=str(long)),
        capture_output=True,
        text=True,
        timeout=300,
        check=False,
    )
    assert (done.returncode, done.stderr) == (0, "")
    assert (tmp_path / "sweep" / "1" / "summary.json").exists()
    assert list(long.iterdir()) == []

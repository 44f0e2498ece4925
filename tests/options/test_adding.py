"""A newcomer adds an option to the package: its module and its YAML file are put where the others are, and no more."""

import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from conftest import OWN, ROOT, environment


@pytest.mark.slow
def test_an_option_is_added_by_putting_two_files_where_the_others_are(tmp_path: Path) -> None:
    project = tmp_path / "project"
    for folder in ("src", "configs"):
        shutil.copytree(ROOT / folder, project / folder, ignore=shutil.ignore_patterns("__pycache__"))
    shutil.copy(OWN / "optimizer" / "adadelta.py", project / "src" / "backprop_lab" / "options" / "optimizer")
    shutil.copy(OWN / "optimizer" / "adadelta.yaml", project / "configs" / "optimizer")

    def python(*arguments: str) -> "subprocess.CompletedProcess[str]":
        path = os.pathsep.join([str(project / "src"), os.environ.get("PYTHONPATH", "")])
        return subprocess.run(
            [sys.executable, "-m", "train", *arguments], cwd=tmp_path, env=environment(PYTHONPATH=path),
            capture_output=True, text=True, check=False,
        )  # fmt: skip

    said = python("--help").stdout
    assert "adadelta, adagrad, adam, adamw, rmsprop, sgd*" in said
    assert "optimizer.rho=" in said
    wrong = python("optimizer=adadelta", "optimizer.rho=2")
    assert wrong.returncode == 2
    assert wrong.stderr == "error: optimizer.rho: got 2; allowed: a number from 0 and below 1\n"
    engines = "engine=scalar,by_hand,autograd,module,lightning"
    quick = ("dataset=xor", "epochs=3", "precision=64", "logger=none", "callbacks=[]", "report=false")
    done = python("-m", "optimizer=adadelta", engines, *quick)
    assert done.returncode == 0, done.stderr
    losses = {line.split("val_loss ")[1].split()[0] for line in done.stdout.splitlines() if line.startswith("[")}
    assert len(losses) == 1  # every rung gives the same numbers

"""Python looks for garbage again once what stays has been loaded, and only then."""

import subprocess
import sys
from pathlib import Path

import pytest


def said(code: str) -> list[str]:
    """What a fresh process prints."""
    return subprocess.check_output([sys.executable, "-c", code], text=True).split()


@pytest.mark.slow
def test_a_training_collects_its_garbage(tmp_path: Path) -> None:
    """A long one would otherwise fill the memory."""
    code = """
import gc, sys
sys.argv = ["train", "dataset=xor", "epochs=2", "logger=none", "callbacks=[]", "report=false", "engine=module",
            "hydra.run.dir=%s"]
import train
train.main()
print(gc.isenabled(), gc.get_freeze_count() > 100_000)
"""
    assert said(code % (tmp_path / "run"))[-2:] == ["True", "True"]

"""A newcomer adds a data set with one file and one YAML."""

import json
import os
import shutil
import subprocess
import sys
from pathlib import Path

from conftest import ROOT, environment

SPIRAL = '''
import numpy as np


def sample(n, generator, *, turns):
    """Two arms of a spiral."""
    label = generator.integers(0, 2, n)
    radius = generator.uniform(0, 1, n)
    angle = 2 * np.pi * turns * radius + np.pi * label
    x = np.stack([radius * np.cos(angle), radius * np.sin(angle)], axis=1)
    return x, label.astype(float)
'''
YAML = """
name: spiral
task: classification
n_samples: 300
noise: 0.02
val_fraction: 0.2
batch_size: 32
shuffle: true
turns: 1.5
"""
RULE = '    "dataset.turns": real("turns of the spiral", ABOVE_0, lambda v: v > 0),\n'


def test_a_dataset_is_one_file_one_yaml_and_a_rule_for_a_new_knob(tmp_path: Path) -> None:
    project = tmp_path / "project"
    for folder in ("src", "configs"):
        shutil.copytree(ROOT / folder, project / folder, ignore=shutil.ignore_patterns("__pycache__"))
    (project / "src/backprop_lab/datasets/spiral.py").write_text(SPIRAL)
    (project / "configs/dataset/spiral.yaml").write_text(YAML)
    rules = project / "src/backprop_lab/rules.py"
    marker = '    "dataset.radius"'
    text = rules.read_text()
    assert marker in text
    rules.write_text(text.replace(marker, RULE + marker))

    def python(*arguments: str) -> "subprocess.CompletedProcess[str]":
        path = os.pathsep.join([str(project / "src"), os.environ.get("PYTHONPATH", "")])
        return subprocess.run(
            [sys.executable, "-m", "train", "dataset=spiral", "engine=module", "epochs=2", *arguments],
            cwd=tmp_path, env=environment(PYTHONPATH=path), capture_output=True, text=True, check=False,
        )  # fmt: skip

    wrong = python("dataset.turns=0")
    assert (wrong.returncode, wrong.stderr) == (
        2,
        "error: dataset.turns: got 0; allowed: a number above 0, up to 3.4e38\n",
    )
    done = python("dataset.turns=2")
    assert done.returncode == 0, done.stderr
    assert "turns 2, noise 0.02, 240 training points, 60 validation points" in done.stdout
    (made,) = (tmp_path / "outputs" / "runs").glob("*/*")
    assert json.loads((made / "summary.json").read_text())["status"] == "finished"
    assert (made / "figures" / "decision_boundary.png").is_file()

"""Trainings that end with the bits with which they have always ended.

A change of these numbers is a change of every run that somebody may want to repeat. Where a repair has to change them,
its commit says why, and ``fixed_points.json`` changes with it. The last bit belongs to a version and a processor too,
so the table says to which.
"""

import json
import platform
from pathlib import Path

import numpy as np
import pytest
import torch
from threadpoolctl import threadpool_info

from conftest import quick_of, task_of
from engines.rungs import fitted

TABLE = json.loads(Path(__file__).with_name("fixed_points.json").read_text(encoding="utf-8"))
HASHES: dict[str, str] = TABLE["weights_sha256"]


def _processor() -> str:
    """Vendor, family and model: torch's library for matrices chooses its code by them."""
    if not Path("/proc/cpuinfo").exists():
        return platform.processor()
    lines = [line.partition(":") for line in Path("/proc/cpuinfo").read_text(encoding="utf-8").splitlines()]
    said = {key.strip(): value.strip() for key, _, value in reversed(lines)}
    return " ".join(said.get(key, "?") for key in ("vendor_id", "cpu family", "model"))


HERE = {
    "processor": _processor(),
    "torch": torch.__version__,
    "numpy": np.__version__,
    "vectors": torch.backends.cpu.get_cpu_capability(),
    "blas": " ".join(
        sorted({library["architecture"] for library in threadpool_info() if library["user_api"] == "blas"})
    ),
}
TRAININGS = {
    "circle": ["dataset=circle"],
    "line": ["dataset=linear"],
    "xor": ["dataset=xor"],
    "circle adam": ["dataset=circle", "optimizer=adam"],
    "moons adamw": ["dataset=moons", "optimizer=adamw", "epochs=10"],
    "circle momentum": [
        "optimizer.momentum=0.9", "optimizer.nesterov=true", "optimizer.weight_decay=0.001", "epochs=10",
    ],
    "line single": ["experiment=linear_regression"],
}  # fmt: skip


@pytest.mark.skipif(TABLE["made_with"] != HERE, reason=f"made with {TABLE['made_with']}, and here is {HERE}")
@pytest.mark.parametrize("training", quick_of(sorted({key.rpartition(" ")[0] for key in HASHES}), "line 0", "xor 0"))
def test_a_training_ends_with_its_bits_on_every_engine(training: str) -> None:
    name, _, seed = training.rpartition(" ")
    task = task_of(*TRAININGS[name], f"seed={seed}", "log_every_n_epochs=1000")
    expected = {key: sha256 for key, sha256 in HASHES.items() if key.rpartition(" ")[0] == training}
    made = {key: fitted(key.rpartition(" ")[2], task)[0].weights_sha256 for key in expected}
    assert made == expected

"""Jobs that raise, exit, recurse, diverge or end their process, among jobs that do none of this."""

import csv
from pathlib import Path

import pytest

from backprop_lab.runs.run import Run
from conftest import Command, Own
from faults.tally import Amount, Tally

pytestmark = pytest.mark.slow

DEEDS = {
    "raises": "raise RuntimeError('on purpose')",
    "exits": "sys.exit(0)",
    "runs out of memory": "raise MemoryError",
    "recurses": "recurse()",
    "interrupts": "raise KeyboardInterrupt",
    "ends its process": "os._exit(0)",
    "kills its process": "os.kill(os.getpid(), signal.SIGKILL)",
    "crashes": "ctypes.string_at(0)",
}
DATASET = """
    import ctypes
    import os
    import signal
    import sys

    from backprop_lab.options.rules import whole

    KNOBS = {"deed": whole("what it does", 0, 20)}

    def recurse():
        recurse()

    def sample(n, generator, *, deed):
DEEDS
        x = generator.uniform(-1, 1, (n, 2))
        return x, (x[:, 0] > 0).astype(float)
"""
YAML = "defaults: [_base_]\nname: failing\ntask: binary\nn_samples: 60\ndeed: 0\n"
BATCHED = ("hydra/launcher=batched",)
IN_ONE_PROCESS = list(DEEDS).index("interrupts")
"""Without processes of its own a sweep can only outlive the deeds before this one."""


@pytest.mark.parametrize("launcher", ["one by one", "batched"])
def test_failing_jobs(
    launcher: str, tmp_path: Path, own: Own, command: Command,
    tally: Tally, amount: Amount,
) -> None:  # fmt: skip
    cases = "\n".join(f"        if deed == {i}:\n            {deed}" for i, deed in enumerate(DEEDS.values(), start=1))
    mine = own("dataset", "failing", DATASET.replace("DEEDS", cases), YAML)
    deeds = range(1, (len(DEEDS) if launcher == "batched" else IN_ONE_PROCESS) + 1)
    innocent = amount(2, 6)
    line = ("dataset=failing", "epochs=3", f"dataset.deed={','.join(map(str, (0, *deeds)))}", f"seed=range({innocent})",
            "optimizer.lr=0.1,1e30", "logger=none", "callbacks=[]", "report=false")  # fmt: skip
    arguments = [f"--config-dir={mine}", "-m", *(BATCHED if launcher == "batched" else ("engine=module",)), *line]
    done = command("train", *arguments, "hydra.sweep.dir=sweep")
    with tally(f"failing jobs, {launcher}", "ended as they should, and are listed with their reason") as count:
        count("exit status", done.returncode == 1, done)
        count("no traceback", "Traceback" not in done.stderr, done.stderr)
        with (tmp_path / "sweep" / "sweep.csv").open(newline="") as file:
            rows = list(csv.DictReader(file))
        for row in rows:
            expected = (
                "failed" if row["dataset.deed"] != "0" else "finished" if row["optimizer.lr"] == "0.1" else "diverged"
            )
            count(row, row["status"] == expected and bool(row["error"]) == (expected != "finished"))
        hashes = {row["job"]: Run(tmp_path / "sweep" / row["job"]).summary.get("weights_sha256") for row in rows}
        completed = command("backprop_lab.sweep", f"--config-dir={mine}", "sweep", "--complete")
        count("completing", completed.returncode == 1 and "Traceback" not in completed.stderr, completed)
        for row in rows:
            if row["status"] == "finished":
                again = Run(tmp_path / "sweep" / row["job"]).summary
                count(row, again["weights_sha256"] == hashes[row["job"]])

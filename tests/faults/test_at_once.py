"""Runs, sweeps and commands that begin at the same moment."""

import subprocess
import sys
from collections.abc import Sequence
from pathlib import Path

import pytest

from backprop_lab.runs.run import Run
from conftest import environment
from faults.child import training
from faults.tally import Amount, Tally

pytestmark = pytest.mark.slow

LINE = ("dataset=xor", "epochs=20", "engine=module", "callbacks=[]", "logger=none", "report=false")
BATCHED = ("-m", "hydra/launcher=batched", "seed=range(12)")


def together(folder: Path, *lines: Sequence[str]) -> list[tuple[int, str, str]]:
    """Start processes together and wait for all: exit status, output, errors of each."""
    children = [
        subprocess.Popen([sys.executable, "-m", *line], cwd=folder, env=environment(), text=True,
                         stdout=subprocess.PIPE, stderr=subprocess.PIPE)
        for line in lines
    ]  # fmt: skip
    said = [child.communicate(timeout=300) for child in children]
    return [(child.returncode, *texts) for child, texts in zip(children, said, strict=True)]


def test_simultaneous_starts(
    tmp_path: Path,
    tally: Tally,
    amount: Amount,
) -> None:
    many = amount(4, 8)
    with tally("simultaneous starts", "went into a folder of their own, or one into the named one") as count:
        children = [training(tmp_path, *LINE, f"seed={seed}") for seed in range(many)]
        children += [training(tmp_path, "-m", *LINE, f"seed={seed},50") for seed in range(many)]
        for child in children:
            done = child.end()
            count("of its own", (done.status, done.err) == (0, ""), done)
        runs = list((tmp_path / "outputs" / "runs").rglob("summary.json"))
        sweeps = list((tmp_path / "outputs" / "sweeps").rglob("sweep.csv"))
        seeds = sorted(Run(file.parent).config["seed"] for file in runs)
        count("folders", (seeds, len(sweeps)) == (list(range(many)), many), (seeds, sweeps))
        children = [training(tmp_path, *LINE, "hydra.run.dir=same") for _ in range(many)]
        ends = [child.end() for child in children]
        refused = [done for done in ends if done.status == 2 and done.err.count("\n") == 1]
        count("the same folder", len(refused) == many - 1 and Run(tmp_path / "same").status == "finished", ends)


def test_two_at_once(tmp_path: Path, tally: Tally, amount: Amount) -> None:
    with tally("two at once", "gave way to the other, and nothing was trained twice") as count:
        for number in range(amount(1, 4)):
            folder = tmp_path / f"sweep{number}"
            launcher = BATCHED if number % 2 == 0 else ("-m", "seed=range(12)")
            ((status, _, said),) = together(tmp_path, ["train", *launcher, *LINE, f"hydra.sweep.dir={folder}"])
            assert status == 0, said
            for job in range(2, 12):
                Run(folder / str(job)).summary_file.unlink()
            kept = {job: (folder / str(job) / "summary.json").stat().st_mtime_ns for job in range(2)}
            command = ["backprop_lab.sweep", str(folder), "--complete"]
            ends = together(tmp_path, command, command, ["train", f"resume={folder}/5"])
            second = [end for end in ends[:2] if end[0] == 2]
            is_said = all("in use by another process" in err and err.count("\n") == 1 for _, _, err in second)
            trained = sum(out.count("batched  ") for _, out, _ in ends)
            is_once = {job: (folder / str(job) / "summary.json").stat().st_mtime_ns for job in range(2)} == kept
            all_done = {Run(folder / str(job)).status for job in range(12)} == {"finished"}
            holds = len(second) <= 1 and is_said and is_once and all_done and trained <= 1
            count(number, holds, ends)

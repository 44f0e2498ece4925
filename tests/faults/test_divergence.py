"""Trainings that diverge: said, with finite numbers and a page, alone and in a batch."""

import json
import math
from pathlib import Path
from typing import Any

import pytest

from backprop_lab.runs.run import Run
from conftest import Program
from faults.child import training
from faults.tally import Amount, Tally

pytestmark = pytest.mark.slow

COMMON = ("dataset.n_samples=200", "epochs=12")
LINES = {
    "rate": ("dataset=linear", "optimizer.lr=1e10"),
    "momentum": ("dataset=linear", "optimizer.lr=1e6", "optimizer.momentum=0.99"),
    "weights": ("dataset=linear", "model.init=1e38"),
    "decay": ("optimizer.weight_decay=1e6", "optimizer.lr=1e4", "model.activation=identity"),
    "adam": ("dataset=linear", "optimizer=adam", "optimizer.lr=1e30"),
    "by_hand": ("dataset=linear", "optimizer.lr=1e30", "engine=by_hand"),
    "autograd": ("dataset=linear", "optimizer.lr=1e30", "engine=autograd"),
    "scalar": ("dataset=linear", "optimizer.lr=1e38", "engine=scalar", "epochs=2", "dataset.n_samples=40"),
}


def strict(text: str) -> Any:
    def refuse(word: str) -> None:
        raise ValueError(f"{word} is no JSON")

    return json.loads(text, parse_constant=refuse)


def is_said(run: Run) -> bool:
    """Diverged, with a best epoch of finite numbers and weights that load, and no NaN in what others read."""
    receipt = strict(run.summary_file.read_text(encoding="utf-8"))
    best = receipt["best"] or {}
    state = run.state()
    return (
        receipt["status"] == "diverged"
        and bool(receipt["error"])
        and all(math.isfinite(value) for value in best.values())
        and all(array.size for array in state.weights.values())
    )


def test_divergence(
    program: Program,
    tmp_path: Path,
    tally: Tally,
    amount: Amount,
) -> None:
    with tally("NaN and infinity", "called diverged: status 1, finite best, valid JSON, a page") as count:
        for name, line in list(LINES.items())[: amount(3, len(LINES))]:
            done = training(tmp_path, *COMMON, *line, f"hydra.run.dir={name}").end()
            run = Run(tmp_path / name)
            holds = done.status == 1 and "diverged" in done.err and is_said(run)
            count(name, holds and run.report_file.stat().st_size > 10_000, done)
        for launcher in (["engine=module"], ["hydra/launcher=batched"])[: amount(1, 2)]:
            folder = tmp_path / launcher[0].partition("=")[2]
            rates = "optimizer.lr=0.01,1e10,1e30"
            done = program("-m", *COMMON, "dataset=linear", rates, *launcher, f"hydra.sweep.dir={folder}")
            runs = [Run(folder / str(number)) for number in range(3)]
            said = [run.status == "finished" for run in runs] == [True, False, False] and all(map(is_said, runs[1:]))
            count(launcher, done.status == 1 and said and (folder / "report.html").exists(), done)

"""Hundreds of small networks on a table: a cross-validated grid, compared with scikit-learn's GridSearchCV.

Five folds x twelve settings x twenty seeds, 50 epochs, batches of 32, plain gradient descent; both sides use all cores.
"""

import argparse
import json
import math
import statistics
import sys
import tempfile
from collections import defaultdict
from collections.abc import Mapping
from pathlib import Path

from benchmarks.measuring import TRAIN, Contender, Measured, Receipt, measure, peer, take_turns
from benchmarks.own_peers import BATCH_SIZE, EPOCHS, FOLDS, RATES, WIDTHS
from benchmarks.table import Section, compared

SEEDS, ROUNDS = 20, 3
GRID = "scikit-learn GridSearchCV over MLPClassifier"
AT_LEAST = {"breast_cancer": 6.0, "digits": 8.0}
WANTED = {"breast_cancer": 10, "digits": 15}


def breast_cancer(options: argparse.Namespace) -> Section:
    return _table("breast_cancer", min(options.rounds, ROUNDS))


def digits(options: argparse.Namespace) -> Section:
    return _table("digits", min(options.rounds, ROUNDS))


def _table(name: str, rounds: int) -> Section:
    with tempfile.TemporaryDirectory() as cache:
        ours = f"{len(WIDTHS) * len(RATES) * FOLDS * SEEDS:,} runs batched"
        sweep = _sweep(name, cache)
        print(f"{name}, not counted: {ours}", file=sys.stderr, flush=True)
        measure(sweep)
        results = take_turns(name, {ours: sweep, GRID: peer(f"grid_{name}", SEEDS)}, rounds)
    walls = {contender: [run.seconds for run in runs] for contender, runs in results.items()}
    lines = compared("whole process", "s", walls, ours, at_least={GRID: AT_LEAST[name]})
    notes = [f"wanted: {WANTED[name]}", *(_said(contender, runs[0]) for contender, runs in results.items())]
    _refuse_unequal(name, results)
    return Section(f"{name}, {FOLDS} folds x {len(WIDTHS) * len(RATES)} settings x {SEEDS} seeds", lines, notes)


def _sweep(name: str, cache: str) -> Contender:
    arguments = (
        *TRAIN, "-m", "hydra/launcher=batched", f"dataset={name}", f"dataset.folds={FOLDS}",
        f"dataset.fold=range({FOLDS})", f"model.hidden={','.join(map(str, WIDTHS))}",
        f"optimizer.lr={','.join(map(str, RATES))}", f"seed=range({SEEDS})", f"epochs={EPOCHS}",
        f"dataset.batch_size={BATCH_SIZE}",
    )  # fmt: skip
    return Contender(arguments, environment={"XDG_CACHE_HOME": cache}, receipt_of=_receipt_of_sweep, has_children=True)


def _receipt_of_sweep(folder: Path, said: str) -> Receipt:
    """The accuracies of each setting over folds and seeds."""
    found: dict[str, list[float]] = defaultdict(list)
    for file in folder.glob("outputs/sweeps/*/*/*/summary.json"):
        overrides = (file.parent / ".hydra" / "overrides.yaml").read_text()
        setting = " ".join(line[2:] for line in overrides.splitlines() if "hidden" in line or ".lr" in line)
        found[setting].append(json.loads(file.read_text())["metrics"]["val_acc"])
    if "kernel: " not in said or {len(of_one) for of_one in found.values()} != {FOLDS * SEEDS}:
        sys.exit(f"a batched sweep is not complete, or was not trained by the kernel: {said}")
    return {"settings": list(found.values())}


def _best(run: Measured) -> tuple[float, float]:
    """Mean and standard deviation of the best setting's accuracies."""
    best = max(run.receipt["settings"], key=statistics.fmean)
    return statistics.fmean(best), statistics.stdev(best)


def _said(name: str, run: Measured) -> str:
    mean, deviation = _best(run)
    of_all = statistics.fmean(accuracy for setting in run.receipt["settings"] for accuracy in setting)
    return f"accuracy, {name}: best setting {mean:.4f} ± {deviation:.4f}, mean of all {of_all:.4f}"


def _refuse_unequal(name: str, results: Mapping[str, list[Measured]]) -> None:
    """Exit if the best settings differ by more than the deviation of their runs: then there is nothing to compare."""
    (ours, of_ours), (theirs, of_theirs) = (_best(runs[0]) for runs in results.values())
    if abs(ours - theirs) > math.hypot(of_ours, of_theirs) / math.sqrt(2):
        sys.exit(f"{name}: accuracies {ours:.4f} and {theirs:.4f} differ by more than their deviation")


PARTS = {"breast_cancer": breast_cancer, "digits": digits}

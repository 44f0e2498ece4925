"""The numbers in docs/questions.md are those of the sweeps that it prints: of a part of their seeds, or with --whole of
all."""

import csv
import math
import re
from collections import Counter
from pathlib import Path

import numpy as np
import pytest

from backprop_lab.sweep.folder import Sweep
from conftest import ROOT, Program
from faults.tally import Amount

pytestmark = pytest.mark.slow

TEXT = " ".join((ROOT / "docs" / "questions.md").read_text(encoding="utf-8").split())
ANOTHER_PROCESSOR = 4  # runs near the line of success that another rounding may push over it
Rows = list[dict[str, str]]


def rows_of(experiment: str, seeds: int, program: Program, folder: Path) -> Rows:
    done = program("-m", f"experiment={experiment}", f"seed=range({seeds})", "report=false", "hydra.sweep.dir=sweep")
    assert done.err == "" or experiment == "largest_rate", done.err
    with (folder / "sweep" / "sweep.csv").open(newline="") as file:
        return list(csv.DictReader(file))


def successes(rows: Rows, *keys: str) -> Counter[tuple[str, ...]]:
    return Counter(tuple(row[key] for key in keys) for row in rows if float(row["val_acc"]) >= 0.97)


def numbers(pattern: str) -> list[int]:
    """The numbers that the page gives."""
    (found,) = re.findall(pattern, TEXT)
    return [int(number.replace(",", "")) for number in ([found] if isinstance(found, str) else found)]


def about(said: int, of: int, drawn: int) -> object:
    """How many of ``drawn`` seeds succeed if ``said`` of all ``of`` do: within four standard deviations."""
    share = said / of
    deviation = math.sqrt(drawn * share * (1 - share) * (of - drawn) / (of - 1))
    return pytest.approx(drawn * share, abs=4 * deviation + ANOTHER_PROCESSOR * drawn / of)


def test_how_wide_for_the_circle(program: Program, tmp_path: Path, amount: Amount) -> None:
    seeds = amount(12, 200)
    found = successes(rows_of("circle_width", seeds, program, tmp_path), "model.hidden")
    three, four, eight = numbers(
        r"one or two ReLUs, (\d+) with three, (\d+) with four, (\d+) with eight, and all with tw"
    )
    assert found["1",] == found["2",] == 0
    assert found["12",] == found["16",] == seeds
    for width, said in (("3", three), ("4", four), ("8", eight)):
        assert found[width,] == about(said, 200, seeds), width


def test_how_wide_for_xor(program: Program, tmp_path: Path, amount: Amount) -> None:
    seeds = amount(12, 200)
    found = successes(rows_of("xor_width", seeds, program, tmp_path), "model.activation", "model.hidden")
    tanh, relu = numbers(r"With two, (\d+) of 200 starts succeed with tanh and (\d+) with ReLU")
    assert found["tanh", "1"] == found["relu", "1"] == 0
    assert found["tanh", "2"] == about(tanh, 200, seeds)
    assert found["relu", "2"] == about(relu, 200, seeds)
    assert found["tanh", "4"] == found["relu", "16"] == seeds
    if seeds == 200:
        assert found["tanh", "3"] < seeds
        assert found["relu", "12"] < seeds


def test_how_large_a_rate(program: Program, tmp_path: Path, amount: Amount) -> None:
    seeds = amount(1, 10)
    rows = rows_of("largest_rate", seeds, program, tmp_path)
    diverged = {row["job"] for row in rows if row["status"] == "diverged"}
    said, total = numbers(r"\((\d+) of (\d+) in total, so the exit status is 1\)")
    assert len(rows) == total * seeds // 10
    assert len(diverged) == about(said, total, len(rows))
    for row in rows:
        product = float(row["optimizer.lr"]) * int(row["model.hidden"])
        if product < 1 or product >= 2:
            assert (row["job"] in diverged) == (product >= 2), row


def test_how_many_points(program: Program, tmp_path: Path, amount: Amount) -> None:
    starts, at_500, at_1000 = numbers(r"none of (\d+) starts succeeds; with 500, (\d+) do, with 1,000, (\d+), and w")
    seeds = amount(10, starts)
    rows = rows_of("how_many_points", seeds, program, tmp_path)
    found = successes(rows, "dataset.n_samples")
    assert found["50",] == 0
    assert found["500",] == about(at_500, starts, seeds)
    assert found["1000",] == about(at_1000, starts, seeds)
    assert found["2500",] == found["5000",] == found["10000",] == seeds
    fewest = [row for row in rows if row["dataset.n_samples"] == "50"]
    right, of = numbers(r"all ten are right in (\d+) of (\d+) runs")
    assert of == starts
    assert sum(float(row["train_acc"]) == 1 for row in fewest) == about(right, starts, seeds)
    median = float(re.findall(r"median validation accuracy is (0\.\d+)\.", TEXT)[0])
    accuracies = [float(row["val_acc"]) for row in fewest]
    deviation = 1.25 * float(np.std(accuracies)) * math.sqrt(1 / seeds - 1 / starts)  # of a median of as many
    assert np.median(accuracies) == pytest.approx(median, abs=4 * deviation + 0.04)


def test_how_much_the_seed_decides(program: Program, tmp_path: Path, amount: Amount) -> None:
    total, good = numbers(r"Of (1,000) seeds of the circle, (\d+) succeed")
    seeds = amount(60, total)
    rows = rows_of("many_starts", seeds, program, tmp_path)
    accuracies = sorted(float(row["val_acc"]) for row in rows)
    assert len(rows) == seeds
    succeeded = sum(job.summary["success"] for job in Sweep(tmp_path / "sweep").jobs())
    assert succeeded == about(good, total, seeds)
    (median, worst) = re.findall(r"The median accuracy is ([\d.]+) and the worst ([\d.]+)\.", TEXT)[0]
    assert accuracies[len(rows) // 2] == pytest.approx(float(median), abs=2e-3)
    assert accuracies[0] >= float(worst) - 0.02
    if seeds == total:
        assert accuracies[0] == pytest.approx(float(worst), abs=0.02)

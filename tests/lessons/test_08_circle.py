"""Lesson 8: the circle's numbers, the command lines it gives, and its exercises."""

import itertools
import os
import re
import shlex
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest
from exercises.circle import always_outside, counting, loss_and_accuracy
from hydra.core.override_parser.overrides_parser import OverridesParser

from conftest import LESSONS, Lesson, configured

COMMANDS = [
    (lesson.stem, command)
    for lesson in sorted(LESSONS.glob("0*.py"))
    for command in re.findall(r"`python -m train ([^`]+)`", lesson.read_text(encoding="utf-8"))
    if "..." not in command and "--help" not in command
]


@pytest.mark.slow
def test_the_numbers_of_the_source_text(
    lesson: Callable[..., Lesson], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    srun = tmp_path / "srun"  # Lightning warns where Slurm is installed, and here a warning is an error
    srun.write_text("#!/bin/sh\n")
    srun.chmod(0o755)
    monkeypatch.setenv("PATH", f"{tmp_path}{os.pathsep}{os.environ['PATH']}")
    done = lesson("08_circle")
    assert "4,000 training points, 1,000 validation points" in done.said
    assert "125 steps an epoch, 6,250 steps in 50 epochs" in done.said
    assert "33 parameters in all" in done.said
    assert "Lightning: 6,250 steps" in done.said
    val_acc = done.numbers("Lightning: 6,250 steps, val_loss")[-1]
    assert val_acc >= 0.97
    assert done.numbers("engine=module: val_acc") == [val_acc]
    assert "all weights have the same bits: True" in done.said

    # Learning rate: too small, good, too large. Width: two units cannot enclose the circle, eight can.
    rates = {rate: done.numbers(f"  lr {rate} val_acc")[0] for rate in ("0.001", "0.1  ", "1    ", "10   ")}
    assert min(rates["0.1  "], rates["1    "]) > 0.97
    assert max(rates["0.001"], rates["10   "]) < 0.85
    assert max(done.numbers("  2 units,  9 parameters: val_acc")) < 0.85
    assert min(done.numbers("  8 units, 33 parameters: val_acc")) > 0.97
    # Seed: with four units some starts fail, and those say "outside" to every point.
    ends = [done.numbers(f"  seed {seed}: val_acc") for seed in range(6)]
    failed = [(end, outside) for end, outside in ends if end < 0.9]
    assert 0 < len(failed) < 6
    assert all(abs(end - outside) < 0.01 for end, outside in failed)
    # Points: all of a few are learned by heart, and the validation loss rises; of many it does not.
    few, many = done.numbers("     20 points: train_acc"), done.numbers("  5,000 points: train_acc")
    assert few[0] == 1
    assert few[1] < 0.93
    assert few[2] > 1.1 * few[3]
    assert few[4] <= 100
    assert abs(many[0] - many[1]) < 0.005
    assert many[2] < 1.02 * many[3]
    assert len(done.figures) == 8
    assert done.said.count("not answered yet") == 3


@pytest.mark.parametrize(("lesson_name", "command"), COMMANDS)
def test_the_command_lines_of_all_lessons_are_valid(lesson_name: str, command: str) -> None:
    """Every job of a sweep is composed and checked, as the program would."""
    overrides = [override for override in shlex.split(command) if override != "-m"]
    choices = []
    for parsed in OverridesParser.create().parse_overrides(overrides):
        is_sweep = parsed.is_sweep_override()
        values = parsed.sweep_string_iterator() if is_sweep else [parsed.get_value_element_as_str()]
        choices.append([f"{parsed.key_or_group}={value}" for value in values])
    jobs = list(itertools.product(*choices))
    assert (len(jobs) > 1) == ("-m" in shlex.split(command))
    for job in jobs:
        configured(*job)


def test_the_lessons_give_command_lines() -> None:
    assert {name for name, _ in COMMANDS} >= {"07_xor", "08_circle"}
    assert sum("-m " in command for _, command in COMMANDS) >= 3


def test_counting() -> None:
    right = {
        "parameters, hidden=16": 65, "parameters, hidden=[8,8]": 105, "steps an epoch, batch_size=100": 40,
        "steps in all, batch_size=100": 2000,
    }  # fmt: skip
    assert counting.complaints(right) == []
    (said,) = counting.complaints(right | {"parameters, hidden=[8,8]": 96})
    assert said.startswith("parameters, hidden=[8,8]: 96 is wrong")


def test_always_outside() -> None:
    right = {"share inside": np.pi / 16, "radius": (2 / np.pi) ** 0.5}
    assert always_outside.complaints(right) == []
    (said,) = always_outside.complaints(right | {"share inside": np.pi / 4})  # of the circle of radius 1
    assert said.startswith("share inside: 0.785398 is wrong: 4 times too large")


def loss_of(logits: np.ndarray, y: np.ndarray) -> float:
    return float((np.logaddexp(0, logits) - y * logits).mean())


def test_loss_and_accuracy() -> None:
    assert loss_and_accuracy.complaints(lambda z, y: (loss_of(z, y), ((z > 0) == (y > 0)).mean())) == []
    (said,) = loss_and_accuracy.complaints(lambda z, y: (loss_of(z, y), ((z > 0.5) == (y > 0)).mean()))
    assert said.startswith("accuracy at [ 0.3, -2. ,  1. ]")
    (said,) = loss_and_accuracy.complaints(lambda z, y: (2 * loss_of(z, y), ((z > 0) == (y > 0)).mean()))
    assert said.startswith("loss")
    assert said.endswith("2 times too large")

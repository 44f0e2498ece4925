"""docs/symptoms.md: each of its commands is carried out, and its cures cure."""

import math
from pathlib import Path

import pytest

from backprop_lab.options.discovery import names
from backprop_lab.runs.run import Run
from backprop_lab.runs.status import Status
from backprop_lab.sweep.folder import Sweep
from conftest import Program, quick_of
from draw_symptoms import Symptom, losses_figure, symptoms, ten_seeds

SYMPTOMS = {symptom.title: symptom for symptom in symptoms()}


def loss_of(run: Run) -> float:
    """The final validation loss; infinite if the run diverged."""
    return math.inf if run.status is Status.DIVERGED else float(run.summary["metrics"]["val_loss"])


@pytest.mark.parametrize("symptom", quick_of(SYMPTOMS.values(), SYMPTOMS["The loss is NaN"]), ids=lambda s: s.title)
def test_each_cure_is_better_for_nearly_every_seed(program: Program, tmp_path: Path, symptom: Symptom) -> None:
    runs: dict[str, list[Run]] = {}
    for i, overrides in enumerate((symptom.failure, *symptom.cures)):
        done = program(*ten_seeds(overrides, tmp_path / str(i)))
        runs[str(i)] = [job.run for job in Sweep(tmp_path / str(i)).jobs()]
        assert done.status == int(any(run.status is Status.DIVERGED for run in runs[str(i)]))
    failed, *cured = runs.values()
    for ten in cured:
        assert len(ten) == len(failed) == 10
        better = sum(loss_of(after) < 0.9 * loss_of(before) for before, after in zip(failed, ten, strict=True))
        assert better >= 9
    (axes,) = losses_figure(runs).axes
    assert len(axes.lines) == sum(map(len, runs.values()))


def test_every_symptom_is_of_the_gallery_and_has_a_cure_of_the_same_experiment() -> None:
    assert len(SYMPTOMS) == 5
    for symptom in SYMPTOMS.values():
        (experiment,) = symptom.failure
        assert experiment.removeprefix("experiment=") in names("experiment")
        assert symptom.cures
        assert all(cure[0] == experiment for cure in symptom.cures)

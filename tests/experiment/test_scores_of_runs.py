"""The scores of a run in its receipt and on the terminal: the same entries on every engine and in a batch."""

import re
import time
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from sklearn import metrics

from backprop_lab.experiment import experiment
from backprop_lab.experiment.class_table import class_table
from backprop_lab.experiment.console import results
from backprop_lab.options.discovery import names
from backprop_lab.runs.receipt import scores
from backprop_lab.runs.run import Run
from conftest import Program, Silent, Train, configured

QUICK = ("logger=none", "report=false", "callbacks=[]", "epochs=3")
PROBLEMS = ("dataset=iris", "dataset=breast_cancer", "dataset=diabetes")


@pytest.fixture(scope="module", params=PROBLEMS)
def run(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Run:
    """A run with test points, which no test changes."""
    run = Run(tmp_path_factory.mktemp("scored") / "run")
    config = configured(request.param, *QUICK, "dataset.test_fraction=0.2", "engine=kernel")
    experiment.train(config, run, [], Silent(), keep_points=True, began=time.monotonic())
    return Run(run.folder)


def test_the_receipt_has_the_scores_of_validation_and_test_points_as_scikit_learn_has_them(run: Run) -> None:
    """The first by the last State, the second by the best one."""
    task = run.task
    for part, checkpoint in (("val", "last"), ("test", "best")):
        found, points = run.summary["scores"][part], getattr(task.given, part)
        predictions = Run(run.folder, checkpoint).predict(points.x)
        if not task.head.is_classification:
            assert found == {"mae": pytest.approx(metrics.mean_absolute_error(points.y, predictions))}
            continue
        answers = predictions.argmax(axis=1) if predictions.ndim == 2 else predictions > 0.5
        assert found["confusion"] == metrics.confusion_matrix(points.y, answers).tolist()
        of_each = metrics.precision_recall_fscore_support(points.y, answers, zero_division=np.nan)
        ours = [[one[name] for one in found["classes"]] for name in ("precision", "recall", "f1", "points")]
        np.testing.assert_allclose(np.array(ours, dtype=float), of_each)
        assert [one["name"] for one in found["classes"]] == list(task.meaning.classes)
        assert found["f1"] == pytest.approx(metrics.f1_score(points.y, answers, average="macro"))
        assert found["log_loss"] == pytest.approx(metrics.log_loss(points.y, predictions), rel=1e-5)
        if task.outputs == 1:
            assert found["roc_auc"] == pytest.approx(metrics.roc_auc_score(points.y, predictions))


@pytest.mark.parametrize("engine", names("engine"))
def test_every_engine_writes_the_same_entries(engine: str, train: Train) -> None:
    small = ("dataset=blobs", "dataset.n_samples=40", *QUICK)
    mine = train(*small, f"engine={engine}", folder="mine").summary["scores"]
    theirs = train(*small, "engine=module", folder="theirs").summary["scores"]
    assert mine["val"].pop("log_loss") == pytest.approx(theirs["val"].pop("log_loss"), rel=1e-4)
    assert mine == theirs


def test_a_job_of_a_batch_has_the_entries_of_a_single_run(program: Program, tmp_path: Path) -> None:
    swept = ("dataset=circle", "dataset.n_samples=100", "epochs=3", "engine=kernel")
    done = program("-m", "hydra/launcher=batched", *swept, "seed=0,1", "hydra.sweep.dir=sweep", "report=false")
    assert done.status == 0, done.err
    done = program(*swept, "seed=1", "hydra.run.dir=alone", *QUICK[:3])
    assert done.status == 0, done.err
    assert Run(tmp_path / "sweep" / "1").summary["scores"] == Run(tmp_path / "alone").summary["scores"]


def said(classes: list[dict[str, Any]], **numbers: float) -> list[str]:
    """What a terminal says of these scores, beside the rest."""
    summary = {
        "metrics": {"val_loss": 0.1, "val_acc": 0.9}, "best": None, "epochs": 1, "steps": 1, "fit_seconds": 0.0,
        "scores": {"val": numbers | ({"classes": classes} if classes else {})},
    }  # fmt: skip
    return results(summary, str)[2:-1]


def of_class(name: str, f1: float | None, points: int) -> dict[str, Any]:
    return {"name": name, "precision": 0.5 if f1 else None, "recall": f1, "f1": f1, "points": points}


def test_the_terminal_names_the_weakest_class_where_accuracy_hides_it() -> None:
    a, b, c = of_class("a", 1.0, 95), of_class("b\x1b", 0.6, 5), of_class("c", None, 0)
    assert said([a, b]) == ["lowest F1: b\\x1b, F1 0.6000, precision 0.5000, recall 0.6000 of 5 validation points"]
    assert said([a, {**b, "points": 90}]) == []
    assert said([a, {**b, "points": 90}, of_class("d", 0.0, 10)]) == [
        "lowest F1: d, F1 0.0000, recall 0.0000 of 10 validation points"
    ]
    assert said([a, {**a, "name": "b", "points": 5}]) == []  # all right
    assert said([a, c]) == []  # nothing is known of c
    assert said([], mae=41.25) == ["validation values are off by 41.2500 on average"]


def test_the_table_of_the_classes_counts_what_is_undecided_and_refers_to_the_receipt_for_many() -> None:
    two = {"classes": [of_class("a", 0.5, 4), of_class("b", None, 2)], "confusion": [[1, 2], [0, 2]]}
    assert [re.sub(" +", " ", line) for line in class_table(two, "species")] == [
        "species points precision recall F1",
        "a 4 0.5000 0.5000 0.5000",
        "b 2 unknown unknown unknown",
        "taken for a b none",
        "a 1 2 1",
        "b 0 2 0",
    ]
    many = {"classes": [of_class(str(i), 1.0, 1) for i in range(13)], "confusion": np.eye(13, dtype=int).tolist()}
    assert len(class_table(many, "digit")) == 15
    assert class_table(many, "digit")[-1] == "the confusion matrix of 13 classes is in summary.json"
    assert class_table({"mae": 3.0}, "price") == []


def test_scores_that_are_unknown_are_in_no_table() -> None:
    assert scores({"scores": {"val": {"f1": 0.5, "roc_auc": None}}}) == {"val_f1": 0.5}
    assert scores({}) == scores({"scores": {"val": {}}}) == {}

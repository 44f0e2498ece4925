"""Scores against scikit-learn's, with ties, classes without points or answers, and answers that there are not."""

import math
import warnings

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from sklearn import metrics

from backprop_lab.options.discovery import module, names
from backprop_lab.training import scores
from backprop_lab.training.evaluation import final_metrics, measured, predict
from backprop_lab.training.first_state import first_state
from backprop_lab.training.head import SCORE_LABELS, Classifier, Units, head_of
from conftest import configured, fitting, task_of

THOROUGH = settings(max_examples=80, deadline=None)


@st.composite
def answered(draw: st.DrawFn) -> tuple[int, np.ndarray, np.ndarray]:
    """Classes, targets and answers; few points, so that many classes have none."""
    classes, n = draw(st.integers(2, 6)), draw(st.integers(1, 25))
    targets = draw(st.lists(st.integers(0, classes - 1), min_size=n, max_size=n))
    answers = draw(st.lists(st.integers(scores.UNKNOWN, classes - 1), min_size=n, max_size=n))
    return classes, np.array(targets, dtype=float), np.array(answers)


@st.composite
def ranked(draw: st.DrawFn) -> tuple[np.ndarray, np.ndarray]:
    """Targets of two classes, and outputs many of which are equal."""
    n = draw(st.integers(1, 30))
    output = st.one_of(st.integers(-2, 2).map(float), st.floats(-50, 50), st.sampled_from([math.inf, -math.inf]))
    targets = draw(st.lists(st.integers(0, 1), min_size=n, max_size=n))
    return np.array(targets, dtype=float), np.array(draw(st.lists(output, min_size=n, max_size=n)))


@st.composite
def told_apart(draw: st.DrawFn) -> tuple[np.ndarray, np.ndarray]:
    """Targets of k classes, and logits [n, k], some so large that a probability is rounded to 0 or 1."""
    classes, n = draw(st.integers(2, 5)), draw(st.integers(1, 15))
    targets = draw(st.lists(st.integers(0, classes - 1), min_size=n, max_size=n))
    rows = st.lists(st.floats(-200, 200), min_size=classes, max_size=classes)
    return np.array(targets, dtype=float), np.array(draw(st.lists(rows, min_size=n, max_size=n)))


def number(value: float | None) -> float:
    return math.nan if value is None else value


@THOROUGH
@given(answered())
def test_the_confusion_matrix_and_the_scores_of_each_class_are_scikit_learns(
    case: tuple[int, np.ndarray, np.ndarray],
) -> None:
    classes, targets, answers = case
    labels = [*range(classes)]
    confusion = scores.confusion_matrix(targets, answers, classes)
    assert confusion.tolist() == metrics.confusion_matrix(targets, answers, labels=labels).tolist()
    ours = scores.of_classes(confusion, np.bincount(targets.astype(int), minlength=classes))
    theirs = metrics.precision_recall_fscore_support(targets, answers, labels=labels, zero_division=np.nan)
    np.testing.assert_allclose(np.array([[number(value) for value in one] for one in ours]).T, theirs, rtol=1e-12)
    macro = metrics.f1_score(targets, answers, labels=labels, average="macro", zero_division=np.nan)
    assert number(scores.macro_f1(ours)) == pytest.approx(macro, rel=1e-12)


@THOROUGH
@given(ranked())
def test_the_roc_auc_is_scikit_learns_and_unknown_with_one_class(case: tuple[np.ndarray, np.ndarray]) -> None:
    targets, outputs = case
    ours = scores.roc_auc(targets, outputs)
    if len({*targets}) == 1:
        assert ours is None
    else:  # it refuses infinities, and a rank says the same
        ranks = np.unique(outputs, return_inverse=True)[1]
        assert ours == pytest.approx(metrics.roc_auc_score(targets, ranks), rel=1e-12)


def test_the_roc_auc_of_outputs_that_are_not_numbers_is_unknown() -> None:
    assert scores.roc_auc(np.array([0.0, 1.0]), np.array([0.0, math.nan])) is None


@THOROUGH
@given(told_apart())
def test_the_log_loss_is_scikit_learns_of_the_predictions(case: tuple[np.ndarray, np.ndarray]) -> None:
    targets, logits = case
    p = head_of("multiclass", "logit", logits.shape[1]).predictions(logits)
    theirs = metrics.log_loss(targets, p, labels=[*range(logits.shape[1])])
    assert scores.log_loss(targets, p) == pytest.approx(theirs, rel=1e-9)
    of_two, p = targets.clip(0, 1), head_of("binary", "logit").predictions(logits[:, 0])
    assert scores.log_loss(of_two, p) == pytest.approx(metrics.log_loss(of_two, p, labels=[0, 1]), rel=1e-9)


@pytest.mark.parametrize("loss", [name for name in names("loss") if name != "auto"])
def test_a_loss_that_says_it_is_the_log_loss_is_scikit_learns_and_no_other_is(loss: str) -> None:
    random = np.random.default_rng(3)
    for task, form in module("loss", loss).FORMS.items():
        classes = 3 if task == "multiclass" else 1
        z, y = random.normal(size=(50, classes)).squeeze(), (np.arange(50) % max(2, classes)).astype(float)
        value = float(np.mean(form.value(z, y, *configured(*fitting("loss", loss)).loss.arguments)))
        if form.output != "logit":
            assert not form.is_log_loss
            continue
        theirs = metrics.log_loss(y, head_of(task, "logit", classes).predictions(z))
        assert (value == pytest.approx(theirs, rel=1e-9)) == form.is_log_loss


@pytest.mark.parametrize(
    ("overrides", "has_log_loss"),
    [
        (("dataset=circle",), True),
        (("dataset=circle", "loss=mse"), True),
        (("dataset=circle", "loss=hinge"), False),
        (("dataset=iris",), True),
        (("dataset=iris", "loss=hinge"), False),
        (("dataset=diabetes",), False),
    ],
    ids=lambda value: " ".join(value) if isinstance(value, tuple) else "",
)
def test_all_of_a_network_is_measured_as_scikit_learn_does(overrides: tuple[str, ...], has_log_loss: bool) -> None:
    """In the names and units of the file."""
    task = task_of(*overrides)
    state = first_state(task)
    found, given = measured(task, state, task.val), task.given.val
    predictions, y = predict(task, state, given.x), given.y
    assert found.metrics == final_metrics(task, state, task.val)
    assert ("log_loss" in found.scores) == has_log_loss
    if has_log_loss:
        assert found.scores["log_loss"] == pytest.approx(metrics.log_loss(y, predictions), rel=1e-5)
    if not task.head.is_classification:
        assert found.scores == {"mae": pytest.approx(metrics.mean_absolute_error(y, predictions), rel=1e-5)}
        return
    boundary = 0.5 if has_log_loss else 0.0
    answers = predictions.argmax(axis=1) if predictions.ndim == 2 else predictions > boundary
    named = [task.meaning.class_name(label) for label in range(max(2, task.outputs))]
    report = metrics.classification_report(y, answers, target_names=named, output_dict=True, zero_division=np.nan)
    for one in found.scores["classes"]:
        theirs = report[one["name"]]
        ours = [number(one[name]) for name in ("precision", "recall", "f1", "points")]
        np.testing.assert_allclose(ours, [theirs[name] for name in ("precision", "recall", "f1-score", "support")])
    assert found.scores["f1"] == pytest.approx(report["macro avg"]["f1-score"])
    assert found.scores["confusion"] == metrics.confusion_matrix(y, answers).tolist()
    if task.outputs == 1:
        assert found.scores["roc_auc"] == pytest.approx(metrics.roc_auc_score(y, predictions))


@pytest.mark.parametrize("dtype", ["float32", "float64"])
@pytest.mark.parametrize("units", [Units(), Units(150.0, 77.0)], ids=["plain", "standardized"])
def test_the_mean_absolute_error_is_scikit_learns_in_the_units_of_the_file(dtype: str, units: Units) -> None:
    random = np.random.default_rng(0)
    outputs, targets = random.normal(size=(2, 300)).astype(dtype)
    head = head_of("regression", "value", units=units)
    in_units = [array.astype(float) * units.one + units.zero for array in (targets, outputs)]
    expected = metrics.mean_absolute_error(*in_units)
    assert head.scores(outputs, targets).numbers == {"mae": pytest.approx(expected, rel=1e-9)}


@pytest.mark.parametrize(("task", "outputs"), [("binary", 1), ("multiclass", 3)])
@pytest.mark.parametrize("undecided", [1e-6, 0.0])
def test_the_diagonal_of_the_confusion_matrix_is_the_accuracy(task: str, outputs: int, undecided: float) -> None:
    """Points that are right for nobody are in no column, yet count as points of their class."""
    random = np.random.default_rng(1)
    head = head_of(task, "logit", outputs, undecided)
    assert isinstance(head, Classifier)
    z = random.integers(-2, 3, size=(500, outputs)).astype(float).squeeze()
    z[0] = math.nan
    targets = random.integers(0, head.classes, size=500).astype(float)
    found = head.scores(z[1:], targets[1:])
    right = sum(found.confusion[label][label] for label in range(head.classes))
    assert right == head.is_right(z[1:], targets[1:]).sum()
    assert head.answers(z)[0] == scores.UNKNOWN
    assert sum(one.points for one in found.classes) == 499
    undecided_ones = head.is_undecided(z[1:]).sum()
    assert sum(map(sum, found.confusion)) == 499 - undecided_ones
    assert (undecided_ones > 0) == (undecided > 0 or outputs > 1)


@pytest.mark.parametrize(
    ("task", "output", "expected"),
    [
        ("binary", "logit", {"f1", "roc_auc"}),
        ("binary", "margin", {"f1", "roc_auc"}),
        ("multiclass", "logit", {"f1"}),
        ("multiclass", "margin", {"f1"}),
        ("regression", "value", {"mae"}),
    ],
)
def test_only_two_classes_have_a_roc_auc(task: str, output: str, expected: set[str]) -> None:
    outputs = 3 if task == "multiclass" else 1
    head = head_of(task, output, outputs)  # type: ignore[arg-type]
    z = np.random.default_rng(2).normal(size=(20, outputs)).squeeze()
    assert head.scores(z, np.arange(20.0) % 2).numbers.keys() == expected <= SCORE_LABELS.keys()


def test_numbers_that_overflowed_give_no_warning_and_no_score() -> None:
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        found = head_of("binary", "logit").scores(np.array([np.nan, 1.0]), np.array([0.0, 1.0]))
    assert found.confusion == [[0, 0], [0, 1]]
    assert found.classes[0] == (None, 0.0, 0.0, 1)
    assert found.numbers["roc_auc"] is None

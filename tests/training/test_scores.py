"""Scores against scikit-learn's, with ties, classes without points or answers, and answers that there are not."""

import math
import warnings

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from sklearn import metrics

from backprop_lab.training import scores
from backprop_lab.training.head import SCORE_LABELS, Classifier, Units, head_of

ALL = settings(max_examples=80, deadline=None)


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


@ALL
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


@ALL
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


@ALL
@given(told_apart())
def test_the_log_loss_is_scikit_learns_of_the_predictions(case: tuple[np.ndarray, np.ndarray]) -> None:
    targets, logits = case
    head = head_of("multiclass", "logit", logits.shape[1])
    ours = head.scores(logits, targets).numbers["log_loss"]
    theirs = metrics.log_loss(targets, head.predictions(logits), labels=[*range(logits.shape[1])])
    assert ours == pytest.approx(theirs, rel=1e-9)
    two, of_two = head_of("binary", "logit"), targets.clip(0, 1)
    ours = two.scores(logits[:, 0], of_two).numbers["log_loss"]
    assert ours == pytest.approx(metrics.log_loss(of_two, two.predictions(logits[:, 0]), labels=[0, 1]), rel=1e-9)


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
    ("task", "output", "names"),
    [
        ("binary", "logit", {"f1", "roc_auc", "log_loss"}),
        ("binary", "margin", {"f1", "roc_auc"}),
        ("multiclass", "logit", {"f1", "log_loss"}),
        ("multiclass", "margin", {"f1"}),
        ("regression", "value", {"mae"}),
    ],
)
def test_a_margin_has_no_log_loss_and_only_two_classes_have_a_roc_auc(task: str, output: str, names: set[str]) -> None:
    outputs = 3 if task == "multiclass" else 1
    head = head_of(task, output, outputs)  # type: ignore[arg-type]
    z = np.random.default_rng(2).normal(size=(20, outputs)).squeeze()
    assert head.scores(z, np.arange(20.0) % 2).numbers.keys() == names <= SCORE_LABELS.keys()


def test_numbers_that_overflowed_give_no_warning_and_no_score() -> None:
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        found = head_of("binary", "logit").scores(np.array([np.nan, 1.0]), np.array([0.0, 1.0]))
    assert found.confusion == [[0, 0], [0, 1]]
    assert found.classes[0] == (None, 0.0, 0.0, 1)
    assert found.numbers["roc_auc"] is None

"""Scores of predictions beside loss and metric: formulas of our own, because importing scikit-learn takes 0.7 s.

Targets are [n]: numbers of classes from 0, or values. What divides 0 by 0 is unknown, and None.
"""

import math
from collections.abc import Sequence
from typing import NamedTuple

import numpy as np

PRECISION = float(np.finfo(float).eps)
UNKNOWN = -1
"""The answer where there is none, because rounding would decide or the outputs are not numbers."""


class ClassScores(NamedTuple):
    """The scores of one class, of which there are ``points``.

    ``precision`` is the share of right answers among those that name the class, ``recall`` among the points of the
    class, and ``f1`` their harmonic mean, 2 right / (named + points).
    """

    precision: float | None
    recall: float | None
    f1: float | None
    points: int


class Scores(NamedTuple):
    """``numbers`` by name, such as ``roc_auc`` or ``mae``; of ``classes`` each one's, and their ``confusion`` matrix,
    [k][k], both empty for values."""

    numbers: dict[str, float | None]
    classes: Sequence[ClassScores] = ()
    confusion: Sequence[Sequence[int]] = ()


def confusion_matrix(targets: np.ndarray, answers: np.ndarray, classes: int) -> np.ndarray:
    """How many points of each class got each answer: [classes, classes], a row for each class and a column for each
    answer. Points whose answer is ``UNKNOWN`` are in no column."""
    columns = classes + 1
    places = (targets * columns + (answers + 1)).astype(int)
    counted: np.ndarray = np.bincount(places, minlength=classes * columns).reshape(classes, columns)[:, 1:]
    return counted


def of_classes(confusion: np.ndarray, points: np.ndarray) -> list[ClassScores]:
    """The scores of each class, from a confusion matrix [k, k] and the number of points of each class [k]."""
    of_each = zip(confusion.diagonal().tolist(), confusion.sum(axis=0).tolist(), points.tolist(), strict=True)
    return [
        ClassScores(_ratio(right, named), _ratio(right, there), _ratio(2 * right, named + there), there)
        for right, named, there in of_each
    ]


def macro_f1(classes: Sequence[ClassScores]) -> float | None:
    """The mean F1 of the classes, each of the same weight, of which there are points or answers."""
    known = [one.f1 for one in classes if one.f1 is not None]
    return sum(known) / len(known) if known else None


def log_loss(targets: np.ndarray, probabilities: np.ndarray) -> float:
    """The mean of -ln p of each point's class: ``probabilities`` are [n], of class 1, or [n, k].

    As in scikit-learn they are clipped to at least 2.2e-16, the precision of float64, and at most 1 minus that.
    """
    p = probabilities.astype(float)
    own = np.where(targets > 0.5, p, 1.0 - p) if p.ndim == 1 else p[np.arange(len(p)), targets.astype(int)]
    clipped = np.minimum(np.maximum(own, PRECISION), 1.0 - PRECISION)
    return -float(np.log(clipped).sum()) / len(own)


def roc_auc(targets: np.ndarray, outputs: np.ndarray) -> float | None:
    """The area under the ROC curve of two classes: how often the output of a point of class 1 is larger than that of
    one of class 0, where equal ones count half. ``outputs`` [n] are logits, margins or probabilities of class 1.

    Unknown if there are points of one class only, or outputs that are not numbers.
    """
    is_one = targets > 0.5
    ones, zeros = outputs[is_one], outputs[~is_one]
    if not len(ones) or not len(zeros):
        return None
    ones.sort()  # so that the search goes through memory in order
    zeros.sort()
    if math.isnan(ones[-1]) or math.isnan(zeros[-1]):  # NaN is sorted to the end
        return None
    smaller = int(zeros.searchsorted(ones, "left").sum())
    not_larger = int(zeros.searchsorted(ones, "right").sum())
    return (smaller + not_larger) / (2 * len(ones) * len(zeros))


def mean_absolute_error(targets: np.ndarray, values: np.ndarray) -> float:
    """The mean of |y - f|, in the units of both."""
    return float(np.abs(targets.astype(float) - values.astype(float)).mean())


def _ratio(part: int, whole: int) -> float | None:
    return part / whole if whole else None

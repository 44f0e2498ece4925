"""How often which class is taken for which, at each recorded frame."""

import numpy as np

from backprop_lab.training.evaluation import outputs_of
from backprop_lab.training.head import Classifier
from backprop_lab.training.scores import UNKNOWN, confusion_matrix
from backprop_lab.training.state import State
from backprop_lab.training.task import Task

MOST_CLASSES = 30
"""Of a table that can be read."""
UNDECIDED = 255
"""As in page/run/field.js. There are at most 100 classes."""


def confusion(task: Task, frames: list[State]) -> np.ndarray | None:
    """Counts of all validation points [F, k, k + 1]: rows are the true classes, columns the predicted ones, and the
    last column what rounding would decide. None for a regression and above ``MOST_CLASSES``."""
    head = task.head
    if not isinstance(head, Classifier) or head.classes > MOST_CLASSES:
        return None
    true = np.bincount(task.val.y.astype(int), minlength=head.classes)
    counts = []
    for frame in frames:
        counted = confusion_matrix(task.val.y, head.answers(outputs_of(task, frame, task.val.x)), head.classes)
        counts.append(np.column_stack([counted, true - counted.sum(axis=1)]))
    return np.stack(counts).astype(np.int32)


def answers(head: Classifier, outputs: np.ndarray) -> np.ndarray:
    """The predicted classes as uint8, and ``UNDECIDED`` where rounding would decide."""
    found = head.answers(outputs)
    return np.where(found == UNKNOWN, UNDECIDED, found).astype(np.uint8)

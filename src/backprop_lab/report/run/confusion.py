"""How often which class is taken for which, at each recorded frame."""

import numpy as np

from backprop_lab.training.evaluation import outputs_of
from backprop_lab.training.head import Classifier
from backprop_lab.training.state import State
from backprop_lab.training.task import Task

MOST_CLASSES = 30
"""Of a table that can be read."""
UNDECIDED = 255
"""As in page/run/field.js. There are at most 100 classes."""


def confusion(task: Task, frames: list[State]) -> np.ndarray | None:
    """Counts of all validation points [F, k, k + 1]: rows are the true classes, columns the predicted ones, and the
    last column what rounding would decide. None for a regression and above ``MOST_CLASSES``."""
    count = max(2, task.head.outputs)
    if not isinstance(task.head, Classifier) or count > MOST_CLASSES:
        return None
    true = task.val.y.astype(int)
    columns = [labels(task.head, outputs_of(task, frame, task.val.x), count) for frame in frames]
    size = count * (count + 1)
    counts = [np.bincount(true * (count + 1) + column, minlength=size) for column in columns]
    return np.stack(counts).reshape(-1, count, count + 1).astype(np.int32)


def labels(head: Classifier, outputs: np.ndarray, undecided: int = UNDECIDED) -> np.ndarray:
    """The predicted classes, and ``undecided`` where rounding would decide."""
    return np.where(head.is_undecided(outputs), undecided, head.labels(outputs)).astype(int)

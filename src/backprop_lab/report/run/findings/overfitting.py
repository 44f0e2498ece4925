"""Uses medians over a tenth of the rows, because single epochs may jump, and asks for a rise that goes on."""

import numpy as np

from backprop_lab.options.text import number
from backprop_lab.report.run.findings.commands import again
from backprop_lab.report.run.findings.evidence import Evidence, tenth
from backprop_lab.report.run.findings.finding import Finding

FEWEST_POINTS = 30  # with fewer validation points the loss says little
FEWEST_ROWS = 20
HARMFUL = 0.25  # of the loss of guessing: a rise far below it changes no prediction


def find(evidence: Evidence) -> Finding | None:
    task, rows = evidence.task, len(evidence.epoch)
    if len(task.val) < FEWEST_POINTS or np.array_equal(task.val.x, task.train.x) or rows < FEWEST_ROWS:
        return None
    val, train = _smooth(evidence.history["val_loss"]), _smooth(evidence.train_loss)
    best = int(val.argmin())
    after = val[best:]
    fell = 1 - train[-1] / train[best] if train[best] > 0 else 0.0
    is_above = evidence.measures.losses[-1, 1] > evidence.measures.losses[-1, 0] and val[-1] > train[-1]
    if best >= 0.9 * len(val) or val[-1] < 1.1 * val[best] or fell < 0.1 or not is_above or slope(after) <= 0:
        return None
    if val[-1] < HARMFUL * evidence.loss_of_guessing:
        return None
    epoch = int(evidence.epoch[best + (rows - len(val)) // 2])
    return Finding(
        rule="overfitting",
        headline="but it overfits" if evidence.is_learned else "it overfits",
        sentence=f"The network began to overfit about epoch {epoch:,}: from there on it memorizes the training data.",
        evidence=f"median validation loss {number(val[best])} there, {number(val[-1])} at the end, while the training "
        f"loss fell by {fell:.0%}",
        frame=evidence.frame_at(epoch),
        panel="curves",
        command=_more_points(evidence, epoch),
        explains=("still falling", "settled", "too few steps", "learning rate too low"),
    )


def _more_points(evidence: Evidence, epoch: int) -> str | None:
    """Ten times the points, and an end where it began to overfit; None if the data set cannot draw more."""
    points = evidence.config.dataset.n_samples
    return None if points is None else again(evidence, f"dataset.n_samples={10 * points}", f"epochs={epoch}")


def slope(values: np.ndarray) -> float:
    """The median of the slopes between all pairs of values (Theil, Sen), of at most 200 of them."""
    taken = values[np.linspace(0, len(values) - 1, min(len(values), 200)).round().astype(int)]
    i, j = np.triu_indices(len(taken), 1)
    return float(np.median((taken[j] - taken[i]) / (j - i))) if len(i) else 0.0


def _smooth(values: np.ndarray) -> np.ndarray:
    """Moving medians over a tenth of the rows."""
    return np.median(np.lib.stride_tricks.sliding_window_view(values, tenth(values)), axis=1)

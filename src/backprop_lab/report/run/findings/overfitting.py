"""Uses means over a tenth of the rows, because the best single row of a noisy loss is an accident."""

import numpy as np

from backprop_lab.options.text import number
from backprop_lab.report.run.findings.commands import again
from backprop_lab.report.run.findings.evidence import Evidence, tenth
from backprop_lab.report.run.findings.finding import Finding

FEWEST_POINTS = 30  # with fewer validation points the loss says little


def find(evidence: Evidence) -> Finding | None:
    task, rows = evidence.task, len(evidence.epoch)
    if len(task.val) < FEWEST_POINTS or np.array_equal(task.val.x, task.train.x) or rows < 2:
        return None
    val, train = _smooth(evidence.history["val_loss"]), _smooth(evidence.train_loss)
    best = int(val.argmin())
    fell = 1 - train[-1] / train[best] if train[best] > 0 else 0.0
    if best >= 0.9 * len(val) or val[-1] < 1.1 * val[best] or fell < 0.1:
        return None
    epoch = int(evidence.epoch[best + (rows - len(val)) // 2])
    return Finding(
        rule="overfitting",
        sentence=f"The network began to overfit about epoch {epoch:,}: from there on it memorizes the training data.",
        evidence=f"validation loss {number(val[best])} there, {number(val[-1])} at the end, while the training loss "
        f"fell by {fell:.0%}",
        frame=evidence.frame_at(epoch),
        panel="curves",
        command=again(evidence, f"epochs={epoch}"),
    )


def _smooth(values: np.ndarray) -> np.ndarray:
    """Moving averages over a tenth of the rows."""
    return np.lib.stride_tricks.sliding_window_view(values, tenth(values)).mean(axis=1)

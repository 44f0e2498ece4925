"""One class is so rare that an accuracy says little."""

import numpy as np

from backprop_lab.options.text import number
from backprop_lab.report.run.findings.evidence import Evidence
from backprop_lab.report.run.findings.finding import Finding

RARE = 0.05
"""Of two classes; of more, as much less as each has fewer points when all have equally many."""


def find(evidence: Evidence) -> Finding | None:
    task = evidence.task
    if not task.head.is_classification or evidence.is_solved:
        return None
    shares = np.bincount(task.train.y.astype(int), minlength=2) / len(task.train)
    rare, other = int(shares.argmin()), int(shares.argmax())
    least = float(shares[rare])
    if not 0 < least < RARE * 2 / len(shares):
        return None
    without = f"predicting class {other} everywhere"
    if len(shares) > 2:
        without = "a network that never predicts it"
    return Finding(
        rule="rare class",
        headline=f"only {least:.1%} of the points are of class {rare}",
        sentence=f"Only {least:.1%} of the training points are of class {rare}: {without} "
        f"{'is' if len(shares) == 2 else 'can be'} right for {1 - least:.1%} of them, so an accuracy says little "
        f"{'here' if len(shares) == 2 else 'about that class'}.",
        evidence=f"validation accuracy {number(evidence.val_metric)}, of the same class everywhere "
        f"{number(task.bar.constant)}",
        frame=evidence.last_frame,
        panel="answer",
        explains=(
            "no better than guessing", "learning rate too low", "too few steps", "settled", "waited", "still falling",
            "dead units", "too narrow", "saturated",
        ),
    )  # fmt: skip

"""One class is so rare that an accuracy says little."""

import numpy as np

from backprop_lab.options.text import number
from backprop_lab.report.run.findings.evidence import Evidence
from backprop_lab.report.run.findings.finding import Finding

RARE = 0.05


def find(evidence: Evidence) -> Finding | None:
    task = evidence.task
    if not task.head.is_classification or evidence.is_solved:
        return None
    share = float(np.mean(task.train.y, dtype=np.float64))
    rare, other = (1, 0) if share < 0.5 else (0, 1)
    least = min(share, 1 - share)
    if not 0 < least < RARE:
        return None
    return Finding(
        rule="rare class",
        headline=f"only {least:.1%} of the points are of class {rare}",
        sentence=f"Only {least:.1%} of the training points are of class {rare}: predicting class {other} everywhere is "
        f"right for {1 - least:.1%} of them, so an accuracy says little here.",
        evidence=f"validation accuracy {number(evidence.val_metric)}, of the same class everywhere "
        f"{number(task.bar.constant)}",
        frame=evidence.last_frame,
        panel="answer",
        explains=(
            "no better than guessing", "learning rate too low", "too few steps", "settled", "waited", "still falling",
            "dead units", "too narrow", "saturated",
        ),
    )  # fmt: skip

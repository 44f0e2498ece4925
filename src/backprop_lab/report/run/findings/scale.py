"""Targets or inputs far from the range around 0 for which first weights and rates are made."""

import numpy as np

from backprop_lab.options.text import number
from backprop_lab.report.run.findings.evidence import Evidence
from backprop_lab.report.run.findings.finding import Finding

LARGE = 50.0
"""A root mean square that is too large: those of the usual data sets are below 10."""


def find(evidence: Evidence) -> Finding | None:
    task = evidence.task
    if evidence.is_solved:
        return None
    x, y = (array.astype(np.float64) for array in (task.train.x, task.train.y))
    sizes = {"inputs": float(np.sqrt((x**2).mean(axis=0)).max())}
    if not task.head.is_classification:
        sizes = {"targets": float(np.sqrt((y**2).mean())), **sizes}
    what, size = max(sizes.items(), key=lambda item: item[1])
    if size < LARGE:
        return None
    return Finding(
        rule="not scaled",
        headline=f"the {what} are large",
        sentence=f"The {what} are not scaled: first weights and learning rates are made for numbers around 1, and "
        f"these are about {number(size)}. Subtract their mean, divide them by their spread, and train again.",
        evidence=f"root mean square of the {what} {number(size)}",
        frame=0,
        panel="answer",
        explains=(
            "diverged", "dead layer", "learning rate too high", "learning rate too low", "no better than guessing",
            "dead units", "saturated", "settled", "too few steps", "still falling", "too narrow", "vanishing gradients",
        ),
    )  # fmt: skip

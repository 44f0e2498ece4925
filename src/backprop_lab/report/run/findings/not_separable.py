import numpy as np

from backprop_lab.report.run.findings.commands import with_units
from backprop_lab.report.run.findings.evidence import Evidence
from backprop_lab.report.run.findings.finding import Finding
from backprop_lab.report.run.separable import is_separable, most_right
from backprop_lab.training.head import Binary


def find(evidence: Evidence) -> Finding | None:
    task = evidence.task
    if not isinstance(task.head, Binary) or not task.sees_a_plane or not _is_linear(evidence) or evidence.is_solved:
        return None
    x, y = task.train.x.astype(np.float64), task.train.y
    if evidence.train_metric == 1 or is_separable(x, y):
        return None
    n = len(y)
    most = f"more than {most_right(x, y)} of the {n}" if evidence.has_few_points else f"all {n:,}"
    return Finding(
        rule="not separable",
        headline="a straight line cannot separate these classes",
        sentence=f"No straight line gets {most} training points right, and without a nonlinear hidden layer the "
        "decision boundary is a straight line.",
        evidence=f"{round(evidence.train_metric * n):,} of {n:,} right at the end",
        frame=evidence.last_frame,
        panel="answer",
        command=with_units(evidence),
        explains=(
            "no better than guessing", "settled", "learning rate too low", "too few steps", "still falling", "waited",
            "identical units", "missing bias", "too narrow", "vanishing gradients",
        ),
    )  # fmt: skip


def _is_linear(evidence: Evidence) -> bool:
    return bool(evidence.layers) and all(hasattr(layer.option, "IS_LINEAR") for layer in evidence.layers)

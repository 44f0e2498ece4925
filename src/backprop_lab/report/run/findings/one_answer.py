"""All targets are equal: there is nothing to learn."""

import numpy as np

from backprop_lab.options.text import number
from backprop_lab.report.run.findings.evidence import Evidence
from backprop_lab.report.run.findings.finding import ALL, Finding


def find(evidence: Evidence) -> Finding | None:
    task = evidence.task
    targets = np.concatenate([task.train.y, task.val.y])
    if not (targets == targets[0]).all():
        return None
    of = f"class {targets[0]:g}" if task.head.is_classification else f"y = {number(float(targets[0]))}"
    return Finding(
        rule="one answer",
        headline=f"all points are of {of}" if task.head.is_classification else f"all targets are {of}",
        sentence=f"There is nothing to learn: every one of the {len(targets):,} points has {of}, so the same "
        "prediction everywhere is right.",
        evidence=f"training loss {number(evidence.last_loss)}",
        frame=evidence.last_frame,
        panel="answer",
        explains=ALL,
    )

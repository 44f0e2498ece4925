import numpy as np

from backprop_lab.options.text import number
from backprop_lab.report.run.findings.evidence import Evidence
from backprop_lab.report.run.findings.finding import Finding


def find(evidence: Evidence) -> Finding | None:
    task = evidence.task
    if not task.head.is_classification or len(evidence.epoch) == 0:
        return None
    accuracy, share = evidence.history[f"val_{task.head.metric}"], evidence.task.bar.constant
    counts = np.bincount(task.val.y.astype(int))
    largest = np.flatnonzero(counts == counts.max())
    flat = np.abs(accuracy - share) < 1e-9
    # Where two classes are equally large, that accuracy does not imply a constant prediction.
    if len(largest) > 1 or not flat[0] or accuracy[-1] < share + 0.01:
        return None
    until = int(evidence.epoch[flat.argmin() - 1])
    if until < 0.05 * evidence.last_epoch:
        return None
    return Finding(
        rule="waited",
        sentence=f"Until epoch {until:,} it predicted class {largest[0]} everywhere; then it began to learn.",
        evidence=f"validation accuracy {number(share)}, the share of that class, until then; {number(accuracy[-1])} at "
        "the end",
        frame=evidence.frame_at(until),
        panel="curves",
    )

"""So few validation points that luck may have decided."""

from backprop_lab.options.text import number
from backprop_lab.report.run.findings.evidence import Evidence
from backprop_lab.report.run.findings.finding import Finding


def find(evidence: Evidence) -> Finding | None:
    task = evidence.task
    if not task.bar.are_few:
        return None
    n, head = len(task.val), task.head
    points = f"{n} validation point{'s' * (n != 1)}"
    chance = f"the same class everywhere gets all of them right with a probability of {task.bar.constant**n:.0%}"
    return Finding(
        rule="few points",
        headline=f"{points}: too few to tell",
        sentence=f"{points} {'is' if n == 1 else 'are'} too few to tell whether the network has learned its task.",
        evidence=chance if head.is_classification else f"validation {head.metric_label} {number(evidence.val_metric)}",
        frame=evidence.last_frame,
        panel="answer",
        explains=("overfitting", "waited", "settled"),
    )

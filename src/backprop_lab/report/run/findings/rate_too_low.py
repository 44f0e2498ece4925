from backprop_lab.options.text import number
from backprop_lab.report.run.findings.commands import with_rate
from backprop_lab.report.run.findings.evidence import Evidence
from backprop_lab.report.run.findings.finding import Finding


def find(evidence: Evidence) -> Finding | None:
    if "lr" not in evidence.task.optimizer.knobs:
        return None
    first, last = evidence.first_loss, evidence.last_loss
    largest = float(evidence.update_ratio.max(initial=0.0))
    falls = len(evidence.epoch) >= 10 and evidence.fall is not None and evidence.fall >= 0.001
    if evidence.rises.any() or not largest < 0.02 or not falls or evidence.is_solved or not last > 0.5 * first:
        return None
    return Finding(
        rule="learning rate too low",
        sentence="The learning rate looks too low: the loss falls steadily, but slowly.",
        evidence=f"training loss {number(first)} at the start, {number(last)} at the end; "
        f"largest update ÷ weight {number(largest)}",
        frame=evidence.last_frame,
        panel="steps",
        command=with_rate(evidence, 10),
    )

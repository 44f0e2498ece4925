from backprop_lab.options.text import number
from backprop_lab.report.run.findings.commands import again, enough_steps, usual_rate
from backprop_lab.report.run.findings.evidence import Evidence
from backprop_lab.report.run.findings.finding import Finding


def find(evidence: Evidence) -> Finding | None:
    rate, usual = evidence.task.optimizer.knobs.get("lr"), usual_rate(evidence)
    if rate is None or usual is None or rate > usual / 5 or evidence.is_solved or evidence.rises.any():
        return None
    first, last = evidence.first_loss, evidence.last_loss
    largest = float(evidence.update_ratio.max(initial=0.0))
    if not largest < 0.02 or not last > 0.5 * first:
        return None
    return Finding(
        rule="learning rate too low",
        headline="the learning rate is too low",
        sentence="The learning rate looks too low: the loss falls steadily, but slowly.",
        evidence=f"training loss {number(first)} at the start, {number(last)} at the end; "
        f"largest update ÷ weight {number(largest)}; usual rate {usual:g}",
        frame=evidence.last_frame,
        panel="steps",
        command=again(evidence, f"optimizer.lr={usual:g}", *enough_steps(evidence)),
        explains=("no better than guessing", "settled", "too few steps", "still falling", "waited", "too narrow"),
    )

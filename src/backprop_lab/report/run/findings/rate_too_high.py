"""Three signs: the loss goes up and down; a step is as long as the weights; working units are switched off."""

from backprop_lab.options.text import number
from backprop_lab.report.run.findings.commands import with_rate
from backprop_lab.report.run.findings.evidence import Evidence
from backprop_lab.report.run.findings.finding import Finding


def find(evidence: Evidence) -> Finding | None:
    if "lr" not in evidence.task.optimizer.knobs:
        return None
    second_half = evidence.rises[len(evidence.rises) // 2 :]
    share = float(second_half.mean()) if len(second_half) >= 5 else 0.0
    # The first step of a regression may rightly be long, because its weights start small.
    by_frame = evidence.update_ratio[1:].max(axis=1, initial=0.0)
    largest = float(by_frame.max(initial=0.0))
    killed = [dead[-1] & ~dead[0] for dead in evidence.mortal]
    reason = (
        f"the training loss rose in {share:.0%} of the second half's rows; largest update ÷ weight {number(largest)}"
    )
    if share >= 0.3:
        what, frame, panel = "the loss jumps up and down instead of settling", evidence.last_frame, "curves"
    elif largest >= 1 and not evidence.is_solved:
        what, frame, panel = "a step is as long as the weights it updates", 1 + int(by_frame.argmax()), "steps"
    elif any(layer.mean() >= 0.5 for layer in killed) and not evidence.is_solved:
        what = f"its steps switched off {evidence.mortal_activation} units that had been working"
        frame, panel = evidence.most_dead, "network"
        reason = f"{sum(int(layer.sum()) for layer in killed)} of {sum(map(len, killed))} units went off"
    else:
        return None
    return Finding(
        rule="learning rate too high",
        sentence=f"The learning rate looks too high: {what}.",
        evidence=reason,
        frame=frame,
        panel=panel,
        command=with_rate(evidence, 1 / 3),
    )

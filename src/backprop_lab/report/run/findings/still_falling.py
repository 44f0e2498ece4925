from backprop_lab.options.text import number
from backprop_lab.report.run.findings.commands import going_on
from backprop_lab.report.run.findings.evidence import Evidence
from backprop_lab.report.run.findings.finding import Finding


def find(evidence: Evidence) -> Finding | None:
    if evidence.fall is None or evidence.fall < 0.05 or evidence.is_solved:
        return None
    return Finding(
        rule="still falling",
        sentence="The loss was still falling when the training ended.",
        evidence=f"by {evidence.fall:.0%} over the last tenth of the rows; "
        f"training loss {number(evidence.train_loss[-1])}",
        frame=evidence.last_frame,
        panel="curves",
        command=going_on(evidence),
    )

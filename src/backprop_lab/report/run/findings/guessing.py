import numpy as np

from backprop_lab.options.text import number
from backprop_lab.report.run.findings.evidence import Evidence
from backprop_lab.report.run.findings.finding import Finding


def find(evidence: Evidence) -> Finding | None:
    if not evidence.is_guessing:
        return None
    guess, losses = evidence.loss_of_guessing, evidence.train_loss
    near = float((np.abs(losses - guess) <= 0.02 * guess).mean()) if len(losses) else 1.0
    return Finding(
        rule="no better than guessing",
        sentence="The network does no better than a constant prediction.",
        evidence=f"training loss {number(evidence.last_loss)}, guessing {number(guess)}; "
        f"within 2 % of it in {near:.0%} of the rows",
        frame=evidence.last_frame,
        panel="curves",
        explains=("settled",),
    )

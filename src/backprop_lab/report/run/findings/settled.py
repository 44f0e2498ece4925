import numpy as np

from backprop_lab.options.text import number
from backprop_lab.report.run.findings import rate_too_low
from backprop_lab.report.run.findings.evidence import Evidence, since, tenth
from backprop_lab.report.run.findings.finding import Finding


def find(evidence: Evidence) -> Finding | None:
    if evidence.fall is None or abs(evidence.fall) >= 0.01 or rate_too_low.find(evidence):
        return None
    losses, guess = evidence.train_loss, evidence.loss_of_guessing
    end = losses[-tenth(losses) :]
    level, spread = end.mean(), max(0.05 * end.mean(), 2 * end.std())
    near = np.append(np.abs(losses[:-1] - level) <= spread, True)
    epoch = int(evidence.epoch[since(near)])
    has_converged = evidence.is_solved or evidence.last_loss < 0.5 * guess
    return Finding(
        rule="settled",
        sentence="The training has converged."
        if has_converged
        else "The loss is on a plateau: it has stopped falling, but is still high.",
        evidence=f"training loss about {number(level)} since epoch {epoch:,}; loss of guessing {number(guess)}",
        frame=evidence.frame_at(epoch),
        panel="curves",
    )

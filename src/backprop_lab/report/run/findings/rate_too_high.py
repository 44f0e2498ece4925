"""Signs: it diverges; the loss goes up and down; a step is as long as the weights; working units are switched off."""

import numpy as np

from backprop_lab.options.text import number
from backprop_lab.report.run.findings.commands import again, enough_steps, usual_rate
from backprop_lab.report.run.findings.evidence import Evidence
from backprop_lab.report.run.findings.finding import Finding
from backprop_lab.report.run.sharpness import largest_stable_rate

SYMPTOMS = (
    "dead layer", "dead units", "saturated", "no better than guessing", "settled", "too few steps", "too narrow",
    "still falling", "overfitting", "waited", "vanishing gradients",
)  # fmt: skip
HIGH_MOMENTUM = 0.95


def find(evidence: Evidence) -> Finding | None:
    rate = evidence.task.optimizer.knobs.get("lr")
    if rate is None:
        return None
    sign = _sign(evidence)
    if sign is None:
        return None
    what, reason, frame, panel = sign
    momentum = float(evidence.task.optimizer.knobs.get("momentum") or 0)
    if momentum >= HIGH_MOMENTUM:
        return Finding(
            rule="momentum too high",
            headline=f"a momentum of {momentum:g} makes the steps too long",
            sentence=f"With a momentum of {momentum:g} a step is in effect {1 / (1 - momentum):,.0f} times as long as "
            f"the learning rate says, and that is too long: {what}.",
            evidence=reason,
            frame=frame,
            panel=panel,
            command=slower(evidence, "optimizer.momentum=0.9", momentum=0.9),
            explains=(*SYMPTOMS, "learning rate too high", "diverged"),
        )
    return Finding(
        rule="learning rate too high",
        headline="the learning rate is too high",
        sentence=f"The learning rate looks too high: {what}.",
        evidence=reason,
        frame=frame,
        panel=panel,
        command=slower(evidence),
        explains=SYMPTOMS,
    )


def _sign(evidence: Evidence) -> tuple[str, str, int, str] | None:
    """What is wrong, the evidence of it, and where the page shows it."""
    second_half = evidence.rises[len(evidence.rises) // 2 :]
    share = float(second_half.mean()) if len(second_half) >= 5 else 0.0
    # The first step of a regression may rightly be long, because its weights start small.
    by_frame = evidence.update_ratio[1:].max(axis=1, initial=0.0)
    largest = float(by_frame.max(initial=0.0))
    killed = [dead[-1] & ~dead[0] for dead in evidence.mortal]
    reason = (
        f"the training loss rose in {share:.0%} of the second half's rows; largest update ÷ weight {number(largest)}"
    )
    is_low = evidence.last_loss < 0.1 * evidence.loss_of_guessing or not evidence.task.bar.is_known
    if share >= 0.3 and not (evidence.is_solved and is_low):
        return "the loss jumps up and down instead of settling", reason, evidence.last_frame, "curves"
    if largest >= 1 and not evidence.is_solved:
        return "a step is as long as the weights it updates", reason, 1 + int(np.argmax(by_frame)), "steps"
    if any(layer.mean() >= 0.5 for layer in killed) and not evidence.is_solved:
        off, of = sum(int(layer.sum()) for layer in killed), sum(map(len, killed))
        what = f"its steps switched off {evidence.mortal_activation} units that had been working"
        return what, f"{off} of {of} units went off", evidence.most_dead, "network"
    return None


def slower(evidence: Evidence, *changes: str, momentum: float | None = None) -> str:
    """The same run with a rate that is lower, at most the usual one, and stable at the first weights."""
    rate, usual = float(evidence.task.optimizer.knobs["lr"]), usual_rate(evidence)
    if momentum is None:
        momentum = float(evidence.task.optimizer.knobs.get("momentum") or 0)
    stable = largest_stable_rate(evidence.task, evidence.frames[0], evidence.measures)
    wanted = min([rate / 3, *([usual] if usual else []), *([0.4 * stable * (1 - momentum)] if stable else [])])
    return again(evidence, *changes, f"optimizer.lr={wanted:.2g}", *enough_steps(evidence))

"""Weight decay or a penalty that pulls the weights to 0 faster than the data can move them."""

from backprop_lab.options.discovery import names
from backprop_lab.options.text import number
from backprop_lab.report.run.findings.commands import has, without
from backprop_lab.report.run.findings.evidence import Evidence
from backprop_lab.report.run.findings.finding import Finding
from backprop_lab.training import penalty
from backprop_lab.training.state import State

SHRUNK = 0.5


def find(evidence: Evidence) -> Finding | None:
    decay = float(evidence.task.optimizer.knobs.get("weight_decay") or 0)
    has_penalty = penalty.has_value(evidence.task.penalty)
    before, after = _norm(evidence.frames[0]), _norm(evidence.frames[-1])
    if evidence.is_solved or not (decay or has_penalty) or not after < SHRUNK * before:
        return None
    changes, said = [], []
    if decay:
        changes.append("optimizer.weight_decay=0")
        said.append(f"a weight decay of {decay:g}")
    if has_penalty:
        none = next(name for name in names("penalty") if not has("penalty", name, "value"))
        changes.append(f"penalty={none}")
        strength = evidence.task.penalty.knobs.get("strength")
        said.append(f"the penalty {evidence.task.penalty.name}" + (f" of strength {strength:g}" if strength else ""))
    what = " and ".join(said)
    return Finding(
        rule="decay too strong",
        headline=f"{what} keeps the weights small",
        sentence=f"{what[0].upper()}{what[1:]} pulls the weights towards 0 faster than the data can move them.",
        evidence=f"norm of the weights {number(before)} at the start, {number(after)} at the end",
        frame=evidence.last_frame,
        panel="steps",
        command=without(evidence, changes),
        explains=(
            "no better than guessing", "settled", "learning rate too low", "too few steps", "still falling",
            "too narrow", "dead units", "dead layer", "vanishing gradients", "waited",
        ),
    )  # fmt: skip


def _norm(state: State) -> float:
    """The norm of the weights that a penalty covers: not of biases."""
    return (
        sum(float((weight.astype(float) ** 2).sum()) for weight in state.weights.values() if penalty.counts(weight))
        ** 0.5
    )

from itertools import pairwise

from backprop_lab.report.run.findings.commands import again, enough_steps, usual_rate_if_far
from backprop_lab.report.run.findings.evidence import Evidence
from backprop_lab.report.run.findings.finding import Finding
from backprop_lab.report.run.identical import identical_units

SYMPTOMS = (
    "dead layer", "dead units", "saturated", "learning rate too high", "learning rate too low",
    "no better than guessing", "settled", "too narrow", "too few steps", "still falling", "vanishing gradients",
    "diverged",
)  # fmt: skip


def find(evidence: Evidence) -> Finding | None:
    first, last = evidence.frames[0], evidence.frames[-1]
    for at, (layer, following) in enumerate(pairwise(evidence.layers), start=1):
        at_start, at_end = (identical_units(frame, layer, following) for frame in (first, last))
        stayed = max((a & b for a in at_start for b in at_end), key=len, default=frozenset())
        if len(stayed) > 1:
            units = sorted(stayed)
            named = ", ".join(f"{at}.{unit + 1}" for unit in units[:4]) + (", …" if len(units) > 4 else "")
            return Finding(
                rule="identical units",
                headline=f"{len(units)} units do the work of one",
                sentence=f"{len(units)} units of layer {at} are identical: they started identical, so their gradients "
                "are identical and they act as one unit.",
                evidence=f"units {named}, of {len(first.weights[layer.weight])}",
                frame=0,
                panel="network",
                command=None if evidence.is_solved else _with_other_weights(evidence),
                explains=SYMPTOMS,
            )
    return None


def _with_other_weights(evidence: Evidence) -> str | None:
    """None if something else stands in the way, too: then other first weights alone would not help."""
    if evidence.config.model.knobs["init"] == "default" or evidence.has_few_points:
        return None
    return again(evidence, "model.init=default", *usual_rate_if_far(evidence), *enough_steps(evidence))

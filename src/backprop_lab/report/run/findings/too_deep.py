"""So many narrow layers that the signal, or the gradient, does not get through."""

import numpy as np

from backprop_lab.options.discovery import defaults
from backprop_lab.options.text import number
from backprop_lab.report.run.findings.commands import WIDTH, again, bending, enough_steps, usual_rate_if_far
from backprop_lab.report.run.findings.evidence import Evidence
from backprop_lab.report.run.findings.finding import Finding

DEEP, NARROW = 6, 4
VANISHED = 1e-3
SYMPTOMS = (
    "dead layer", "dead units", "no better than guessing", "settled", "learning rate too low", "too few steps",
    "too narrow", "still falling", "saturated", "learning rate too high", "waited",
)  # fmt: skip


def find(evidence: Evidence) -> Finding | None:
    hidden = evidence.layers[:-1]
    if evidence.is_solved or len(hidden) < 3:
        return None
    narrowest = min(layer.units for layer in hidden)
    if len(hidden) >= DEEP and narrowest <= NARROW:
        return Finding(
            rule="too deep and narrow",
            headline=f"{len(hidden)} layers of {narrowest} units let little through",
            sentence=f"The network is too deep for its width: of {len(hidden)} hidden layers, one with "
            f"{narrowest} units can lose what the next one needs.",
            evidence=f"hidden layers of {', '.join(str(layer.units) for layer in hidden[:8])}"
            f"{', …' if len(hidden) > 8 else ''} units",
            frame=0,
            panel="network",
            command=_shallow(evidence),
            explains=(*SYMPTOMS, "vanishing gradients"),
        )
    return _vanishing(evidence)


def _vanishing(evidence: Evidence) -> Finding | None:
    sizes = evidence.measures.gradient_size
    first, last = sizes[:, 0], sizes[:, -1]
    known = (last > 0) & (first > 0)
    if not known.any():
        return None
    ratio = float(np.median(first[known] / last[known]))
    if ratio >= VANISHED:
        return None
    return Finding(
        rule="vanishing gradients",
        headline="the gradients vanish on the way to the first layer",
        sentence="The gradients vanish: they become smaller from layer to layer on the way from the output to the "
        "first one, which hardly learns.",
        evidence=f"the gradient of the first layer is {number(ratio)} of that of the last one, in the median frame",
        frame=0,
        panel="steps",
        command=_shallow(evidence),
        explains=SYMPTOMS,
    )


def _shallow(evidence: Evidence) -> str | None:
    model = evidence.task.model
    if "hidden" not in model.knobs or evidence.has_few_points:
        return None
    bounded = any(hasattr(layer.option, "RANGE") for layer in evidence.layers[:-1])
    activation = bending(evidence, model)
    changes = [f"model.activation={activation}"] if activation else []
    if bounded and "activation" in model.knobs:
        changes = [f"model.activation={defaults('model', model.name)['activation']}"]
    changes += usual_rate_if_far(evidence)
    return again(evidence, f"model.hidden=[{WIDTH},{WIDTH}]", *changes, *enough_steps(evidence))

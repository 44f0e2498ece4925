from backprop_lab.options.text import number
from backprop_lab.report.run.findings.commands import with_units
from backprop_lab.report.run.findings.evidence import Evidence
from backprop_lab.report.run.findings.finding import Finding

NARROW = 2
"""Units with which a layer cannot enclose an area: that takes three lines."""


def find(evidence: Evidence) -> Finding | None:
    task, hidden = evidence.task, evidence.layers[:-1]
    if evidence.is_solved or not hidden or not task.head.is_classification or not task.sees_a_plane:
        return None
    at, layer = min(enumerate(hidden, start=1), key=lambda item: item[1].units)
    if layer.units > NARROW or "hidden" not in task.model.knobs:
        return None
    units = f"{layer.units} unit{'s' * (layer.units != 1)}"
    return Finding(
        rule="too narrow",
        headline=f"{units} in layer {at} {'is' if layer.units == 1 else 'are'} too few",
        sentence=f"Layer {at} has {units}, {'each of ' if layer.units > 1 else ''}which draws one line. That is too "
        "few for most curved or closed boundaries, and where it is just enough, many starts fail.",
        evidence=f"training accuracy {number(evidence.train_metric)}, loss {number(evidence.last_loss)}",
        frame=evidence.last_frame,
        panel="network",
        command=with_units(evidence),
        explains=(
            "no better than guessing", "settled", "learning rate too low", "too few steps", "still falling",
            "dead units", "dead layer", "saturated", "waited", "learning rate too high",
        ),
    )  # fmt: skip

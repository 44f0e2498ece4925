import numpy as np

from backprop_lab.report.run.findings.commands import with_units
from backprop_lab.report.run.findings.evidence import Evidence, since
from backprop_lab.report.run.findings.finding import Finding


def find(evidence: Evidence) -> Finding | None:
    for at, (dead, layer) in enumerate(zip(evidence.measures.dead, evidence.layers[:-1], strict=True), start=1):
        units = dead.shape[1]
        whole = np.asarray(dead.all(axis=1))
        if whole[-1]:
            frame = since(whole)
            return Finding(
                rule="dead layer",
                headline=f"layer {at} is off",
                sentence=f"Layer {at} is off: {units} of {units} {layer.activation} units are flat for every training "
                "point, so no gradient passes and no earlier layer can learn.",
                evidence=f"since epoch {evidence.frames[frame].epoch:,}",
                frame=frame,
                panel="network",
                command=None if evidence.is_solved else with_units(evidence),
                explains=(
                    "no better than guessing", "settled", "learning rate too low", "too few steps", "dead units",
                    "still falling", "too narrow", "waited",
                ),
            )  # fmt: skip
    return None

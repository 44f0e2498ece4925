import numpy as np

from backprop_lab.report.run.findings.commands import with_other_weights, with_rate
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
                sentence=f"Layer {at} is off: {units} of {units} {layer.activation} units are flat for every training "
                "point, so no gradient passes and no earlier layer can learn.",
                evidence=f"since epoch {evidence.frames[frame].epoch:,}",
                frame=frame,
                panel="network",
                command=with_rate(evidence, 0.1) if frame > 0 else with_other_weights(evidence),
            )
    return None

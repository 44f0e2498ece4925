"""Every number and formula of the prediction, in the plain form that docs/export.md describes."""

import json

from backprop_lab.experiment.export.described import network
from backprop_lab.runs.run import Run

MEANS = "all numbers and formulas, to compute with in any language"
FOR_ANY_MODEL = False


def exported(run: Run) -> bytes:
    lines = [f" {json.dumps(name)}: {json.dumps(value, allow_nan=False)}" for name, value in network(run).items()]
    return "{{\n{}\n}}\n".format(",\n".join(lines)).encode()

"""A program of torch.export: one file, of any model, that needs only torch.

Not a state dict, which is nothing without the code of the model; not a pickle, which runs code; and not TorchScript,
which is deprecated.
"""

import io
import json

from backprop_lab.experiment.export.described import about
from backprop_lab.runs.run import Run

MEANS = "a program for torch.export.load, which needs only torch; of any model"
FOR_ANY_MODEL = True


def exported(run: Run) -> bytes:
    import torch

    from backprop_lab.experiment.export.program import program_of

    file = io.BytesIO()
    torch.export.save(program_of(run, "torch"), file, extra_files={"about.json": json.dumps(about(run))})
    return file.getvalue()

"""An ONNX model, made from the graph of torch.export, so that it exports any model too."""

import json

from backprop_lab.experiment.export.described import about
from backprop_lab.runs.run import Run

MEANS = "a model for ONNX runtimes; of any model"
FOR_ANY_MODEL = True
NEEDS = ("onnx", "onnxscript")


def exported(run: Run) -> bytes:
    import torch

    from backprop_lab.experiment.export.program import program_of, quiet

    program = program_of(run, "onnx")
    with quiet():
        made = torch.onnx.export(program, verbose=False, dynamo=True, input_names=["x"], output_names=["predictions"])
    assert made is not None
    model = made.model_proto
    model.metadata_props.add(key="about", value=json.dumps(about(run)))
    content: bytes = model.SerializeToString()
    return content

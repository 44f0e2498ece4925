"""The computation graph of one point's loss in the scalar engine."""

import numpy as np

from backprop_lab.autograd import Value
from backprop_lab.autograd.graph import svg
from backprop_lab.engines.scalar import Scalar
from backprop_lab.report.run.xray.names import Names
from backprop_lab.report.run.xray.one_point import Pass
from backprop_lab.training.state import State
from backprop_lab.training.task import Task

MOST_NODES = 60  # of a readable graph


def graph(task: Task, names: Names, frame: State, one: Pass) -> str | None:
    """The graph as SVG, with gradients; None if it is too large."""
    if sum(weight.size for weight in frame.weights.values()) > MOST_NODES:
        return None
    loss = _labelled_loss(task, names, frame, one)
    if len(loss.ancestors()) > MOST_NODES:
        return None
    loss.backward()
    return svg(loss)


def _labelled_loss(task: Task, names: Names, frame: State, one: Pass) -> Value:
    """The loss, in whose graph weights, inputs, units, masks and output are labelled."""
    rung = Scalar(task, frame)
    values = [Value(x, names.input(0, i)) for i, x in enumerate(one.x.tolist())]
    for at, layer in enumerate(rung.layers):
        for (j, i), weight in zip(np.ndindex(layer.units, layer.inputs), rung.values[layer.weight], strict=True):
            weight.label = names.weight(at, j, i)
        if layer.bias is not None:
            for j, bias in enumerate(rung.values[layer.bias]):
                bias.label = names.bias(at, j)
        values = rung.layer(layer, values)
        is_last = layer is rung.layers[-1]
        for j, value in enumerate(values):
            value.label = names.sum(at, j) if is_last else names.value(at, j)
        mask = one.masks[at]
        if mask is not None:
            kept = [Value(m, f"m{names.unit(at, j)}") for j, m in enumerate(mask.tolist())]
            values = [value * m for value, m in zip(values, kept, strict=True)]
            for j, value in enumerate(values):
                value.label = names.input(at + 1, j)
    loss = rung.loss_of(values, one.y.item())
    loss.label = "loss"
    return loss

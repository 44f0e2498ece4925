"""One point forward and back through the layers, with the chain rule written out."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from backprop_lab.training.chain import Layer
from backprop_lab.training.forward import forward
from backprop_lab.training.state import State
from backprop_lab.training.task import Task


@dataclass(frozen=True)
class Pass:
    """One point's forward and backward pass through L layers. The slopes are those of this point's own loss."""

    x: np.ndarray
    y: np.ndarray
    inputs: list[np.ndarray]
    """The inputs of each layer: L arrays [inputs]."""
    sums: list[np.ndarray]
    """The pre-activations z of each layer: L arrays [units]."""
    values: list[np.ndarray]
    """The activations h of each layer: L arrays [units]; the last one is the output."""
    masks: list[np.ndarray | None]
    """The dropout factors of the values, L arrays [units]; None for a layer without dropout."""
    local: list[np.ndarray]
    """dh/dz of each layer: L arrays [units]."""
    slopes: list[np.ndarray]
    """dloss/dz of each layer: L arrays [units]."""
    loss: float
    gradients: dict[str, np.ndarray]
    """dloss/dw by weight name."""

    @property
    def output(self) -> Any:
        """The network's output as a number, or its outputs as a list; like the slopes of the loss by them."""
        return number_or_list(self.values[-1])

    @property
    def slope(self) -> Any:
        return number_or_list(self.slopes[-1])


def number_or_list(values: np.ndarray) -> Any:
    return values.item() if len(values) == 1 else values.tolist()


def pass_of(
    task: Task, layers: Sequence[Layer], frame: State, x: np.ndarray, y: np.ndarray, masks: Sequence[np.ndarray] = ()
) -> Pass:
    """The point ``x`` [features] with its target ``y`` (a scalar) through the frame's network.

    ``masks`` are the point's dropout masks in a step, [units] for each layer with dropout.
    """
    weights = frame.weights
    passed = forward(layers, weights, x[None], [mask[None] for mask in masks])
    inputs, sums, values = ([array[0] for array in part] for part in passed)
    waiting = list(masks)
    by_layer = [waiting.pop(0) if layer.dropout and waiting else None for layer in layers]
    local = [layer.option.slope(z, a) for layer, z, a in zip(layers, sums, values, strict=True)]
    outputs, target, knobs = passed.outputs, y[None], task.loss.arguments
    slopes = [task.form.slope(outputs, target, *knobs).ravel()]
    for i in range(len(layers) - 1, 0, -1):
        reached = slopes[0] @ weights[layers[i].weight]
        mask = by_layer[i - 1]
        slopes.insert(0, (reached if mask is None else reached * mask) * local[i - 1])
    gradients = {}
    for layer, given, slope in zip(layers, inputs, slopes, strict=True):
        gradients[layer.weight] = np.outer(slope, given)
        if layer.bias is not None:
            gradients[layer.bias] = slope
    loss = float(task.form.value(outputs, target, *knobs)[0])
    return Pass(x, y, inputs, sums, values, by_layer, local, slopes, loss, gradients)

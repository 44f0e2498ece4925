"""NumPy and the chain rule, written out layer by layer, without automatic differentiation.

Axes: B points of a batch, I inputs of a layer, O its outputs.
"""

from collections.abc import Sequence
from typing import TypeAlias

import numpy as np

from backprop_lab.engines.common.epochs import run_epochs
from backprop_lab.training import clipping, penalty
from backprop_lab.training.chain import Layer, dropout_places, layers_of
from backprop_lab.training.dropout import Masks
from backprop_lab.training.epoch_end import Watch
from backprop_lab.training.forward import Pass, forward
from backprop_lab.training.state import State
from backprop_lab.training.task import Task
from backprop_lab.training.updates import Updates

Array: TypeAlias = np.ndarray
Weights: TypeAlias = dict[str, Array]


def fit(task: Task, start: State, watch: Watch) -> State:
    return run_epochs(task, start, watch, ByHand(task, start))


class ByHand:
    """A step in its four parts: forward, the slope of the loss, backward, update."""

    def __init__(self, task: Task, start: State) -> None:
        layers = layers_of(task)
        assert layers is not None  # `config.check` refuses any other model
        self.layers = layers
        self.dropout = dropout_places(self.layers)
        self.form, self.knobs = task.form, task.loss.arguments
        self.penalty = task.penalty
        self.clip_norm = task.clip_norm
        self.updates = Updates(task)
        self.weights = dict(start.weights)
        self.optimizer = dict(start.optimizer)
        self.steps = start.step

    def step(self, x: Array, y: Array, masks: Masks) -> tuple[float, Array]:
        passed = forward(self.layers, self.weights, x, masks)
        outputs = passed.outputs
        slope = self.form.slope(outputs, y, *self.knobs) / len(y)
        gradients = backward(self.layers, self.weights, passed, slope, masks)
        penalty.add_slopes(self.penalty, self.weights, gradients)
        clipping.clip(self.clip_norm, gradients)
        self.steps += 1
        self.updates.apply(self.weights, self.optimizer, gradients, self.steps)
        return self.loss(outputs, y), outputs

    def outputs(self, x: Array) -> Array:
        return forward(self.layers, self.weights, x).outputs

    def loss(self, outputs: Array, y: Array) -> float:
        return float(self.form.value(outputs, y, *self.knobs).mean())

    def state(self, epoch: int, step: int) -> State:
        # No array is changed in place, so no copies are needed.
        return State(epoch, step, dict(self.weights), dict(self.optimizer))


def backward(
    layers: Sequence[Layer], weights: Weights, passed: Pass, slope: Array, masks: Sequence[Array] = ()
) -> Weights:
    """The gradient of the loss with respect to every weight, from the last layer to the first.

    ``slope`` is that of the loss by the network's outputs, which has their shape. ``slope_BO`` is dloss/dz of the
    current layer, where z = x W^T + b; the last layer has no activation. For its
    weights dz/dW = x, so dloss/dW = slope^T x, summed over the batch; dz/db = 1. For its inputs dz/dx = W, so with mask
    and activation of the previous layer, the slope there is (slope W) * mask * activation'.
    """
    gradients: Weights = {}
    slope_BO = slope.reshape(len(slope), -1)
    waiting = list(masks)
    for i in range(len(layers) - 1, -1, -1):
        layer = layers[i]
        gradients[layer.weight] = slope_BO.T @ passed.inputs[i]
        if layer.bias is not None:
            gradients[layer.bias] = slope_BO.sum(axis=0)
        if i > 0:
            before = layers[i - 1]
            slope_BO = slope_BO @ weights[layer.weight]
            if before.dropout and waiting:
                slope_BO = slope_BO * waiting.pop()
            slope_BO = slope_BO * before.option.slope(passed.sums[i - 1], passed.values[i - 1])
    return gradients

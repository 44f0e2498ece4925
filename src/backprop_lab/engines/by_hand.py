"""NumPy and the chain rule, written out layer by layer. No automatic derivative of any kind.

Axes: B points of a batch, I inputs of a layer, O its outputs.
"""

from collections.abc import Callable
from typing import TypeAlias

import numpy as np

from backprop_lab.engines.common import updates
from backprop_lab.engines.common.epochs import run_epochs
from backprop_lab.engines.common.layers import Layer, activation_of, layers_of
from backprop_lab.training.task import State, Task, Watch

Array: TypeAlias = np.ndarray
Weights: TypeAlias = dict[str, Array]


def fit(task: Task, start: State, watch: Watch) -> State:
    return run_epochs(task, start, watch, ByHand(task, start))


class ByHand:
    """A step in its four parts: forward, the slope of the loss, backward, update."""

    def __init__(self, task: Task, start: State) -> None:
        self.layers = layers_of(task, start.weights, "by_hand")
        self.activation = activation_of(task)
        self.loss_of = LOSSES[task.loss, task.kind]
        self.update = updates.load(task.optimizer)
        self.weights = dict(start.weights)
        self.memory = dict(start.optimizer)
        self.steps = start.step

    def step(self, x: Array, y: Array) -> tuple[float, Array]:
        values = forward(self.layers, self.activation, self.weights, x)
        outputs = values[-1][:, 0]
        loss, slope = self.loss_of(outputs, y)
        gradients = backward(self.layers, self.activation, self.weights, values, slope[:, None])
        self.steps += 1
        updates.apply(self.update, self.weights, self.memory, gradients, self.steps)
        return loss, outputs

    def outputs(self, x: Array) -> Array:
        return forward(self.layers, self.activation, self.weights, x)[-1][:, 0]

    def loss(self, outputs: Array, y: Array) -> float:
        return self.loss_of(outputs, y)[0]

    def state(self, epoch: int, step: int) -> State:
        # No array is ever changed in place: an update makes new ones.
        return State(epoch, step, dict(self.weights), dict(self.memory))


# -- forward and backward ---------------------------------------------------------------------------------------------


def forward(layers: list[Layer], activation: str, weights: Weights, x_BI: Array) -> list[Array]:
    """The inputs of every layer, and last the network's output [B, 1]."""
    values = [x_BI]
    for layer in layers:
        z_BO = values[-1] @ weights[layer.weight].T
        if layer.bias is not None:
            z_BO = z_BO + weights[layer.bias]
        values.append(z_BO if layer is layers[-1] else ACTIVATIONS[activation](z_BO))
    return values


def backward(layers: list[Layer], activation: str, weights: Weights, values: list[Array], slope_BO: Array) -> Weights:
    """The gradient of the loss for every weight, from the last layer to the first.

    ``slope_BO`` is dloss/dz of the layer at hand, where z = x W^T + b. For its weights dz/dW = x, so
    dloss/dW = slope^T x, summed over the batch; dz/db = 1. For its inputs dz/dx = W, and through the activation
    before it the slope of the layer before is (slope W) * activation'.
    """
    gradients: Weights = {}
    for i in range(len(layers) - 1, -1, -1):
        layer, x_BI = layers[i], values[i]
        gradients[layer.weight] = slope_BO.T @ x_BI
        if layer.bias is not None:
            gradients[layer.bias] = slope_BO.sum(axis=0)
        if i > 0:
            slope_BO = (slope_BO @ weights[layer.weight]) * SLOPES[activation](x_BI)
    return gradients


# -- activations, and their derivatives in terms of their own values --------------------------------------------------


def sigmoid(z: Array) -> Array:
    """1 / (1 + exp(-z)), by the side on which exp is small."""
    small = np.exp(-np.abs(z))
    return np.where(z >= 0, 1.0, small) / (1.0 + small)


ACTIVATIONS: dict[str, Callable[[Array], Array]] = {
    "relu": lambda z: np.maximum(z, 0),
    "tanh": np.tanh,
    "sigmoid": sigmoid,
    "identity": lambda z: z,
}
SLOPES: dict[str, Callable[[Array], Array]] = {
    "relu": lambda a: (a > 0).astype(a.dtype),
    "tanh": lambda a: 1 - a * a,
    "sigmoid": lambda a: a * (1 - a),
    "identity": np.ones_like,
}

# -- losses: the mean over the batch, and its derivative with respect to each output ----------------------------------


def bce(z: Array, y: Array) -> tuple[float, Array]:
    """Binary cross-entropy of logits: softplus(z) - y z, whose derivative is sigmoid(z) - y."""
    softplus = np.maximum(z, 0) + np.log1p(np.exp(-np.abs(z)))
    return float((softplus - y * z).mean()), (sigmoid(z) - y) / len(y)


def mse(f: Array, y: Array) -> tuple[float, Array]:
    """Mean of (f - y)^2, whose derivative is 2 (f - y)."""
    return float(((f - y) ** 2).mean()), 2 * (f - y) / len(y)


def mse_of_probabilities(z: Array, y: Array) -> tuple[float, Array]:
    """Mean of (p - y)^2 where p = sigmoid(z), and dp/dz = p (1 - p)."""
    p = sigmoid(z)
    loss, slope = mse(p, y)
    return loss, slope * p * (1 - p)


LOSSES: dict[tuple[str, str], Callable[[Array, Array], tuple[float, Array]]] = {
    ("bce", "classification"): bce,
    ("mse", "classification"): mse_of_probabilities,
    ("mse", "regression"): mse,
}

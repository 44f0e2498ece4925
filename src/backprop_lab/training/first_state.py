"""The State before the first step."""

import math

import numpy as np

from backprop_lab.training.chain import Layer, layers_of
from backprop_lab.training.given_weights import given_weights
from backprop_lab.training.randomness import generator
from backprop_lab.training.state import State
from backprop_lab.training.task import Task
from backprop_lab.training.updates import slots_of


def first_state(task: Task) -> State:
    """Initial weights from the seed, and an optimizer state of zeros.

    Raises ``ConfigError`` for a network that cannot be trained. A sequential model needs no torch.
    """
    if hasattr(task.model.option, "build"):
        from backprop_lab.training.networks import arrays_of, first_network

        weights, buffers = arrays_of(first_network(task))
    else:
        weights, buffers = _weights(task), {}
    kept = {
        f"{slot}/{name}": np.zeros_like(weight) for slot in slots_of(task.optimizer) for name, weight in weights.items()
    }
    return State(0, 0, weights, kept, buffers)


def parameters_of(layer: Layer) -> dict[str, tuple[int, ...]]:
    """The shapes of a layer's weights and biases by name, in the order of ``named_parameters``."""
    weight: dict[str, tuple[int, ...]] = {layer.weight: (layer.units, layer.inputs)}
    return weight if layer.bias is None else {**weight, layer.bias: (layer.units,)}


def _weights(task: Task) -> dict[str, np.ndarray]:
    """As ``networks.init_`` sets them."""
    layers, how = layers_of(task), task.model.knobs["init"]
    assert layers is not None
    if isinstance(how, list):
        shapes = {name: shape for layer in layers for name, shape in parameters_of(layer).items()}
        return {name: array.astype(task.dtype) for name, array in given_weights(how, shapes).items()}
    random = generator(task.seed, "weights")
    weights: dict[str, np.ndarray] = {}
    for layer in layers:
        for name, shape in parameters_of(layer).items():
            if how == "default":
                bound = 1.0 / math.sqrt(layer.inputs)
                values = random.uniform(-bound, bound, shape)
            else:
                values = np.full(shape, 0.0 if how == "zeros" or name == layer.bias else float(how))
            weights[name] = values.astype(task.dtype)
    return weights

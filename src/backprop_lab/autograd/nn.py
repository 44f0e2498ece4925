"""Neurons, layers and networks of ``Value``."""

import itertools
import random
from collections.abc import Sequence

from backprop_lab.autograd.value import Number, Value, as_value

ACTIVATIONS = ("relu", "tanh", "sigmoid", "identity")


class Neuron:
    """activation(w1 * x1 + w2 * x2 + ... + b)."""

    def __init__(self, weights: Sequence[Value], bias: Value | None = None, activation: str = "identity") -> None:
        if activation not in ACTIVATIONS:
            raise ValueError(f"activation: got {activation!r}; allowed: {', '.join(ACTIVATIONS)}")
        self.weights = list(weights)
        self.bias = bias
        self.activation = activation

    def __call__(self, inputs: Sequence[Value | Number]) -> Value:
        if len(inputs) != len(self.weights):
            raise ValueError(f"{len(inputs)} inputs for a neuron with {len(self.weights)} weights")
        total = self.weights[0] * inputs[0]
        for weight, x in zip(self.weights[1:], inputs[1:], strict=True):
            total = total + weight * x
        if self.bias is not None:
            total = total + self.bias
        return total if self.activation == "identity" else getattr(total, self.activation)()

    def parameters(self) -> list[Value]:
        return [*self.weights, *([] if self.bias is None else [self.bias])]


class Layer:
    """Neurons with the same inputs."""

    def __init__(self, neurons: Sequence[Neuron]) -> None:
        self.neurons = list(neurons)

    def __call__(self, inputs: Sequence[Value | Number]) -> list[Value]:
        return [neuron(inputs) for neuron in self.neurons]

    def parameters(self) -> list[Value]:
        return [parameter for neuron in self.neurons for parameter in neuron.parameters()]


class MLP:
    """A sequence of layers; the last one has a single output."""

    def __init__(self, layers: Sequence[Layer]) -> None:
        self.layers = list(layers)

    @classmethod
    def random(cls, widths: Sequence[int], activation: str = "relu", seed: int = 0) -> "MLP":
        """A network such as ``MLP.random([2, 2, 1])`` with weights from [-1, 1], biases 0, and labels for drawing."""
        draw = random.Random(seed)
        layers = []
        for number, (fan_in, fan_out) in enumerate(itertools.pairwise(widths), start=1):
            is_last = number == len(widths) - 1
            neurons = [
                Neuron(
                    [Value(draw.uniform(-1, 1), label=f"w{number}{unit}{i}") for i in range(1, fan_in + 1)],
                    Value(0.0, label=f"b{number}{unit}"),
                    "identity" if is_last else activation,
                )
                for unit in range(1, fan_out + 1)
            ]
            layers.append(Layer(neurons))
        return cls(layers)

    def __call__(self, inputs: Sequence[Value | Number]) -> Value:
        values: Sequence[Value | Number] = inputs
        for layer in self.layers:
            values = layer(values)
        return as_value(values[0])

    def parameters(self) -> list[Value]:
        return [parameter for layer in self.layers for parameter in layer.parameters()]

"""One number at a time: every weight, input and sum is a ``Value`` of our own automatic differentiation.

Slow by nature, some seventy times slower than NumPy on the circle, and every gradient can be followed to its origin.
Values are Python floats; with ``precision=32`` the weights are rounded after each step, so that a checkpoint holds all
of them.
"""

import time
from collections.abc import Callable

import numpy as np

from backprop_lab.autograd import Value, zero_grad
from backprop_lab.autograd.nn import MLP, Layer, Neuron
from backprop_lab.engines.common import updates
from backprop_lab.engines.common.epochs import run_epochs
from backprop_lab.engines.common.layers import activation_of, layers_of
from backprop_lab.training.task import State, Task, Watch

LOSSES: dict[tuple[str, str], Callable[[Value, float], Value]] = {
    ("bce", "classification"): lambda z, y: z.softplus() - z * y,
    ("mse", "classification"): lambda z, y: (z.sigmoid() - y) ** 2,
    ("mse", "regression"): lambda f, y: (f - y) ** 2,
}


def fit(task: Task, start: State, watch: Watch) -> State:
    return run_epochs(task, start, watch, Scalar(task, start))


def estimate(task: Task, start: State) -> float:
    """Seconds that a fit from ``start`` will take, from the first steps, which are tried on a copy."""
    rung = Scalar(task, start)
    began, steps = time.perf_counter(), 0
    for index in task.batches(start.epoch + 1):
        batch = task.train[index]
        rung.step(batch.x, batch.y)
        steps += 1
        if time.perf_counter() - began > 0.2:
            break
    per_step = (time.perf_counter() - began) / steps
    return per_step * task.steps_per_epoch * (task.epochs - start.epoch)


class Scalar:
    """A network of ``Value``, whose graph is built anew for every point."""

    def __init__(self, task: Task, start: State) -> None:
        self.dtype = task.dtype
        self.loss_of = LOSSES[task.loss, task.kind]
        self.update = updates.load(task.optimizer)
        self.shapes = {name: weight.shape for name, weight in start.weights.items()}
        self.values = {name: [Value(w) for w in weight.ravel().tolist()] for name, weight in start.weights.items()}
        self.memory = {name: memory.ravel().tolist() for name, memory in start.optimizer.items()}
        self.steps = start.step
        layers = layers_of(task, start.weights, "scalar")
        built = []
        for layer in layers:
            units, inputs = self.shapes[layer.weight]
            weights = self.values[layer.weight]
            activation = "identity" if layer is layers[-1] else activation_of(task)
            built.append(Layer([
                Neuron(
                    weights[unit * inputs : (unit + 1) * inputs],
                    None if layer.bias is None else self.values[layer.bias][unit],
                    activation,
                )
                for unit in range(units)
            ]))  # fmt: skip
        self.network = MLP(built)

    def step(self, x: np.ndarray, y: np.ndarray) -> tuple[float, np.ndarray]:
        outputs = [self.network(point) for point in x.tolist()]
        losses = [self.loss_of(output, target) for output, target in zip(outputs, y.tolist(), strict=True)]
        total = losses[0]
        for loss in losses[1:]:
            total = total + loss
        mean = total * (1.0 / len(losses))
        zero_grad(self.network.parameters())
        mean.backward()
        self.steps += 1
        for name, values in self.values.items():
            self._move(name, values)
        return mean.data, np.array([output.data for output in outputs], self.dtype)

    def _move(self, name: str, values: list[Value]) -> None:
        slots = [key for key in self.memory if key.partition("/")[2] == name]
        for i, value in enumerate(values):
            memory = {slot.partition("/")[0]: self.memory[slot][i] for slot in slots}
            weight, memory = self.update(value.data, value.grad, memory, self.steps)
            value.data = self._rounded(weight)
            for slot in slots:
                self.memory[slot][i] = self._rounded(memory[slot.partition("/")[0]])

    def _rounded(self, number: float) -> float:
        return float(self.dtype.type(number))

    def outputs(self, x: np.ndarray) -> np.ndarray:
        return np.array([self.network(point).data for point in x.tolist()], self.dtype)

    def loss(self, outputs: np.ndarray, y: np.ndarray) -> float:
        pairs = zip(outputs.tolist(), y.tolist(), strict=True)
        return sum(self.loss_of(Value(output), target).data for output, target in pairs) / len(y)

    def state(self, epoch: int, step: int) -> State:
        weights = {
            name: np.array([value.data for value in values], self.dtype).reshape(self.shapes[name])
            for name, values in self.values.items()
        }
        memory = {
            key: np.array(numbers, self.dtype).reshape(self.shapes[key.partition("/")[2]])
            for key, numbers in self.memory.items()
        }
        return State(epoch, step, weights, memory)

"""One number at a time: every weight, input and sum is a ``Value`` of our automatic differentiation.

About seventy times slower than NumPy on the circle, but every gradient can be traced to its origin. Values are Python
floats; with ``precision=32`` the weights are rounded after each step, so that a checkpoint stores them exactly.
"""

import time

import numpy as np

from backprop_lab.autograd import Value, zero_grad
from backprop_lab.autograd.value import formula
from backprop_lab.engines.common.epochs import run_epochs
from backprop_lab.options.optimizer import clip_factor
from backprop_lab.training import penalty
from backprop_lab.training.chain import Layer, dropout_places, layers_of
from backprop_lab.training.dropout import Masks, masks_of
from backprop_lab.training.epoch_end import Watch
from backprop_lab.training.state import State
from backprop_lab.training.task import Task
from backprop_lab.training.updates import Updates


def fit(task: Task, start: State, watch: Watch) -> State:
    return run_epochs(task, start, watch, Scalar(task, start))


def estimate(task: Task, start: State) -> float:
    """Estimated seconds of a fit from ``start``, from timing the first steps on a copy."""
    rung = Scalar(task, start)
    epoch = start.epoch + 1
    began, steps = time.perf_counter(), 0
    for index, masks in zip(task.batches(epoch), masks_of(task, epoch, rung.dropout), strict=True):
        batch = task.train[index]
        rung.step(batch.x, batch.y, masks)
        steps += 1
        if time.perf_counter() - began > 0.2:
            break
    per_step = (time.perf_counter() - began) / steps
    return per_step * task.steps_per_epoch * (task.epochs - start.epoch)


class Scalar:
    """A network of ``Value``s, whose graph is rebuilt for every point."""

    def __init__(self, task: Task, start: State) -> None:
        layers = layers_of(task)
        assert layers is not None  # `config.check` refuses any other model
        self.layers = layers
        self.dropout = dropout_places(self.layers)
        self.dtype = task.dtype
        self.form, self.knobs = task.form, task.loss.arguments
        self.loss_name = task.loss.name
        self.penalty = task.penalty
        self.clip_norm = task.clip_norm
        self.updates = Updates(task)
        self.shapes = {name: weight.shape for name, weight in start.weights.items()}
        self.values = {name: [Value(w) for w in weight.ravel().tolist()] for name, weight in start.weights.items()}
        self.optimizer = {name: kept.ravel().tolist() for name, kept in start.optimizer.items()}
        self.steps = start.step

    def parameters(self) -> list[Value]:
        return [value for values in self.values.values() for value in values]

    def forward(self, x: list[float] | list[Value], masks: list[list[float]] | None = None) -> list[Value]:
        """The outputs for one point; ``masks`` are for the layers with dropout, in a training step."""
        values: list[Value] = [value if isinstance(value, Value) else Value(value) for value in x]
        waiting = list(masks or [])
        for layer in self.layers:
            values = self.layer(layer, values)
            if layer.dropout and waiting:
                values = [value * kept for value, kept in zip(values, waiting.pop(0), strict=True)]
        return values

    def layer(self, layer: Layer, inputs: list[Value]) -> list[Value]:
        """The outputs of a layer's units: activation(w1 x1 + w2 x2 + ... + b)."""
        weights = self.values[layer.weight]
        made = []
        for unit in range(layer.units):
            own = weights[unit * layer.inputs : (unit + 1) * layer.inputs]
            total = own[0] * inputs[0]
            for weight, x in zip(own[1:], inputs[1:], strict=True):
                total = total + weight * x
            if layer.bias is not None:
                total = total + self.values[layer.bias][unit]
            made.append(total if hasattr(layer.option, "IS_LINEAR") else self._activated(layer, total))
        return made

    def loss_of(self, outputs: list[Value], y: float) -> Value:
        """The loss of one point, as a single node."""
        loss, slopes = self.form.at_point([output.data for output in outputs], y, self.knobs)
        return formula(loss, self.loss_name, outputs, slopes)

    def step(self, x: np.ndarray, y: np.ndarray, masks: Masks) -> tuple[float, np.ndarray]:
        by_point = [[mask[i].tolist() for mask in masks] for i in range(len(x))]
        outputs = [self.forward(point, own) for point, own in zip(x.tolist(), by_point, strict=True)]
        losses = [self.loss_of(output, target) for output, target in zip(outputs, y.tolist(), strict=True)]
        total = losses[0]
        for loss in losses[1:]:
            total = total + loss
        mean = total * (1.0 / len(losses))
        zero_grad(self.parameters())
        mean.backward()
        self.steps += 1
        self._move()
        return mean.data, self._as_array(outputs)

    def _activated(self, layer: Layer, total: Value) -> Value:
        a = layer.option.value(total.data)
        return formula(a, layer.activation, [total], [layer.option.slope(total.data, a)])

    @np.errstate(over="ignore")  # of rounding; the loss shows it
    def _move(self) -> None:
        gradients = {name: [self._gradient(name, value) for value in values] for name, values in self.values.items()}
        factor = 1.0
        if self.clip_norm is not None:
            factor = clip_factor(sum(g * g for own in gradients.values() for g in own), self.clip_norm)
        for name, values in self.values.items():
            for i, value in enumerate(values):
                weight = {name: float(value.data)}
                kept = {f"{slot}/{name}": self.optimizer[f"{slot}/{name}"][i] for slot in self.updates.kept}
                self.updates.apply(weight, kept, {name: gradients[name][i] * factor}, self.steps)
                value.data = self._rounded(weight[name])
                for key, number in kept.items():
                    self.optimizer[key][i] = self._rounded(number)

    def _gradient(self, name: str, value: Value) -> float:
        """Of the loss and of the penalty, which covers weights but not biases."""
        if penalty.has_value(self.penalty) and len(self.shapes[name]) >= 2:
            return float(value.grad + self.penalty.option.slope(value.data, *self.penalty.arguments))
        return value.grad

    def _rounded(self, number: float) -> float:
        return float(self.dtype.type(number))

    def outputs(self, x: np.ndarray) -> np.ndarray:
        return self._as_array([self.forward(point) for point in x.tolist()])

    def loss(self, outputs: np.ndarray, y: np.ndarray) -> float:
        pairs = zip(outputs.reshape(len(y), -1).tolist(), y.tolist(), strict=True)
        return float(sum(self.form.at_point(own, target, self.knobs)[0] for own, target in pairs) / len(y))

    def _as_array(self, outputs: list[list[Value]]) -> np.ndarray:
        """[points], or with several outputs [points, outputs]."""
        array = np.array([[output.data for output in of_point] for of_point in outputs], self.dtype)
        return array[:, 0] if array.shape[1] == 1 else array

    def state(self, epoch: int, step: int) -> State:
        weights = {
            name: np.array([value.data for value in values], self.dtype).reshape(self.shapes[name])
            for name, values in self.values.items()
        }
        kept = {
            key: np.array(numbers, self.dtype).reshape(self.shapes[key.partition("/")[2]])
            for key, numbers in self.optimizer.items()
        }
        return State(epoch, step, weights, kept)

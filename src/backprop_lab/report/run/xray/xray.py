"""An X-ray of single steps: what goes forward, what comes back, and how each weight moves, in numbers.

The step after a recorded frame is computed again from the frame, with the chain rule written out as in the ``by_hand``
engine and in the precision of the run, and compared with torch's gradients.
"""

from dataclasses import dataclass
from typing import Any

import numpy as np
import torch
from torch import nn

from backprop_lab.autograd import Value
from backprop_lab.autograd.graph import svg
from backprop_lab.engines import by_hand
from backprop_lab.engines.common import updates
from backprop_lab.engines.common.layers import Layer, activation_of
from backprop_lab.engines.scalar import Scalar
from backprop_lab.options.text import number
from backprop_lab.report.run.measures import linear_layers, next_step
from backprop_lab.report.run.xray.text import Names, cards
from backprop_lab.training import losses
from backprop_lab.training.metrics import network_of
from backprop_lab.training.task import Points, State, Task

# Steps and points of each that are shown, up to the first number of weights and above it.
FEW_WEIGHTS, SHOWN, SHOWN_OF_MANY = 100, (10, 8), (5, 3)
MOST_NODES = 60  # of a computation graph that one can still read


@dataclass(frozen=True)
class Pass:
    """One point's way through L layers and back. The slopes are those of this point's own loss."""

    x: np.ndarray
    y: np.ndarray
    values: list[np.ndarray]
    """What each layer gets, and last what the network gives: L + 1 arrays [units]."""
    sums: list[np.ndarray]
    """What each layer gives to its activation, z: L arrays [units]."""
    local: list[np.ndarray]
    """dh/dz of each hidden layer: L - 1 arrays [units]."""
    slopes: list[np.ndarray]
    """dloss/dz of each layer: L arrays [units]."""
    loss: float
    gradients: dict[str, np.ndarray]
    """dloss/dw by weight name."""


@dataclass(frozen=True)
class Motion:
    """How a step moves the weights: all by weight name, ``memory`` and ``next_memory`` by ``slot/weight name``."""

    step: int
    batch_size: int
    gradients: dict[str, np.ndarray]
    weights: dict[str, np.ndarray]
    memory: dict[str, np.ndarray]
    next_weights: dict[str, np.ndarray]
    next_memory: dict[str, np.ndarray]


def xray(task: Task, frames: list[State]) -> dict[str, Any]:
    """The X-ray as plain data for the page: ``steps``, ``difference`` and ``reason``.

    Each of ``steps`` has the index of its ``frame``, its ``epoch`` and its ``step``, both counted from 1, the ``batch``
    size, and ``points``: the first few of its batch with ``title``, ``x``, ``y``, four ``cards`` (``title`` and
    ``lines`` of ``unit``, ``symbols`` and ``numbers``), and for a small network the computation ``graph`` as SVG.
    ``difference`` is the largest one from torch's gradients, relative where these exceed 1; None where none is finite.
    ``reason`` says why there are no steps, and is None where there are.
    """
    layers = linear_layers(task, frames[0])
    if layers is None or not _computes_linear_layers(task, layers, frames[0]):
        return _nothing(
            f"model={task.model.name} is not linear layers with an activation between them, which the X-ray is of."
        )
    followed = [i for i, frame in enumerate(frames) if frame.epoch < task.epochs]
    if not followed:
        return _nothing("The recording has no frame that a step of this run follows.")
    few = sum(weight.size for weight in frames[0].weights.values()) <= FEW_WEIGHTS
    most_steps, most_points = SHOWN if few else SHOWN_OF_MANY
    chosen = np.unique(np.linspace(0, len(followed) - 1, most_steps).round().astype(int))
    names = Names([frames[0].weights[layer.weight].shape for layer in layers], task.kind)
    steps, differences = [], []
    for i in chosen:
        with np.errstate(over="ignore", invalid="ignore"):  # the numbers of a run that diverges say so themselves
            step, difference = _step(task, layers, names, frames[followed[i]], most_points)
        steps.append({"frame": followed[i], **step})
        differences.append(difference)
    finite = [difference for difference in differences if np.isfinite(difference)]
    return {"steps": steps, "difference": max(finite) if finite else None, "reason": None}


def _nothing(reason: str) -> dict[str, Any]:
    return {"steps": [], "difference": None, "reason": reason}


def _step(
    task: Task, layers: list[Layer], names: Names, frame: State, most_points: int
) -> tuple[dict[str, Any], float]:
    """The X-ray of the step after ``frame``, and its largest difference from torch."""
    network = network_of(task, frame)
    reference = next_step(task, frame, network)
    batch = reference.batch
    shown = [through(task, layers, frame, batch.x[i], batch.y[i]) for i in range(min(most_points, len(batch)))]
    motion = motion_of(task, layers, frame, batch)
    differences = [_difference(motion.gradients, reference.gradients)]
    differences += [_difference(one.gradients, _torch_gradients(task, network, one)) for one in shown]
    points = [
        {
            "title": _title(task, names, one, number_in_batch, len(batch)),
            "x": one.x.tolist(),
            "y": one.y.item(),
            "cards": cards(task, layers, names, one, motion),
            "graph": graph(task, names, frame, one),
        }
        for number_in_batch, one in enumerate(shown, start=1)
    ]
    step = {"epoch": frame.epoch + 1, "step": frame.step + 1, "batch": len(batch), "points": points}
    return step, max(differences)


def through(task: Task, layers: list[Layer], frame: State, x: np.ndarray, y: np.ndarray) -> Pass:
    """One point ``x`` [features] with its target ``y`` (a scalar), forward and back through the frame's network."""
    activation, weights = activation_of(task), frame.weights
    values = [value[0] for value in by_hand.forward(layers, activation, weights, x[None])]
    loss, slope = by_hand.LOSSES[task.loss, task.kind](values[-1], y[None])
    local = [by_hand.SLOPES[activation](value) for value in values[1:-1]]
    slopes = [slope]
    for layer, dh_dz in zip(reversed(layers[1:]), reversed(local), strict=True):
        slopes.insert(0, (slopes[0] @ weights[layer.weight]) * dh_dz)
    sums, gradients = [], {}
    for layer, value, slope in zip(layers, values, slopes, strict=False):
        bias = 0 if layer.bias is None else weights[layer.bias]
        sums.append(weights[layer.weight] @ value + bias)
        gradients[layer.weight] = np.outer(slope, value)
        if layer.bias is not None:
            gradients[layer.bias] = slope
    return Pass(x, y, values, sums, local, slopes, loss, gradients)


def motion_of(task: Task, layers: list[Layer], frame: State, batch: Points) -> Motion:
    """The gradients of the whole batch, and where the optimizer takes the weights with them."""
    activation = activation_of(task)
    values = by_hand.forward(layers, activation, frame.weights, batch.x)
    _, slope = by_hand.LOSSES[task.loss, task.kind](values[-1][:, 0], batch.y)
    gradients = by_hand.backward(layers, activation, frame.weights, values, slope[:, None])
    weights, memory = dict(frame.weights), dict(frame.optimizer)
    updates.apply(updates.load(task.optimizer), weights, memory, gradients, frame.step + 1)
    return Motion(frame.step + 1, len(batch), gradients, frame.weights, frame.optimizer, weights, memory)


def graph(task: Task, names: Names, frame: State, one: Pass) -> str | None:
    """The computation graph of one point's loss in the scalar engine, with gradients; None where it is too large."""
    if sum(weight.size for weight in frame.weights.values()) > MOST_NODES:
        return None
    rung = Scalar(task, frame)
    for name, values in rung.values.items():
        for index, value in zip(np.ndindex(frame.weights[name].shape), values, strict=True):
            value.label = names.of(name, index)
    values = [Value(x, names.value(0, i)) for i, x in enumerate(one.x.tolist())]
    *hidden, last = rung.network.layers
    for at, layer in enumerate(hidden, start=1):
        values = layer(values)
        for j, value in enumerate(values):
            value.label = names.value(at, j)
    (output,) = last(values)
    output.label = names.output
    loss = rung.loss_of(output, one.y.item())
    loss.label = "loss"
    nodes = loss.ancestors()
    for node in nodes:
        if not node.parents and not node.label:
            node.label = "y"
    if len(nodes) > MOST_NODES:
        return None
    loss.backward()
    return svg(loss)


def _computes_linear_layers(task: Task, layers: list[Layer], frame: State) -> bool:
    """Whether the model, whose weights have the names of linear layers, also answers as these do."""
    x = task.train.x[:8]
    with np.errstate(over="ignore", invalid="ignore"), torch.no_grad():
        ours = by_hand.forward(layers, activation_of(task), frame.weights, x)[-1][:, 0]
        theirs = network_of(task, frame)(torch.from_numpy(x)).numpy()
    return bool(np.allclose(ours, theirs, rtol=1e-3, atol=1e-4, equal_nan=True))


def _torch_gradients(task: Task, network: nn.Module, one: Pass) -> dict[str, np.ndarray]:
    parameters = dict(network.named_parameters())
    outputs = network(torch.from_numpy(one.x[None]))
    loss = losses.load(task.loss, task.kind)(outputs, torch.from_numpy(one.y[None]))
    gradients = torch.autograd.grad(loss, list(parameters.values()))
    return {name: gradient.numpy() for name, gradient in zip(parameters, gradients, strict=True)}


def _difference(ours: dict[str, np.ndarray], torchs: dict[str, np.ndarray]) -> float:
    """The largest one, relative where torch's number exceeds 1; not finite where a number is not."""
    return max(
        float((np.abs(ours[name] - gradient) / np.maximum(1, np.abs(gradient))).max())
        for name, gradient in torchs.items()
    )


def _title(task: Task, names: Names, one: Pass, number_in_batch: int, batch_size: int) -> str:
    inputs = ", ".join(f"{names.value(0, i)} = {number(x)}" for i, x in enumerate(one.x.tolist()))
    label = f"class {number(one.y.item())}" if task.kind == "classification" else f"y = {number(one.y.item())}"
    return f"point {number_in_batch} of {batch_size:,}: {inputs}; {label}"

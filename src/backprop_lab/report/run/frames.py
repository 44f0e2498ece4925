"""The predictions of a network and the outputs of its units over the plane of the points, at each recorded frame."""

from dataclasses import dataclass

import numpy as np
import torch
from torch import Tensor

from backprop_lab.figures.decision_boundary import MOST_SHOWN, plane
from backprop_lab.options.torch_formula import activation
from backprop_lab.report.run.unit_states import middle_of
from backprop_lab.training.chain import Layer, layers_of
from backprop_lab.training.networks import network_of
from backprop_lab.training.points import Points
from backprop_lab.training.state import State
from backprop_lab.training.task import Task
from backprop_lab.training.view import View, view_of

SIDE, SIDE_OF_LARGE = 100, 64  # cells per side, up to MANY_WEIGHTS weights and above
MANY_WEIGHTS = 1_000
LINE = 200  # values along a line
UNIT_SIDE, UNIT_SIDE_OF_MANY = 32, 16
MANY_UNITS = 32
MOST_UNITS, MOST_LAYERS = 64, 8  # most units drawn per layer, and most layers drawn
# A page has the first so many points, which are in random order. Fewer validation points than these are always drawn.
MOST_TRAINING, MOST_VALIDATION = MOST_SHOWN["training"], 1_000


@dataclass(frozen=True)
class Film:
    """F frames over the rectangle of a view from ``low`` to ``high``, each [dimensions], or over the line between them.

    Values on a plane are at the cell centres, row by row from the bottom; on a line they include both ends.
    """

    view: View
    low: np.ndarray
    high: np.ndarray
    fields: np.ndarray
    """Predictions of the head: [F, rows, columns] over a plane, [F, 1, columns] along a line, and for several classes
    [F, rows, columns, classes]."""
    units: list[np.ndarray]
    """For each hidden layer, the outputs of its first units, [F, units, rows, columns]; empty if the model is not
    sequential."""
    active: list[np.ndarray]
    """For each hidden layer, the fraction of the shown training points for which a unit's output exceeds the middle of
    its range (unbounded activation: 0), [F, units]."""
    train: Points
    val: Points
    """The points that the page has, the first few hundred; ``val`` is empty if it has the same points."""
    places: np.ndarray
    """[points, dimensions], where they are in the view."""
    outputs: np.ndarray
    """[F, points] or [F, points, classes], the network's outputs for the training points, then for the validation
    points."""


def film_of(task: Task, frames: list[State]) -> Film:
    """The film of the recorded ``frames``, recomputed from their weights."""
    train, val = shown_points(task)
    view = view_of(task)
    points = torch.from_numpy(task.inputs(np.concatenate([train.x, val.x])))
    layers = (layers_of(task) or [])[: MOST_LAYERS + 1]
    large = sum(weight.size for weight in frames[0].weights.values()) > MANY_WEIGHTS
    many = sum(layer.units for layer in layers[:-1]) > MANY_UNITS
    everywhere = [view.coordinates(part.x) for part in (task.given.train, task.given.val)]
    low, high = plane(np.concatenate(everywhere), 2)[1]
    grids, rows = [], []
    for side in (SIDE_OF_LARGE if large else SIDE, UNIT_SIDE_OF_MANY if many else UNIT_SIDE):
        grid, height = _grid(low, high, side)
        grids.append(torch.from_numpy(view.inputs(grid)))
        rows.append(height)

    outputs, fields = [], []
    units: list[list[np.ndarray]] = [[] for _ in layers[:-1]]
    active: list[list[np.ndarray]] = [[] for _ in layers[:-1]]
    for frame in frames:
        network = network_of(task, frame)
        with torch.no_grad():
            outputs.append(network(points).numpy())
            fields.append(task.head.predictions(network(grids[0])).numpy())
            on_grid = _hidden(frame, layers, grids[1])
            on_points = _hidden(frame, layers, points[: len(train)])
        for i, (values, of_points) in enumerate(zip(on_grid, on_points, strict=True)):
            units[i].append(values[:, :MOST_UNITS].T.numpy())
            active[i].append((of_points > middle_of(layers[i].option)).double().mean(dim=0).numpy())
    return Film(
        view=view,
        low=low,
        high=high,
        fields=np.stack(fields).reshape(len(frames), rows[0], len(grids[0]) // rows[0], *fields[0].shape[1:]),
        units=[np.stack(u).reshape(len(frames), len(u[0]), rows[1], len(grids[1]) // rows[1]) for u in units],
        active=[np.stack(layer) for layer in active],
        train=train,
        val=val,
        places=np.concatenate([everywhere[0][: len(train)], everywhere[1][: len(val)]]),
        outputs=np.stack(outputs),
    )


def validates_on_training_points(task: Task) -> bool:
    """Whether the training points are also the validation points."""
    return len(task.train) == len(task.val) and bool((task.train.x == task.val.x).all())


def shown_points(task: Task) -> tuple[Points, Points]:
    """The points that a page has, as given; no validation points if they are the training points."""
    given = task.given
    train = given.train[np.arange(min(len(given.train), MOST_TRAINING))]
    held_back = 0 if validates_on_training_points(task) else min(len(given.val), MOST_VALIDATION)
    return train, given.val[np.arange(held_back)]


def _grid(low: np.ndarray, high: np.ndarray, side: int) -> tuple[np.ndarray, int]:
    """Places of the plane or the line, [n, dimensions], and the number of rows."""
    if len(low) == 1:
        return np.linspace(low, high, LINE if side >= SIDE_OF_LARGE else UNIT_SIDE), 1
    centres = (np.arange(side) + 0.5) / side
    axes = [low[i] + centres * (high[i] - low[i]) for i in range(2)]
    return np.stack(np.meshgrid(*axes), axis=-1).reshape(-1, 2), side


def _hidden(frame: State, layers: list[Layer], x: Tensor) -> list[Tensor]:
    """The outputs of each hidden layer for points ``x`` [n, features]: [n, units]."""
    values = []
    for layer in layers[:-1]:
        x = x @ torch.from_numpy(frame.weights[layer.weight]).T
        if layer.bias is not None:
            x = x + torch.from_numpy(frame.weights[layer.bias])
        x = activation(layer.activation)(x)
        values.append(x)
    return values

"""The loss around the path of a training: over a plane through its weights, or over all weights if there are few."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Literal

import numpy as np
import torch
from torch.nn.utils import vector_to_parameters

from backprop_lab.report.run.measures import MOST_WEIGHTS
from backprop_lab.training.metrics import loss_of
from backprop_lab.training.named_tensors import weights_of
from backprop_lab.training.networks import network_of
from backprop_lab.training.points import Points
from backprop_lab.training.randomness import generator
from backprop_lab.training.state import State
from backprop_lab.training.task import Task
from backprop_lab.training.tensors import to_tensors

CURVE_SIDE = 201
# Around the path, as a fraction of its extent; with all weights shown, enough to see the other side of the valley.
MARGIN, EXACT_MARGIN = 0.15, 0.5
# A landscape evaluates about 1,700 networks on all points; an activation takes as long as about 20 products. A sample
# of the points bounds the time.
MOST_POINTS, FEWEST_POINTS, MOST_WORK, FUNCTION_WORK = 5_000, 250, 1_500_000, 20


@dataclass(frozen=True)
class Landscape:
    """Training loss, without the penalty, over two directions of the weights, or over one weight; F frames."""

    kind: Literal["plane", "curve"]
    names: tuple[str, str]
    """Of the axes: ``w``, ``b`` if ``exact``; the second one of a curve is the loss."""
    x: np.ndarray
    """[W]"""
    y: np.ndarray
    """[H], with the same extent as ``x``; empty for a curve."""
    loss: np.ndarray
    """[H, W], or [W] for a curve; infinite or NaN where it overflows."""
    path: np.ndarray
    """[F, 2], the frames on these axes."""
    share: float
    """The fraction of the movement, as a sum of squares, along the two directions: from 0 to 1."""
    exact: bool
    """Whether the axes are the only weights. Otherwise the last frame is their origin, (0, 0)."""
    points: int
    """Number of training points in the mean loss."""


def landscape(task: Task, frames: list[State], side: int = 41) -> Landscape:
    """The landscape of a film, ``side`` by ``side``; at most 21 by 21 for a network of over ``MOST_WEIGHTS``.

    More than two weights are projected on the two principal components of the frames' differences from the last one
    (Li et al. 2018, Visualizing the Loss Landscape of Neural Nets, section 7), with signs such that the descent starts
    at the upper left.
    """
    names = list(frames[0].weights)
    rows = np.stack([np.concatenate([frame.weights[name].ravel() for name in names]) for frame in frames])
    rows = rows.astype(np.float64)
    count = rows.shape[1]
    sample = _sample(task.train, frames[0])
    loss_at = _loss_function(task, frames[0], sample)

    if count == 1:
        x = _window(rows[:, 0], CURVE_SIDE, float(np.ptp(rows)), EXACT_MARGIN)
        loss, along = (np.array([loss_at(np.array([w])) for w in values]) for values in (x, rows[:, 0]))
        path = np.column_stack([rows[:, 0], along])
        return Landscape("curve", ("w", "loss"), x, np.empty(0), loss, path, 1.0, True, len(sample))

    margin = MARGIN
    if count == 2:
        margin = EXACT_MARGIN
        has_bias = any(name.endswith("bias") for name in names)
        axes = ("w", "b") if has_bias else ("w1", "w2")
        origin, directions, share = np.zeros(2), np.eye(2), 1.0
    else:
        axes = ("direction 1", "direction 2")
        origin = rows[-1]
        directions, share = _directions(rows - origin, task.seed)
        side = side if count <= MOST_WEIGHTS else min(side, 21)
    path = (rows - origin) @ directions.T
    extent = float(np.ptp(path, axis=0).max())
    x, y = (_window(path[:, axis], side, extent, margin) for axis in (0, 1))
    loss = np.array([[loss_at(origin + a * directions[0] + b * directions[1]) for a in x] for b in y])
    return Landscape("plane", axes, x, y, loss, path, share, count == 2, len(sample))


def _directions(moved: np.ndarray, seed: int) -> tuple[np.ndarray, float]:
    """The first two principal directions [2, P] of ``moved`` [F, P], and the fraction of the movement along them.

    Missing directions, if the weights moved in fewer than two, are random.
    """
    scale = np.abs(moved).max() or 1.0
    _, sizes, components = np.linalg.svd(moved / scale, full_matrices=False)
    held = sizes**2
    directions = list(components[:2][sizes[:2] > 1e-9])
    random = generator(seed, "landscape")
    while len(directions) < 2:
        direction = random.standard_normal(moved.shape[1])
        for other in directions:
            direction -= (direction @ other) * other
        directions.append(direction / np.linalg.norm(direction))
    chosen = np.array(directions)
    start = chosen @ moved[0]
    chosen *= np.where(start * [1, -1] > 0, -1.0, 1.0)[:, None]
    return chosen, float(held[:2].sum() / held.sum()) if held.any() else 1.0


def _window(values: np.ndarray, side: int, extent: float, margin: float) -> np.ndarray:
    """``side`` positions around ``values``, ``extent`` long plus a margin on both sides; 2 long if nothing moves."""
    half = (0.5 + margin) * extent or 1.0
    return (values.min() + values.max()) / 2 + np.linspace(-half, half, side)


def _sample(points: Points, frame: State) -> Points:
    """All points, or the first few; they are in random order."""
    products = sum(weight.size for weight in frame.weights.values())
    functions = sum(len(weight) for weight in frame.weights.values() if weight.ndim >= 2)
    most = MOST_WORK // (products + FUNCTION_WORK * functions)
    return points[np.arange(min(max(FEWEST_POINTS, min(most, MOST_POINTS)), len(points)))]


def _loss_function(task: Task, frame: State, points: Points) -> Callable[[np.ndarray], float]:
    """The mean loss on ``points`` as a function of the flattened weights, in the order of ``frame``."""
    network = network_of(task, frame)
    loss = loss_of(task)
    x, y = to_tensors(points, "cpu")
    weights = [*weights_of(network).values()]

    def loss_at(row: np.ndarray) -> float:
        with np.errstate(over="ignore"):
            vector_to_parameters(torch.from_numpy(row.astype(task.dtype)), weights)
        with torch.no_grad():
            return loss(network(x), y).item()

    return loss_at

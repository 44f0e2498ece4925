"""Measurements of the network at each recorded frame, computed after the fit."""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass

import numpy as np
from torch import Tensor, nn

from backprop_lab.report.run.unit_states import UnitStates, unit_states
from backprop_lab.training.chain import Layer, layers_of
from backprop_lab.training.metrics import loss_of, measure
from backprop_lab.training.networks import network_of
from backprop_lab.training.next_step import next_step
from backprop_lab.training.state import State
from backprop_lab.training.task import Task
from backprop_lab.training.tensors import to_tensors

# Above this number of weights, the individual gradients would fill the memory, and nobody could read them.
MOST_WEIGHTS = 20_000


@dataclass(frozen=True)
class Measures:
    """Measurements at each of F recorded frames.

    The step of a frame is the one that follows it: the first batch of epoch ``frame.epoch + 1``, recomputed from the
    frame's weights and optimizer state. Numbers of a diverging run may be infinite or NaN.
    """

    gradients: dict[str, np.ndarray]
    """By weight name, [F, *shape]: gradients of that step's batch, including the penalty. Empty above
    ``MOST_WEIGHTS``."""
    updates: dict[str, np.ndarray]
    """By weight name, [F, *shape]: the change of the weight in that step. Empty if ``gradients`` is."""
    layers: list[str]
    """The names of the L layers; the norms below are over all weights of a layer, including the bias."""
    gradient_size: np.ndarray
    """[F, L], Euclidean norms, like the two below."""
    weight_size: np.ndarray
    update_size: np.ndarray
    dead: list[np.ndarray]
    """For each hidden layer [F, units] bool, as in ``UnitStates`` over all training points. Empty, like the two below,
    for a model that is not sequential."""
    always_on: list[np.ndarray]
    saturated: list[np.ndarray]
    losses: np.ndarray
    """[F, 2], training and validation loss with the frame's weights, on all points, excluding the penalty."""
    metric: np.ndarray
    """[F, 2], ``acc`` or ``r2`` likewise."""

    @property
    def update_ratio(self) -> np.ndarray:
        """[F, L], the norm of the update divided by that of the weights; infinite where these are 0."""
        with np.errstate(divide="ignore", invalid="ignore"):
            ratio = self.update_size / self.weight_size
        return np.where((self.weight_size == 0) & (self.update_size == 0), 0.0, ratio)


def measure_frames(task: Task, frames: list[State]) -> Measures:
    """All ``Measures``, on the CPU and in the precision of the run."""
    measured = [_measure(task, frame) for frame in frames]
    return Measures(
        gradients=_stacked([one.gradients for one in measured]),
        updates=_stacked([one.updates for one in measured]),
        layers=list(_weights_by_layer(frames[0].weights)),
        gradient_size=np.array([one.gradient_size for one in measured]),
        weight_size=np.array([one.weight_size for one in measured]),
        update_size=np.array([one.update_size for one in measured]),
        dead=_stacked_layers([[unit.dead for unit in one.units] for one in measured]),
        always_on=_stacked_layers([[unit.always_on for unit in one.units] for one in measured]),
        saturated=_stacked_layers([[unit.saturated for unit in one.units] for one in measured]),
        losses=np.array([one.losses for one in measured]),
        metric=np.array([one.metric for one in measured]),
    )


@dataclass(frozen=True)
class _OneFrame:
    """The measures of one frame: those of ``Measures`` without the axis F."""

    gradients: dict[str, np.ndarray]
    updates: dict[str, np.ndarray]
    gradient_size: list[float]
    weight_size: list[float]
    update_size: list[float]
    units: list[UnitStates]
    losses: tuple[float, float]
    metric: tuple[float, float]


def _measure(task: Task, frame: State) -> _OneFrame:
    network, step, loss = network_of(task, frame), next_step(task, frame), loss_of(task)
    hidden = (layers_of(task) or [])[:-1]
    with recorded_sums(network, hidden) as sums:
        train_loss, train_metric = measure(network, loss, task, *to_tensors(task.train, "cpu")).values()
    val_loss, val_metric = measure(network, loss, task, *to_tensors(task.val, "cpu")).values()
    is_kept = sum(weight.size for weight in frame.weights.values()) <= MOST_WEIGHTS
    return _OneFrame(
        gradients=step.gradients if is_kept else {},
        updates=step.updates if is_kept else {},
        gradient_size=_sizes(step.gradients),
        weight_size=_sizes(frame.weights),
        update_size=_sizes(step.updates),
        units=[unit_states(layer.option, z.detach().numpy()) for layer, z in zip(hidden, sums, strict=True)],
        losses=(train_loss, val_loss),
        metric=(train_metric, val_metric),
    )


def _stacked(frames: list[dict[str, np.ndarray]]) -> dict[str, np.ndarray]:
    return {name: np.stack([frame[name] for frame in frames]) for name in frames[0]}


def _stacked_layers(frames: list[list[np.ndarray]]) -> list[np.ndarray]:
    return [np.stack(layer) for layer in zip(*frames, strict=True)]


def _weights_by_layer(names: Iterable[str]) -> dict[str, list[str]]:
    """The weight names of each layer; they are equal up to the last dot."""
    layers: dict[str, list[str]] = {}
    for name in names:
        layers.setdefault(name.rpartition(".")[0] or name, []).append(name)
    return layers


def _sizes(arrays: Mapping[str, np.ndarray]) -> list[float]:
    """The norm of each layer, from arrays by weight name."""
    return [_norm([arrays[name] for name in names]) for names in _weights_by_layer(arrays).values()]


def _norm(arrays: list[np.ndarray]) -> float:
    """The Euclidean norm of all numbers, in float64; it may overflow to infinity."""
    with np.errstate(over="ignore", invalid="ignore"):
        return float(np.sqrt(sum((array.astype(np.float64) ** 2).sum() for array in arrays)))


@contextmanager
def recorded_sums(network: nn.Module, layers: Sequence[Layer]) -> Iterator[list[Tensor]]:
    """A list to which each call of ``network`` appends the pre-activations of each of ``layers``, [n, units]."""
    sums: list[Tensor] = []
    modules = [network.get_submodule(layer.weight.removesuffix(".weight")) for layer in layers]
    hooks = [module.register_forward_hook(lambda module, inputs, output: sums.append(output)) for module in modules]
    try:
        yield sums
    finally:
        for hook in hooks:
            hook.remove()

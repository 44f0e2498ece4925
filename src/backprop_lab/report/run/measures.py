"""What the recorded frames say of a network, worked out after the fit: gradients, steps, idle units, loss."""

import math
from dataclasses import dataclass

import numpy as np
import torch
from torch import Tensor, nn

from backprop_lab.config.check import ConfigError
from backprop_lab.engines.common import updates
from backprop_lab.engines.common.layers import Layer, activation_of, layers_of
from backprop_lab.training import losses
from backprop_lab.training.metrics import measure, network_of
from backprop_lab.training.task import Points, State, Task
from backprop_lab.training.tensors import to_tensors

# Above this number of weights the single gradients would fill the memory, and nobody could look at them.
MOST_WEIGHTS = 20_000
# Weights that differ by at most this share of the largest are the same.
IDENTICAL = 1e-6
# A unit is saturated where it is beyond this share of its activation's range, on that share of the points.
SATURATED_RANGE, SATURATED_POINTS = 0.97, 0.9
# Said of z, which the unit's activation gets; sigmoid(z) is (1 + tanh(z / 2)) / 2.
BEYOND = {"tanh": math.atanh(SATURATED_RANGE), "sigmoid": 2 * math.atanh(SATURATED_RANGE)}


@dataclass(frozen=True)
class Step:
    """One step of a training: its batch, and by weight name the loss's gradient and what is added to the weight."""

    batch: Points
    gradients: dict[str, np.ndarray]
    updates: dict[str, np.ndarray]


@dataclass(frozen=True)
class Measures:
    """What each recorded frame says of the network, F frames.

    The step of a frame is the one that follows it: the first batch of epoch ``frame.epoch + 1``, computed again from
    the frame's weights and optimizer state. Numbers of a run that diverges may be infinite or not a number.
    """

    gradients: dict[str, np.ndarray]
    """By weight name, [F, *shape]: of that step's batch. Empty for a network of over ``MOST_WEIGHTS``."""
    updates: dict[str, np.ndarray]
    """By weight name, [F, *shape]: what that step adds to the weight. Empty where ``gradients`` is."""
    layers: list[str]
    """The L layers by name; the sizes below are over all weights of a layer, the bias among them."""
    gradient_size: np.ndarray
    """[F, L], Euclidean norms, as are the two below."""
    weight_size: np.ndarray
    update_size: np.ndarray
    off: list[np.ndarray]
    """For each hidden layer [F, units] bool, over all training points: ReLUs that give 0 on all of them. Empty for a
    model that is not made of linear layers, as are the two below."""
    always_on: list[np.ndarray]
    """Likewise: ReLUs that pass on all points what they get, and so are linear."""
    saturated: list[np.ndarray]
    """Likewise: tanh and sigmoid units that are beyond 97 % of their range on at least 90 % of the points."""
    losses: np.ndarray
    """[F, 2], training and validation loss with the frame's weights, on all points."""
    quality: np.ndarray
    """[F, 2], ``acc`` or ``r2`` likewise."""

    @property
    def update_ratio(self) -> np.ndarray:
        """[F, L], the size of the update as a share of that of the weights; infinite where these are 0."""
        with np.errstate(divide="ignore", invalid="ignore"):
            ratio = self.update_size / self.weight_size
        return np.where((self.weight_size == 0) & (self.update_size == 0), 0.0, ratio)


def measure_frames(task: Task, frames: list[State]) -> Measures:
    """Everything in ``Measures``, on the CPU and in the precision of the run."""
    train, val = to_tensors(task.train, "cpu"), to_tensors(task.val, "cpu")
    loss_of = losses.load(task.loss, task.kind)
    hidden = (linear_layers(task, frames[0]) or [])[:-1]
    groups: dict[str, list[str]] = {}
    for name in frames[0].weights:
        groups.setdefault(name.rpartition(".")[0] or name, []).append(name)

    steps: list[Step] = []
    sizes: list[list[list[float]]] = []
    rows: list[list[float]] = []
    idle: list[list[np.ndarray]] = []
    keeps_steps = sum(weight.size for weight in frames[0].weights.values()) <= MOST_WEIGHTS
    for frame in frames:
        network = network_of(task, frame)
        step = next_step(task, frame, network)
        kinds = (step.gradients, frame.weights, step.updates)
        sizes.append([[_norm([kind[name] for name in names]) for names in groups.values()] for kind in kinds])
        if keeps_steps:
            steps.append(step)
        validated = measure(network, loss_of, task, *val)
        sums = _record_sums(network, hidden)
        trained = measure(network, loss_of, task, *train)
        rows.append([*trained.values(), *validated.values()])
        idle.append([_idle(activation_of(task), z) for z in sums])

    names = list(frames[0].weights) if keeps_steps else []
    table, by_frame = np.array(rows), [np.stack(layer) for layer in zip(*idle, strict=True)]
    gradient_size, weight_size, update_size = np.moveaxis(np.array(sizes), 1, 0)
    return Measures(
        gradients={name: np.stack([step.gradients[name] for step in steps]) for name in names},
        updates={name: np.stack([step.updates[name] for step in steps]) for name in names},
        layers=list(groups),
        gradient_size=gradient_size,
        weight_size=weight_size,
        update_size=update_size,
        off=[layer[:, 0] for layer in by_frame],
        always_on=[layer[:, 1] for layer in by_frame],
        saturated=[layer[:, 2] for layer in by_frame],
        losses=table[:, [0, 2]],
        quality=table[:, [1, 3]],
    )


def next_step(task: Task, frame: State, network: nn.Module) -> Step:
    """The step that follows ``frame``: gradients by torch from ``network``, which has the frame's weights.

    The update is written out and not torch's, whose optimizers take two seconds to import; both give the same bits.
    """
    batch = task.train[task.batches(frame.epoch + 1)[0]]
    x, y = to_tensors(batch, "cpu")
    parameters = dict(network.named_parameters())
    loss = losses.load(task.loss, task.kind)(network(x), y)
    gradients = dict(
        zip(parameters, torch.autograd.grad(loss, list(parameters.values()), materialize_grads=True), strict=True)
    )
    before = {name: torch.from_numpy(weight.copy()) for name, weight in frame.weights.items()}
    memory = {name: torch.from_numpy(array.copy()) for name, array in frame.optimizer.items()}
    after = dict(before)
    updates.apply(updates.load(task.optimizer), after, memory, gradients, frame.step + 1)
    return Step(
        batch,
        {name: gradient.numpy() for name, gradient in gradients.items()},
        {name: (after[name] - before[name]).numpy() for name in before},
    )


def linear_layers(task: Task, frame: State) -> list[Layer] | None:
    """The layers of a network that is linear layers with an activation between them; None for any other."""
    try:
        return layers_of(task, frame.weights, "report")
    except ConfigError:
        return None


def identical_units(frame: State, layer: Layer, following: Layer) -> list[frozenset[int]]:
    """The groups of units of ``layer`` whose weights, incoming and outgoing, are the same."""
    bias = [] if layer.bias is None else [frame.weights[layer.bias][:, None]]
    parts = [frame.weights[layer.weight], *bias, frame.weights[following.weight].T]
    rows = np.concatenate(parts, axis=1).astype(np.float64)
    near = IDENTICAL * (np.abs(rows).max() or 1.0)
    # Identical rows are neighbours in the order of any mixture of their columns.
    order = np.argsort(rows @ np.sqrt(np.arange(2, rows.shape[1] + 2)), kind="stable")
    same = np.abs(np.diff(rows[order], axis=0)).max(axis=1, initial=0.0) <= near
    groups = np.split(order, np.flatnonzero(~same) + 1)
    return [frozenset(group.tolist()) for group in groups if len(group) > 1]


def _record_sums(network: nn.Module, layers: list[Layer]) -> list[Tensor]:
    """A list to which the next call of ``network`` adds what each of the layers gives to its activation, [n, units]."""
    sums: list[Tensor] = []
    for layer in layers:
        module = network.get_submodule(layer.weight.removesuffix(".weight"))
        module.register_forward_hook(lambda module, inputs, output: sums.append(output))
    return sums


def _idle(activation: str, z: Tensor) -> np.ndarray:
    """Which units are off, always on and saturated, [3, units], by what they give to their activation, [n, units]."""
    idle = torch.zeros(3, z.shape[1], dtype=torch.bool)
    if activation == "relu":
        idle[0], idle[1] = (z <= 0).all(dim=0), (z > 0).all(dim=0)
    if activation in BEYOND:
        idle[2] = (z.abs() > BEYOND[activation]).double().mean(dim=0) >= SATURATED_POINTS
    return idle.numpy()


def _norm(arrays: list[np.ndarray]) -> float:
    """The Euclidean norm of all numbers, in float64; of numbers near the largest it may be infinite."""
    with np.errstate(over="ignore", invalid="ignore"):
        return float(np.sqrt(sum((array.astype(np.float64) ** 2).sum() for array in arrays)))

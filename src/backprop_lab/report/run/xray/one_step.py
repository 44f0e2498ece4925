"""One optimizer step with a whole batch, with the chain rule written out."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from backprop_lab.engines import by_hand
from backprop_lab.training import clipping, penalty
from backprop_lab.training.chain import Layer
from backprop_lab.training.dropout import Masks
from backprop_lab.training.forward import forward
from backprop_lab.training.points import Points
from backprop_lab.training.state import State
from backprop_lab.training.task import Task
from backprop_lab.training.updates import Updates


@dataclass(frozen=True)
class OptimizerStep:
    """The effect of a step on the weights: all by weight name, the optimizer's state by ``slot/weight name``.

    ``number`` is the step number, counted from 1. ``loss_gradients`` are the gradients of the batch's mean loss,
    ``whole_gradients`` those that include the penalty, ``gradients`` those that the optimizer gets: times ``factor``,
    which is 1 up to ``optimizer.clip_norm``.
    """

    number: int
    batch_size: int
    loss_gradients: dict[str, np.ndarray]
    whole_gradients: dict[str, np.ndarray]
    factor: float
    gradients: dict[str, np.ndarray]
    weights: dict[str, np.ndarray]
    optimizer_state: dict[str, np.ndarray]
    next_weights: dict[str, np.ndarray]
    next_optimizer_state: dict[str, np.ndarray]


def optimizer_step(task: Task, layers: Sequence[Layer], frame: State, batch: Points, masks: Masks) -> OptimizerStep:
    """The gradients of the whole batch, and the frame's weights after the optimizer's step."""
    passed = forward(layers, frame.weights, batch.x, masks)
    slope = task.form.slope(passed.outputs, batch.y, *task.loss.arguments) / len(batch)
    loss_gradients = by_hand.backward(layers, frame.weights, passed, slope, masks)
    gradients = dict(loss_gradients)
    penalty.add_slopes(task.penalty, frame.weights, gradients)
    whole_gradients = dict(gradients)
    factor = clipping.clip(task.clip_norm, gradients)
    weights, optimizer_state = dict(frame.weights), dict(frame.optimizer)
    Updates(task).apply(weights, optimizer_state, gradients, frame.step + 1)
    return OptimizerStep(
        number=frame.step + 1,
        batch_size=len(batch),
        loss_gradients=loss_gradients,
        whole_gradients=whole_gradients,
        factor=factor,
        gradients=gradients,
        weights=frame.weights,
        optimizer_state=frame.optimizer,
        next_weights=weights,
        next_optimizer_state=optimizer_state,
    )

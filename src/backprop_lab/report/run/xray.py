"""The steps whose numbers a page shows if it cannot make them itself: state, gradient and first points of a few.

The page computes everything else of them with the formulas of the options: page/xray/.
"""

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np

from backprop_lab.engines import by_hand
from backprop_lab.report.option_formulas import (
    activation_formulas,
    loss_formulas,
    optimizer_formulas,
    penalty_formulas,
    schedule_formulas,
)
from backprop_lab.report.run.measures import MOST_WEIGHTS
from backprop_lab.report.run.words import not_layers
from backprop_lab.training.chain import Layer, dropout_places, layers_of
from backprop_lab.training.dropout import masks_of
from backprop_lab.training.forward import forward
from backprop_lab.training.state import State
from backprop_lab.training.task import Task
from backprop_lab.training.updates import Updates

MOST_STEPS, MOST_POINTS = 10, 8
MOST_NUMBERS = 40_000
"""Weights of all recorded steps together; at least one is recorded."""


def xray(task: Task, frames: Sequence[State]) -> tuple[dict[str, Any], dict[str, np.ndarray]]:
    """Data and arrays of page/xray/recorded.js.

    The data are ``steps``, each with the index of its ``frame``, its ``epoch`` and its ``step``, both counted from 1,
    and the size of its ``batch``; and ``reason``, why there are none. The arrays are, for S steps and K points: weights
    and gradients of the batch's mean loss [S, weights], the optimizer's slots [S, slots * weights], and of the first
    points of the batch ``x`` [S, K, inputs] as the network gets them, ``y`` [S, K] and masks [S, K, units].
    """
    layers = layers_of(task)
    if layers is None:
        return _nothing(str(not_layers(task)))
    unknown = _unknown(task, layers)
    if unknown:
        return _nothing(f"The formulas of {unknown} could not be written down, so its steps have no X-ray.")
    numbers = sum(weight.size for weight in frames[0].weights.values())
    if numbers > MOST_WEIGHTS:
        return _nothing(f"{numbers:,} weights are too many for an X-ray.")
    followed = [i for i, frame in enumerate(frames) if frame.epoch < task.epochs]
    if not followed:
        return _nothing("The recording has no frame that is followed by a step.")
    most = max(1, min(MOST_STEPS, MOST_NUMBERS // numbers))
    chosen = [followed[i] for i in np.unique(np.linspace(0, len(followed) - 1, most).round().astype(int))]
    steps, rows = [], []
    for i in chosen:
        batch, arrays = _step(task, layers, frames[i])
        steps.append({"frame": i, "epoch": frames[i].epoch + 1, "step": frames[i].step + 1, "batch": batch})
        rows.append(arrays)
    stacked = {f"xray/{name}": np.stack([row[name] for row in rows]) for name in rows[0]}
    return {"steps": steps, "reason": None}, stacked


def _nothing(reason: str) -> tuple[dict[str, Any], dict[str, np.ndarray]]:
    return {"steps": [], "reason": reason}, {}


def _unknown(task: Task, layers: Sequence[Layer]) -> str | None:
    """An option of a step whose formulas could not be written down, so that a page cannot compute the step."""
    used = {f"model.activation={layer.activation}": activation_formulas(layer.option) for layer in layers}
    used |= {
        f"loss={task.loss.name}": loss_formulas(task.loss.option)[task.task_type],
        f"penalty={task.penalty.name}": penalty_formulas(task.penalty),
        f"optimizer={task.optimizer.name}": optimizer_formulas(task.optimizer),
        f"schedule={task.schedule.name}": schedule_formulas(task.schedule),
    }
    return next((name for name, formulas in used.items() if _has_gap(formulas)), None)


def _has_gap(part: Any) -> bool:
    """Whether a formula, or one among several, is None."""
    inside = part.values() if isinstance(part, Mapping) else part if isinstance(part, list) else ()
    return part is None or any(map(_has_gap, inside))


def _step(task: Task, layers: Sequence[Layer], frame: State) -> tuple[int, dict[str, np.ndarray]]:
    """The size of the batch of the step after ``frame``, and the step's arrays."""
    epoch = frame.epoch + 1
    batch = task.train[task.batches(epoch)[0]]
    masks = masks_of(task, epoch, dropout_places(layers))[0]
    with np.errstate(over="ignore", invalid="ignore"):  # a diverging run shows in the numbers
        passed = forward(layers, frame.weights, batch.x, masks)
        slope = task.form.slope(passed.outputs, batch.y, *task.loss.arguments) / len(batch)
        gradients = by_hand.backward(layers, frame.weights, passed, slope, masks)
    shown = slice(0, MOST_POINTS)
    names = list(frame.weights)
    arrays = {
        "weights": _flat(frame.weights, names),
        "gradient": _flat(gradients, names),
        "slots": _slots(task, frame, names),
        "x": batch.x[shown],
        "y": batch.y[shown],
    }
    if masks:
        arrays["masks"] = np.concatenate([mask[shown] for mask in masks], axis=1)
    return len(batch), arrays


def _flat(arrays: Mapping[str, np.ndarray], names: Sequence[str]) -> np.ndarray:
    return np.concatenate([arrays[name].reshape(-1) for name in names])


def _slots(task: Task, frame: State, names: Sequence[str]) -> np.ndarray:
    """The optimizer's state, slot by slot in the order of its ``SLOTS``; 0 where it keeps none."""
    rows = [
        frame.optimizer.get(f"{slot}/{name}", np.zeros_like(frame.weights[name])).reshape(-1)
        for slot in Updates(task).slots
        for name in names
    ]
    return np.concatenate(rows) if rows else np.zeros(0, task.dtype)

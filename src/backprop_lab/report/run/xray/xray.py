"""An X-ray of single steps: the forward pass, the backward pass and each weight's update, in numbers.

The step after a recorded frame is recomputed from the frame, with the chain rule written out as in the ``by_hand``
engine, in the precision of the run, and compared with torch's gradients.
"""

from collections.abc import Sequence
from typing import Any

import numpy as np

from backprop_lab.options.text import number
from backprop_lab.report.run.words import not_layers
from backprop_lab.report.run.xray.graph import graph
from backprop_lab.report.run.xray.names import Names
from backprop_lab.report.run.xray.one_point import Pass, pass_of
from backprop_lab.report.run.xray.one_step import optimizer_step
from backprop_lab.report.run.xray.text.cards import cards
from backprop_lab.report.run.xray.torch_check import difference, torch_gradients
from backprop_lab.training.chain import Layer, dropout_places, layers_of
from backprop_lab.training.dropout import masks_of
from backprop_lab.training.next_step import next_step
from backprop_lab.training.state import State
from backprop_lab.training.task import Task

MOST_SAID = 4  # inputs in the title of a point
# The numbers of steps, and of points per step, up to FEW_WEIGHTS weights and above.
FEW_WEIGHTS, SHOWN, SHOWN_OF_MANY = 100, (10, 8), (5, 3)


def xray(task: Task, frames: list[State]) -> dict[str, Any]:
    """The X-ray as plain data for the page: ``steps``, ``difference`` and ``reason``.

    Each of ``steps`` has the index of its ``frame``, its ``epoch`` and its ``step``, both counted from 1, the ``batch``
    size, and ``points``: the first few of its batch with ``title``, ``x``, ``y``, four ``cards`` (``title`` and
    ``lines`` of ``unit``, ``symbols`` and ``numbers``), and for a small network the computation ``graph`` as SVG.
    ``difference`` is the largest difference from torch's gradients, relative where these exceed 1; None if none is
    finite. ``reason`` says why there are no steps; None if there are.
    """
    layers = layers_of(task)
    if layers is None:
        return _nothing(str(not_layers(task)))
    followed = [i for i, frame in enumerate(frames) if frame.epoch < task.epochs]
    if not followed:
        return _nothing("The recording has no frame that is followed by a step.")
    few = sum(weight.size for weight in frames[0].weights.values()) <= FEW_WEIGHTS
    most_steps, most_points = SHOWN if few else SHOWN_OF_MANY
    chosen = np.unique(np.linspace(0, len(followed) - 1, most_steps).round().astype(int))
    names = Names(layers, task.head.symbol)
    steps, differences = [], []
    for i in chosen:
        with np.errstate(over="ignore", invalid="ignore"):  # a diverging run shows in the numbers
            step, off_by = _step(task, layers, names, frames[followed[i]], most_points)
        steps.append({"frame": followed[i], **step})
        differences.append(off_by)
    finite = [off_by for off_by in differences if np.isfinite(off_by)]
    return {"steps": steps, "difference": max(finite) if finite else None, "reason": None}


def _nothing(reason: str) -> dict[str, Any]:
    return {"steps": [], "difference": None, "reason": reason}


def _step(
    task: Task, layers: Sequence[Layer], names: Names, frame: State, most_points: int
) -> tuple[dict[str, Any], float]:
    """The X-ray of the step after ``frame``, and its largest difference from torch."""
    reference = next_step(task, frame)
    batch = reference.batch
    masks = masks_of(task, frame.epoch + 1, dropout_places(layers))[0]
    shown = [
        pass_of(task, layers, frame, batch.x[i], batch.y[i], [mask[i] for mask in masks])
        for i in range(min(most_points, len(batch)))
    ]
    ours = optimizer_step(task, layers, frame, batch, masks)
    differences = [difference(ours.gradients, reference.gradients)]
    differences += [difference(one.gradients, torch_gradients(task, frame, one)) for one in shown]
    points = [
        {
            "title": _title(task, names, one, number_in_batch, len(batch)),
            "x": one.x.tolist(),
            "y": one.y.item(),
            "cards": cards(task, layers, names, one, ours),
            "graph": graph(task, names, frame, one),
        }
        for number_in_batch, one in enumerate(shown, start=1)
    ]
    step = {"epoch": frame.epoch + 1, "step": frame.step + 1, "batch": len(batch), "points": points}
    return step, max(differences)


def _title(task: Task, names: Names, one: Pass, number_in_batch: int, batch_size: int) -> str:
    said = [f"{names.input(0, i)} = {number(x)}" for i, x in enumerate(one.x[:MOST_SAID].tolist())]
    more = len(one.x) - len(said)
    inputs = ", ".join([*said, *([f"… ({more:,} more)"] if more else [])])
    y = one.y.item()
    target = task.meaning.class_name(int(y)) if task.head.is_classification else f"y = {number(y)}"
    return f"point {number_in_batch} of {batch_size:,}: {inputs}; {target}"

"""Dropout with masks from our own generator, so that every rung and every member of a batch drops the same units.

The masks of an epoch come from the generator of (seed, "dropout", epoch), in the order step, layer, point, unit.
"""

from collections.abc import Sequence
from typing import TypeAlias

import numpy as np

from backprop_lab.training.randomness import generator
from backprop_lab.training.task import Task

Masks: TypeAlias = list[np.ndarray]
"""The factors on the outputs of each layer with dropout in one step, [B, *units]: 0, or 1 / (1 - share)."""


def masks_of(task: Task, epoch: int, places: Sequence[tuple[float, tuple[int, ...]]]) -> list[Masks]:
    """The masks of each step of ``epoch``. ``places`` has share and shape of each layer with dropout, in order."""
    if not places:
        return [[] for _ in range(task.steps_per_epoch)]
    batches = [len(batch) for batch in task.batches(epoch)]
    units = [int(np.prod(shape)) for _, shape in places]
    drawn = generator(task.seed, "dropout", epoch).random(sum(batches) * sum(units))
    steps, first = [], 0
    for points in batches:
        masks = []
        for (share, shape), width in zip(places, units, strict=True):
            last = first + points * width
            kept = drawn[first:last].reshape(points, *shape) >= share
            masks.append((kept / (1.0 - share)).astype(task.dtype))
            first = last
        steps.append(masks)
    return steps

"""The kernel draws the random numbers that NumPy draws."""

from typing import Any

import numpy as np
import pytest

from backprop_lab.engines.kernel.lanes import LANES, entry
from backprop_lab.engines.kernel.orders import drop, seeded, shuffled
from backprop_lab.training.dropout import masks_of
from backprop_lab.training.randomness import generator
from conftest import quick_of, task_of


@entry  # type: ignore[untyped-decorator]
def called_shuffled(states: Any, at: Any, order: Any, first: Any, n: Any) -> None:
    shuffled(states, at, order, first, n)


@entry  # type: ignore[untyped-decorator]
def called_drop(states: Any, at: Any, masks: Any, first: Any, count: Any, share: Any) -> None:
    drop(states, at, masks, first, count, share)


SEEDS = [*range(19), 2**62]


@pytest.mark.parametrize("n", quick_of([1, 2, 3, 4, 5, 100, 4_000, 65_535], 1, 2, 5, 100))
def test_an_order_is_that_of_the_task(n: int) -> None:
    epochs = range(3, 5)
    states = seeded(SEEDS, "order", epochs)
    order = np.empty((len(SEEDS), n), np.uint32)
    for e, epoch in enumerate(epochs):
        for member, seed in enumerate(SEEDS):
            called_shuffled(states, (e * len(SEEDS) + member) * 4, order, member * n, n)
            assert (order[member] == generator(seed, "order", epoch).permutation(n)).all()


def test_dropout_masks_are_those_of_the_task() -> None:
    """Of an epoch's steps one after the other, of which the last is shorter."""
    task = task_of("dataset.n_samples=100", "dataset.batch_size=32", "model.hidden=[5,3]", "model.dropout=0.3")
    states = seeded([task.seed] * LANES, "dropout", range(2, 3))
    for masks in masks_of(task, 2, [(0.3, (5,)), (0.3, (3,))]):
        for expected in masks:
            drawn = np.empty((expected.size, LANES), np.float32)
            for lane in range(LANES):
                called_drop(states, lane * 4, drawn, lane, expected.size, 0.3)
            assert (drawn == expected.reshape(-1, 1)).all()

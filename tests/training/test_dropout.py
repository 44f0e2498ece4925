"""Dropout masks: a function of the seed and the epoch alone, in a written order."""

import numpy as np
import pytest

from backprop_lab.training.dropout import masks_of
from backprop_lab.training.randomness import generator
from conftest import task_of

SMALL = ("dataset.n_samples=13", "dataset.batch_size=4", "dataset.val_fraction=0.1")  # 12 points: 3 steps
PLACES = [(0.25, (3,)), (0.5, (2,))]


def test_masks_are_drawn_in_the_order_step_layer_point_unit() -> None:
    task = task_of(*SMALL, "seed=5")
    drawn = generator(5, "dropout", 7)
    for step in masks_of(task, 7, PLACES):
        for (share, (units,)), mask in zip(PLACES, step, strict=True):
            expected = [[(drawn.random() >= share) / (1 - share) for _ in range(units)] for _ in range(4)]
            np.testing.assert_array_equal(mask, np.array(expected, task.dtype))


def test_they_depend_on_the_seed_and_the_epoch_and_on_nothing_else() -> None:
    def bits(epoch: int, *overrides: str) -> bytes:
        steps = masks_of(task_of(*SMALL, *overrides), epoch, PLACES)
        return b"".join(mask.tobytes() for step in steps for mask in step)

    assert bits(1) == bits(1, "epochs=9", "optimizer=adam", "dataset.noise=0.1", "dataset.shuffle=false")
    assert len({bits(1), bits(2), bits(1, "seed=1")}) == 3


@pytest.mark.parametrize("precision", [32, 64])
@pytest.mark.parametrize("share", [0.1, 0.5, 0.9])
def test_a_share_of_the_units_is_left_out_and_the_mean_stays(share: float, precision: int) -> None:
    task = task_of("dataset.n_samples=2001", "dataset.batch_size=7", f"precision={precision}")
    steps = masks_of(task, 1, [(share, (20,))])
    assert [len(step[0]) for step in steps] == [len(index) for index in task.batches(1)]
    numbers = np.concatenate([step[0] for step in steps])
    assert numbers.dtype == task.dtype
    assert (numbers == 0).mean() == pytest.approx(share, abs=0.01)
    assert numbers.mean() == pytest.approx(1, abs=0.05)
    assert len(np.unique(numbers)) == 2


def test_without_dropout_nothing_is_drawn() -> None:
    assert masks_of(task_of(*SMALL), 1, []) == [[], [], []]

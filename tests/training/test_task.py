"""The task of a configuration: batches, order, hash, precision."""

import numpy as np
import pytest

from backprop_lab.options.discovery import names
from backprop_lab.training.split import points_of
from backprop_lab.training.task import build_task
from conftest import configured, fitting, task_of


@pytest.mark.parametrize("name", ["xor", "linear"])
def test_four_points_are_validated_on_themselves(name: str) -> None:
    task = task_of(f"dataset={name}")
    assert len(task.train) == 4
    np.testing.assert_array_equal(task.train.x, task.val.x)
    np.testing.assert_array_equal(task.train.y, task.val.y)
    assert [index.tolist() for index in task.batches(1)] == [[0, 1, 2, 3]]


def test_an_epoch_of_the_circle_is_125_batches_with_each_point_once() -> None:
    task = task_of()
    for epoch in (1, 2, 50):
        batches = task.batches(epoch)
        assert [len(index) for index in batches] == [32] * 125
        assert sorted(np.concatenate(batches).tolist()) == [*range(4000)]
    assert task.steps_per_epoch == 125


@pytest.mark.parametrize(("size", "sizes"), [("3", [3, 3, 2]), ("8", [8]), ("100", [8]), ("null", [8]), ("1", [1] * 8)])
def test_the_last_batch_holds_what_is_left(size: str, sizes: list[int]) -> None:
    task = task_of("dataset.n_samples=10", f"dataset.batch_size={size}")
    assert [len(index) for index in task.batches(1)] == sizes
    assert task.steps_per_epoch == len(sizes)


def test_the_order_is_a_function_of_seed_and_epoch_alone() -> None:
    def order(epoch: int, *overrides: str) -> list[int]:
        task = task_of("dataset.n_samples=200", *overrides)
        task.batches(epoch + 3)  # asking for another epoch, or twice, changes nothing
        assert np.concatenate(task.batches(epoch)).tolist() == np.concatenate(task.batches(epoch)).tolist()
        return np.concatenate(task.batches(epoch)).tolist()

    assert order(1) == order(1, "dataset.batch_size=7", "precision=64", "model.hidden=3", "epochs=9", "dataset.noise=1")
    assert order(1) != order(2)
    assert order(1) != order(1, "seed=1")
    assert order(2) != order(1, "seed=1")


def test_without_shuffling_the_points_come_in_order() -> None:
    task = task_of("dataset.n_samples=100", "dataset.shuffle=false")
    for epoch in (1, 2):
        np.testing.assert_array_equal(np.concatenate(task.batches(epoch)), np.arange(80))


@pytest.mark.parametrize("name", names("dataset"))
def test_the_hash_of_the_points_is_stable_and_does_not_depend_on_the_precision(name: str) -> None:
    same = {
        task_of(*fitting("dataset", name), *o).data_sha256
        for o in ((), ("precision=64",), ("model.bias=false", "epochs=3"))
    }
    assert len(same) == 1
    (sha256,) = same
    assert len(sha256) == 64


@pytest.mark.parametrize(
    "override",
    ["seed=1", "dataset.noise=0.01", "dataset.n_samples=99", "dataset.val_fraction=0.3", "dataset.radius=0.6"],
)
def test_the_hash_differs_where_the_points_differ(override: str) -> None:
    base = task_of("dataset.n_samples=100")
    other = task_of("dataset.n_samples=100", override)
    assert base.data_sha256 != other.data_sha256


@pytest.mark.parametrize("precision", [32, 64])
def test_a_task_computes_in_the_precision_of_the_run(precision: int) -> None:
    config = configured(f"precision={precision}")
    task = build_task(config, *points_of(config))
    assert {a.dtype for p in (task.train, task.val) for a in (p.x, p.y)} == {np.dtype(f"float{precision}")}
    # labelled in float64 and then cast
    np.testing.assert_array_equal(task.val.x, points_of(config)[1].x.astype(f"float{precision}"))


def test_rows_are_wanted_every_nth_epoch_and_for_the_last() -> None:
    task = task_of("dataset=xor", "epochs=10", "log_every_n_epochs=4")
    assert [epoch for epoch in range(1, 11) if task.is_logged(epoch)] == [4, 8, 10]

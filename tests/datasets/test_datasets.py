"""The data sets, by their documented shapes and rules, and the task made of each: split, batches, hash."""

import functools
from dataclasses import replace

import numpy as np
import pytest

from backprop_lab.config.check import Config, options
from backprop_lab.training.randomness import generator
from backprop_lab.training.task import Points, Task, build_task, draw, points_of
from conftest import configured

DATASETS = options("dataset")
# one feature for the line, two for what is drawn on a plane
FEATURES = {name: 1 if name == "linear" else 2 for name in DATASETS}
CORNERS = np.array([[0.0, 0.0], [0.0, 1.0], [1.0, 0.0], [1.0, 1.0]])


@functools.cache
def config_of(name: str, *overrides: str) -> Config:
    return configured(f"dataset={name}", *overrides)


def cloud(name: str, *overrides: str, n: int = 500) -> Config:
    """A data set drawn at random, without noise."""
    return config_of(name, f"dataset.n_samples={n}", "dataset.noise=0", *overrides)


def points(config: Config, seed: int = 0, **changes: object) -> Points:
    return draw(replace(config.dataset, **changes), seed)  # type: ignore[arg-type]


def task_of(config: Config) -> Task:
    return build_task(config, *points_of(config))


def rows(x: np.ndarray) -> set[tuple[float, ...]]:
    return {tuple(row) for row in x.tolist()}


@pytest.mark.parametrize("name", DATASETS)
@pytest.mark.parametrize("n", [None, 2, 7, 300])
def test_points_have_the_documented_shapes_and_are_float64(name: str, n: int | None) -> None:
    config = config_of(name)
    drawn = points(config, n_samples=n or config.dataset.n_samples)
    expected = n or config.dataset.n_samples or 4
    assert drawn.x.shape == (expected, FEATURES[name])
    assert drawn.y.shape == (expected,)
    assert drawn.x.dtype == drawn.y.dtype == np.float64
    assert len(drawn) == expected


@pytest.mark.parametrize("name", DATASETS)
def test_classes_are_0_and_1_and_both_occur(name: str) -> None:
    config = config_of(name)
    if config.dataset.task == "classification":
        assert {*points(config).y.tolist()} == {0.0, 1.0}
        assert {*points(config, n_samples=100).y.tolist()} == {0.0, 1.0}
    else:
        assert len({*points(config).y.tolist()}) > 2


@pytest.mark.parametrize("name", DATASETS)
def test_the_same_seed_draws_the_same_points_and_another_seed_others(name: str) -> None:
    config = config_of(name, "dataset.n_samples=100", "dataset.noise=0.1")
    one, again, other = points(config, 5), points(config, 5), points(config, 6)
    assert one.x.tobytes() == again.x.tobytes()
    assert one.y.tobytes() == again.y.tobytes()
    assert not rows(one.x) & rows(other.x)


@pytest.mark.parametrize("radius", [0.5, 0.9, 1.2, 2])
def test_the_circles_label_is_1_where_a_point_is_inside(radius: float) -> None:
    drawn = points(cloud("circle", f"dataset.radius={radius}", n=5000))
    inside = drawn.x[:, 0] ** 2 + drawn.x[:, 1] ** 2 <= radius**2
    np.testing.assert_array_equal(drawn.y, inside.astype(float))


def test_the_circles_points_are_uniform_on_the_square() -> None:
    drawn = points(config_of("circle"))
    assert np.abs(drawn.x).max() <= 1
    # the area of the circle over that of the square; its standard error with 5,000 points is 0.0056
    assert drawn.y.mean() == pytest.approx(np.pi * 0.5**2 / 4, abs=0.025)
    np.testing.assert_allclose(drawn.x.mean(axis=0), 0, atol=0.04)
    np.testing.assert_allclose(drawn.x.var(axis=0), 1 / 3, atol=0.02)
    assert abs(np.corrcoef(drawn.x.T)[0, 1]) < 0.06


def test_xor_is_the_four_corners() -> None:
    drawn = points(config_of("xor"))
    np.testing.assert_array_equal(drawn.x, CORNERS)
    np.testing.assert_array_equal(drawn.y, [0, 1, 1, 0])


def test_a_cloud_of_xor_has_the_label_of_the_nearest_corner() -> None:
    drawn = points(cloud("xor", n=2000))
    assert (drawn.x.min() >= 0) & (drawn.x.max() <= 1)
    nearest = ((drawn.x[:, None] - CORNERS) ** 2).sum(axis=2).argmin(axis=1)
    np.testing.assert_array_equal(drawn.y, np.array([0, 1, 1, 0])[nearest])
    assert np.bincount(nearest).min() > 400


def test_linear_is_four_points_on_the_line() -> None:
    drawn = points(config_of("linear", "dataset.slope=-1.5", "dataset.intercept=3"))
    np.testing.assert_array_equal(drawn.x, [[1], [2], [3], [4]])
    np.testing.assert_array_equal(drawn.y, [1.5, 0, -1.5, -3])


def test_a_cloud_of_linear_lies_on_the_line_between_1_and_4() -> None:
    drawn = points(cloud("linear", "dataset.slope=2", "dataset.intercept=-1"))
    assert (drawn.x.min() >= 1) & (drawn.x.max() <= 4)
    assert np.ptp(drawn.x) > 2.8
    np.testing.assert_array_equal(drawn.y, 2 * drawn.x[:, 0] - 1)


@pytest.mark.parametrize("n", [2, 101, 500])
def test_moons_lie_on_two_half_circles(n: int) -> None:
    drawn = points(cloud("moons", n=n))
    upper, lower = drawn.x[drawn.y == 0], drawn.x[drawn.y == 1]
    assert abs(len(upper) - len(lower)) <= 1
    np.testing.assert_allclose((upper**2).sum(axis=1), 1)
    np.testing.assert_allclose(((lower - [1, 0.5]) ** 2).sum(axis=1), 1)
    assert upper[:, 1].min() > -1e-9
    assert lower[:, 1].max() < 0.5 + 1e-9


def test_moons_come_in_random_order() -> None:
    labels = points(cloud("moons")).y
    assert 0.4 < (labels[1:] != labels[:-1]).mean() < 0.6


@pytest.mark.parametrize("name", ["circle", "xor", "moons"])
def test_noise_moves_points_of_classes_after_they_are_labelled(name: str) -> None:
    config = cloud(name, n=4000)
    clean, noisy = points(config, 3), points(config, 3, noise=0.2)
    np.testing.assert_array_equal(clean.y, noisy.y)
    moved = noisy.x - clean.x
    assert moved.std() == pytest.approx(0.2, rel=0.05)
    assert abs(moved.mean()) < 0.01
    np.testing.assert_allclose(points(config, 3, noise=0.4).x - clean.x, 2 * moved)


def test_noise_moves_the_y_of_a_regression() -> None:
    config = cloud("linear", n=4000)
    clean, noisy = points(config, 3), points(config, 3, noise=0.2)
    np.testing.assert_array_equal(clean.x, noisy.x)
    assert (noisy.y - clean.y).std() == pytest.approx(0.2, rel=0.05)
    assert abs((noisy.y - clean.y).mean()) < 0.02


def test_no_two_seeds_purposes_or_epochs_share_their_random_numbers() -> None:
    firsts = [
        generator(seed, purpose, epoch).integers(2**63)
        for seed in (*range(40), 111, 2**32 - 1)
        for purpose in ("points", "split", "weights", "order")
        for epoch in (0, 1, 2, 11, 12, 21, 111)
    ]
    assert len({*firsts}) == len(firsts)


def test_a_generator_is_fresh_each_time_and_depends_on_nothing_else() -> None:
    numbers = generator(7, "points").random(5)
    generator(8, "points").random(100)
    np.testing.assert_array_equal(generator(7, "points").random(5), numbers)
    assert numbers[0] == 0.5698737485909701  # this very number, or old runs could not be repeated


def test_the_circle_is_split_into_4000_and_1000_different_points() -> None:
    config = config_of("circle")
    train, val = points_of(config)
    assert (len(train), len(val)) == (4000, 1000)
    assert not rows(train.x) & rows(val.x)
    assert rows(train.x) | rows(val.x) == rows(points(config).x)


def test_each_point_keeps_its_label_in_the_split() -> None:
    for part in points_of(config_of("circle")):
        np.testing.assert_array_equal(part.y, (part.x**2).sum(axis=1) <= 0.25)


@pytest.mark.parametrize(
    ("n", "fraction", "held_back"),
    [(10, 0.2, 2), (2, 0.2, 1), (2, 0.9, 1), (10, 0.001, 1), (10, 0.999, 9), (7, 0.5, 4)],
)
def test_both_parts_of_a_split_have_a_point(n: int, fraction: float, held_back: int) -> None:
    train, val = points_of(config_of("circle", f"dataset.n_samples={n}", f"dataset.val_fraction={fraction}"))
    assert (len(train), len(val)) == (n - held_back, held_back)


def test_the_split_depends_on_the_seed_and_not_on_the_noise() -> None:
    def held_back(*overrides: str) -> np.ndarray:
        return points_of(config_of("xor", "dataset.n_samples=50", *overrides))[1].y

    np.testing.assert_array_equal(held_back("dataset.noise=0.1"), held_back())
    assert held_back("seed=1").tobytes() != held_back().tobytes()


@pytest.mark.parametrize("name", ["xor", "linear"])
def test_four_points_are_validated_on_themselves(name: str) -> None:
    task = task_of(config_of(name))
    assert len(task.train) == 4
    np.testing.assert_array_equal(task.train.x, task.val.x)
    np.testing.assert_array_equal(task.train.y, task.val.y)
    assert [index.tolist() for index in task.batches(1)] == [[0, 1, 2, 3]]


def test_an_epoch_of_the_circle_is_125_batches_with_each_point_once() -> None:
    task = task_of(config_of("circle"))
    for epoch in (1, 2, 50):
        batches = task.batches(epoch)
        assert [len(index) for index in batches] == [32] * 125
        assert sorted(np.concatenate(batches).tolist()) == [*range(4000)]
    assert task.steps_per_epoch == 125


@pytest.mark.parametrize(("size", "sizes"), [("3", [3, 3, 2]), ("8", [8]), ("100", [8]), ("null", [8]), ("1", [1] * 8)])
def test_the_last_batch_holds_what_is_left(size: str, sizes: list[int]) -> None:
    task = task_of(config_of("circle", "dataset.n_samples=10", f"dataset.batch_size={size}"))
    assert [len(index) for index in task.batches(1)] == sizes
    assert task.steps_per_epoch == len(sizes)


def test_the_order_is_a_function_of_seed_and_epoch_alone() -> None:
    def order(epoch: int, *overrides: str) -> list[int]:
        task = task_of(config_of("circle", "dataset.n_samples=200", *overrides))
        task.batches(epoch + 3)  # asking for another epoch, or twice, changes nothing
        assert np.concatenate(task.batches(epoch)).tolist() == np.concatenate(task.batches(epoch)).tolist()
        return np.concatenate(task.batches(epoch)).tolist()

    assert order(1) == order(1, "dataset.batch_size=7", "precision=64", "model.hidden=3", "epochs=9", "dataset.noise=1")
    assert order(1) != order(2)
    assert order(1) != order(1, "seed=1")
    assert order(2) != order(1, "seed=1")


def test_without_shuffling_the_points_come_in_order() -> None:
    task = task_of(config_of("circle", "dataset.n_samples=100", "dataset.shuffle=false"))
    for epoch in (1, 2):
        np.testing.assert_array_equal(np.concatenate(task.batches(epoch)), np.arange(80))


@pytest.mark.parametrize("name", DATASETS)
def test_the_hash_of_the_points_is_stable_and_does_not_depend_on_the_precision(name: str) -> None:
    same = {task_of(config_of(name, *o)).data_sha256 for o in ((), ("precision=64",), ("model.bias=false", "epochs=3"))}
    assert len(same) == 1
    (sha256,) = same
    assert len(sha256) == 64


@pytest.mark.parametrize(
    "override",
    ["seed=1", "dataset.noise=0.01", "dataset.n_samples=99", "dataset.val_fraction=0.3", "dataset.radius=0.6"],
)
def test_the_hash_differs_where_the_points_differ(override: str) -> None:
    base = task_of(config_of("circle", "dataset.n_samples=100"))
    other = task_of(config_of("circle", "dataset.n_samples=100", override))
    assert base.data_sha256 != other.data_sha256


@pytest.mark.parametrize("precision", [32, 64])
def test_a_task_computes_in_the_precision_of_the_run(precision: int) -> None:
    config = config_of("circle", f"precision={precision}")
    task = task_of(config)
    assert {a.dtype for p in (task.train, task.val) for a in (p.x, p.y)} == {np.dtype(f"float{precision}")}
    # labelled in float64 and then cast
    np.testing.assert_array_equal(task.val.x, points_of(config)[1].x.astype(f"float{precision}"))


def test_rows_are_wanted_every_nth_epoch_and_for_the_last() -> None:
    task = task_of(config_of("xor", "epochs=10", "log_every_n_epochs=4"))
    assert [epoch for epoch in range(1, 11) if task.is_logged(epoch)] == [4, 8, 10]

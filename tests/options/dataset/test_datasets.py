"""The data sets, by their documented shapes and rules."""

import functools
from dataclasses import replace

import numpy as np
import pytest
import scipy.stats

from backprop_lab.config.types import Config
from backprop_lab.options.discovery import module, names
from backprop_lab.training.points import Points, classes_of, draw
from conftest import configured

DATASETS = [name for name in names("dataset") if not hasattr(module("dataset", name), "table")]
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


def rows(x: np.ndarray) -> set[tuple[float, ...]]:
    return {tuple(row) for row in x.tolist()}


@pytest.mark.parametrize("name", DATASETS)
@pytest.mark.parametrize("n", [None, 2, 7, 300])
def test_points_have_the_documented_shapes_and_are_float64(name: str, n: int | None) -> None:
    config = config_of(name)
    drawn = points(config, n_samples=n or config.dataset.n_samples)
    expected = n or config.dataset.n_samples or config.dataset.option.OWN_POINTS
    assert drawn.x.shape == (expected, FEATURES[name])
    assert drawn.y.shape == (expected,)
    assert drawn.x.dtype == drawn.y.dtype == np.float64
    assert len(drawn) == expected


@pytest.mark.parametrize("name", DATASETS)
def test_classes_are_counted_from_0_and_all_occur(name: str) -> None:
    config = config_of(name)
    if config.dataset.task != "regression":
        classes = {float(label) for label in range(classes_of(config.dataset) or 0)}
        assert len(classes) >= 2
        assert {*points(config).y.tolist()} == classes
        assert {*points(config, n_samples=100).y.tolist()} == classes
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


def test_the_clusters_of_gauss_have_their_centres_and_their_spread() -> None:
    drawn = points(cloud("gauss", "dataset.spread=0.3", n=20_000))
    for label, centre in ((0, -0.5), (1, 0.5)):
        cluster = drawn.x[drawn.y == label]
        assert len(cluster) == 10_000
        np.testing.assert_allclose(cluster.mean(axis=0), centre, atol=0.02)
        np.testing.assert_allclose(cluster.std(axis=0), 0.3, atol=0.02)
    # Each class beyond the line x1 + x2 = 0, which is 0.5 * sqrt(2) away: the share of a normal distribution there.
    right = (cloud("gauss").dataset.option.rule(drawn.x, spread=0.3) == drawn.y).mean()
    assert right == pytest.approx(scipy.stats.norm.cdf(0.5 * np.sqrt(2) / 0.3), abs=0.005)


@pytest.mark.parametrize("rings", [2, 3, 5])
def test_rings_have_equally_many_points_and_a_gap_between_them(rings: int) -> None:
    drawn = points(cloud("rings", f"dataset.rings={rings}", n=1000 * rings))
    radius = np.hypot(*drawn.x.T) * rings
    ring = np.floor(radius)
    assert np.bincount(ring.astype(int)).tolist() == [1000] * rings
    assert ((radius - ring > 0.099) & (radius - ring < 0.901)).all()
    np.testing.assert_array_equal(drawn.y, ring % 2 == 0)


def test_neighbouring_squares_of_a_checkerboard_are_of_different_classes() -> None:
    rule = functools.partial(cloud("checkerboard").dataset.option.rule, squares=4)
    centres = np.array([[-0.75 + 0.5 * column, -0.75 + 0.5 * row] for row in range(4) for column in range(4)])
    board = rule(centres).reshape(4, 4)
    assert board[0].tolist() == [0, 1, 0, 1]
    assert (board[1:] != board[:-1]).all()
    assert (board[:, 1:] != board[:, :-1]).all()
    assert np.abs(points(cloud("checkerboard", n=5000)).x).max() <= 1


def test_a_plane_rises_by_the_same_along_both_inputs() -> None:
    drawn = points(cloud("plane"))
    np.testing.assert_allclose(drawn.y, 0.5 * drawn.x[:, 0] + 0.5 * drawn.x[:, 1], atol=1e-15)


def test_hills_stand_beside_hollows() -> None:
    rule = functools.partial(cloud("gaussian").dataset.option.rule, width=0.1)
    peaks = np.array([[-0.7, 0.4], [0, 0.4], [0.7, 0.4], [-0.7, -0.4], [0, -0.4], [0.7, -0.4]])
    np.testing.assert_allclose(rule(peaks), [1, -1, 1, -1, 1, -1], atol=1e-6)
    np.testing.assert_allclose(rule(peaks + np.array([0.1, 0])), np.exp(-0.5) * rule(peaks), rtol=1e-5)


@pytest.mark.parametrize("classes", [2, 3, 7])
def test_the_clusters_of_blobs_are_round_and_equally_far_from_the_origin(classes: int) -> None:
    drawn = points(cloud("blobs", f"dataset.classes={classes}", "dataset.spread=0.2", n=20_000))
    for label in range(classes):
        cluster = drawn.x[drawn.y == label]
        assert len(cluster) == pytest.approx(20_000 / classes, abs=1)
        angle = 2 * np.pi * label / classes
        np.testing.assert_allclose(cluster.mean(axis=0), [np.cos(angle), np.sin(angle)], atol=0.02)
        np.testing.assert_allclose(np.cov(cluster.T), 0.04 * np.eye(2), atol=0.004)


@pytest.mark.parametrize("imbalance", [1, 2, 9.5])
def test_the_first_cluster_of_blobs_has_as_many_more_points_than_the_last_as_said(imbalance: float) -> None:
    config = cloud("blobs", "dataset.classes=4", f"dataset.imbalance={imbalance}", n=100_000)
    counts = np.bincount(points(config).y.astype(int))
    assert counts[0] / counts[-1] == pytest.approx(imbalance, rel=1e-3)
    np.testing.assert_allclose(np.diff(counts), np.diff(counts).mean(), atol=1)


def test_the_rule_of_blobs_is_the_best_answer_that_there_is() -> None:
    config = cloud("blobs", "dataset.spread=0.7", "dataset.imbalance=6", n=50_000)
    drawn = points(config)
    right = (config.dataset.option.rule(drawn.x, **config.dataset.knobs) == drawn.y).mean()
    nearest = config.dataset.option.rule(drawn.x, **{**config.dataset.knobs, "imbalance": 1.0})
    assert right > (nearest == drawn.y).mean() + 0.01
    assert 0.75 < right < 0.95


@pytest.mark.parametrize("classes", [2, 3, 6])
def test_an_arm_of_the_spiral_turns_as_often_as_said_and_the_others_are_that_arm_turned(classes: int) -> None:
    drawn = points(cloud("spiral", f"dataset.classes={classes}", "dataset.turns=1.5", n=600))
    radius = np.hypot(*drawn.x.T)
    assert radius.min() >= 0.1
    assert radius.max() <= 1
    on_the_arm = 2 * np.pi * (1.5 * radius + drawn.y / classes)
    np.testing.assert_allclose(drawn.x, radius[:, None] * np.stack([np.cos(on_the_arm), np.sin(on_the_arm)], axis=1))
    assert {*np.bincount(drawn.y.astype(int))} == {600 // classes}


def test_a_formulas_condition_is_class_1_and_its_value_the_target() -> None:
    drawn = points(cloud("formula", "dataset.formula='0.3 < r < 0.6'", "dataset.extent=2"))
    np.testing.assert_array_equal(drawn.y, (np.hypot(*drawn.x.T) > 0.3) & (np.hypot(*drawn.x.T) < 0.6))
    assert 1.9 < np.abs(drawn.x).max() <= 2
    config = cloud("formula", "dataset.formula='x1*x2 + 1'")
    assert config.dataset.task == "regression"
    drawn = points(config)
    np.testing.assert_allclose(drawn.y, drawn.x[:, 0] * drawn.x[:, 1] + 1)

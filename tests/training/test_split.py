"""Who is held out: for validation, in each part of a cross-validation, and for a test."""

import itertools

import numpy as np
import pytest

from backprop_lab.config.errors import ConfigError
from backprop_lab.training.points import Points
from backprop_lab.training.preparation import preparation_of
from backprop_lab.training.split import Split, points_of, sizes_of
from conftest import FLOWERS, configured, task_of

CIRCLE = ("dataset.n_samples=100", "dataset.radius=0.8")
IRIS = ("dataset=iris",)


def rows(points: Points) -> set[tuple[float, ...]]:
    return {tuple(row) for row in points.x.tolist()}


def folds_of(*overrides: str, folds: int = 5) -> list[Split]:
    return [
        points_of(configured(*overrides, f"dataset.folds={folds}", f"dataset.fold={fold}")) for fold in range(folds)
    ]


@pytest.mark.parametrize("overrides", [CIRCLE, ("dataset=digits",), ("dataset=diabetes",)])
@pytest.mark.parametrize("folds", [2, 3, 7])
def test_each_point_is_held_out_in_one_fold_and_trained_on_in_the_others(
    overrides: tuple[str, ...], folds: int
) -> None:
    splits = folds_of(*overrides, folds=folds)
    whole = len(splits[0].train) + len(splits[0].val)
    assert sum(len(split.val) for split in splits) == whole
    for split in splits:
        assert len(split.train) + len(split.val) == whole
        assert not rows(split.train) & rows(split.val)
    for one, other in itertools.combinations(splits, 2):
        assert not rows(one.val) & rows(other.val)
    assert np.ptp([len(split.val) for split in splits]) <= 1


@pytest.mark.parametrize("overrides", [CIRCLE, IRIS, ("dataset=breast_cancer",)])
def test_each_fold_has_about_the_same_share_of_each_class(overrides: tuple[str, ...]) -> None:
    splits = folds_of(*overrides)
    y = np.concatenate([split.val.y for split in splits])
    for split, label in itertools.product(splits, np.unique(y)):
        expected = (y == label).sum() / len(splits)
        assert abs((split.val.y == label).sum() - expected) <= 2


def test_seeds_do_not_change_who_is_held_out_of_a_table_and_folds_of_a_seed_do_not_overlap() -> None:
    held_out = [rows(points_of(configured(*IRIS, f"seed={seed}")).val) for seed in range(3)]
    assert held_out[0] == held_out[1] == held_out[2]
    assert held_out[0] != rows(points_of(configured(*IRIS, "dataset.split_seed=1")).val)
    assert held_out[0] != rows(points_of(configured(*IRIS, "dataset.split_seed=null", "seed=1")).val)


def test_a_test_set_is_held_out_of_everything_else() -> None:
    splits = folds_of(*CIRCLE, "dataset.test_fraction=0.3")
    tests = [split.test for split in splits]
    assert all(test is not None and len(test) == 30 for test in tests)
    assert len({frozenset(rows(test)) for test in tests if test is not None}) == 1
    for split in splits:
        assert split.test is not None
        assert not rows(split.test) & (rows(split.train) | rows(split.val))


@pytest.mark.parametrize("overrides", [CIRCLE, IRIS, ("dataset=xor",), (*CIRCLE, "dataset.test_fraction=0.17")])
@pytest.mark.parametrize("fold", [None, 0, 4, 6])
def test_the_sizes_are_known_before_the_points_are(overrides: tuple[str, ...], fold: int | None) -> None:
    folded = [] if fold is None or "xor" in overrides[0] else ["dataset.folds=7", f"dataset.fold={fold}"]
    config = configured(*overrides, *folded)
    assert sizes_of(config.dataset) == tuple(0 if part is None else len(part) for part in points_of(config))


# -- what is made of the points ---------------------------------------------------------------------------------------


def test_standardizing_is_that_of_the_training_points_alone() -> None:
    task = task_of("dataset=diabetes", "precision=64")
    train, val = task.given.train, task.given.val
    np.testing.assert_allclose(task.train.x, (train.x - train.x.mean(axis=0)) / train.x.std(axis=0), rtol=1e-12)
    np.testing.assert_allclose(task.val.x, (val.x - train.x.mean(axis=0)) / train.x.std(axis=0), rtol=1e-12)
    np.testing.assert_allclose(task.val.y, (val.y - train.y.mean()) / train.y.std(), rtol=1e-12)
    np.testing.assert_allclose(task.head.predictions(task.val.y), val.y, rtol=1e-12)
    np.testing.assert_allclose(task.inputs(val.x), task.val.x, rtol=1e-12)


def test_a_constant_column_is_only_moved() -> None:
    task = task_of("dataset=digits", "precision=64")  # whose corners are never written on
    constant = task.given.train.x.std(axis=0) == 0
    assert constant.any()
    assert (task.train.x[:, constant] == 0).all()
    assert np.isfinite(task.val.x).all()


@pytest.mark.parametrize("value", [0.1, 4.7, 1e6 / 3, -2e-9, 0.0])
def test_what_is_constant_in_the_training_points_is_0_and_what_differs_elsewhere_stays_small(value: float) -> None:
    """The computed deviation of 150 times 0.1 is 3e-17, by which nothing must be divided."""
    random = np.random.default_rng(0)
    x = np.column_stack([random.normal(size=150), np.full(150, value)])
    config = configured("dataset=diabetes")
    made = preparation_of(config.dataset, Points(x, np.full(150, value)))
    assert (made.inputs(x)[:, 1] == 0).all()
    assert (made.targets(np.full(150, value)) == 0).all()
    assert np.abs(made.inputs(x + np.array([0.0, 1.0]))[:, 1]).max() == pytest.approx(1.0)


def test_features_are_those_named_in_that_order() -> None:
    names = "[sin_x2,x1_x2,x1,x2_squared]"
    task = task_of(*CIRCLE, f"dataset.features={names}", "precision=64")
    x1, x2 = task.given.train.x.T
    np.testing.assert_allclose(task.train.x, np.stack([np.sin(x2), x1 * x2, x1, x2 * x2], axis=1), rtol=1e-15)
    assert (task.in_features, task.sees_a_plane) == (4, False)


def test_features_of_points_that_are_not_of_a_plane_are_refused() -> None:
    with pytest.raises(ConfigError, match=r"dataset\.features: got .*null, because the points of dataset=iris have 4"):
        task_of(*IRIS, "dataset.features=[x1]")


@pytest.mark.parametrize(("dataset", "classes"), [("circle", 2), ("blobs", 3)])
def test_label_noise_gives_that_fraction_another_class_and_leaves_the_points(dataset: str, classes: int) -> None:
    clean, noisy = (
        points_of(configured(f"dataset={dataset}", "dataset.n_samples=20000", f"dataset.label_noise={noise}")).train
        for noise in (0, 0.2)
    )
    np.testing.assert_array_equal(clean.x, noisy.x)
    changed = clean.y != noisy.y
    assert changed.mean() == pytest.approx(0.2, abs=0.01)
    moved = (noisy.y[changed] - clean.y[changed]) % classes
    shares = np.bincount(moved.astype(int), minlength=classes)[1:] / changed.sum()
    np.testing.assert_allclose(shares, 1 / (classes - 1), atol=0.03)


def test_a_users_table_has_the_names_of_its_classes_and_inputs() -> None:
    task = task_of("dataset=csv", f"dataset.path={FLOWERS}")
    assert task.meaning.inputs == ["length", "width", "colour=red", "colour=white"]
    assert task.meaning.classes == ("lily", "rose", "tulip")
    assert (task.task_type, task.head.outputs, task.in_features) == ("multiclass", 3, 4)

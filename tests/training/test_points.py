"""Points: what ``sample`` gave is checked, noise moves what it should, and each split has its share."""

from dataclasses import replace
from types import SimpleNamespace
from typing import Any

import numpy as np
import pytest

from backprop_lab.config.errors import ConfigError
from backprop_lab.config.types import Config, Dataset
from backprop_lab.training.points import Points, draw
from backprop_lab.training.randomness import generator
from backprop_lab.training.split import points_of
from conftest import configured


def cloud(name: str, n: int = 500) -> Config:
    """A data set drawn at random, without noise."""
    return configured(f"dataset={name}", f"dataset.n_samples={n}", "dataset.noise=0")


def points(config: Config, seed: int = 0, **changes: object) -> Points:
    return draw(replace(config.dataset, **changes), seed)  # type: ignore[arg-type]


def rows(x: np.ndarray) -> set[tuple[float, ...]]:
    return {tuple(row) for row in x.tolist()}


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
    config = configured()
    train, val, test = points_of(config)
    assert test is None
    assert (len(train), len(val)) == (4000, 1000)
    assert not rows(train.x) & rows(val.x)
    assert rows(train.x) | rows(val.x) == rows(points(config).x)


def test_each_point_keeps_its_label_in_the_split() -> None:
    for part in points_of(configured())[:2]:
        np.testing.assert_array_equal(part.y, (part.x**2).sum(axis=1) <= 0.25)


@pytest.mark.parametrize(
    ("n", "fraction", "held_back"),
    [(10, 0.2, 2), (2, 0.2, 1), (2, 0.9, 1), (10, 0.001, 1), (10, 0.999, 9), (7, 0.5, 4)],
)
def test_both_parts_of_a_split_have_a_point(n: int, fraction: float, held_back: int) -> None:
    split = points_of(configured("dataset=circle", f"dataset.n_samples={n}", f"dataset.val_fraction={fraction}"))
    train, val = split.train, split.val
    assert (len(train), len(val)) == (n - held_back, held_back)


def test_the_split_depends_on_the_seed_and_not_on_the_noise() -> None:
    def held_back(*overrides: str) -> np.ndarray:
        return points_of(configured("dataset=xor", "dataset.n_samples=50", *overrides))[1].y

    np.testing.assert_array_equal(held_back("dataset.noise=0.1"), held_back())
    assert held_back("seed=1").tobytes() != held_back().tobytes()


# -- what a data set of one's own may get wrong -----------------------------------------------------------------------

X, Y = np.zeros((6, 2)), np.array([0.0, 1.0, 0.0, 1.0, 1.0, 0.0])


def with_value(array: np.ndarray, place: Any, value: float) -> np.ndarray:
    changed = array.copy()
    changed[place] = value
    return changed


SAMPLED: dict[str, tuple[object, str, str]] = {
    "nothing": (None, "None", "two arrays"),
    "one array": (X, "[[", "two arrays"),
    "three arrays": ((X, Y, Y), "", "two arrays"),
    "words": ((X, ["a"] * 6), "", "two arrays of numbers"),
    "rows of several lengths": (([[1.0, 2.0], [1.0]], Y), "", "two arrays of numbers"),
    "x without features": ((Y, Y), "x of shape [6]", "x of shape [n, features]"),
    "x with none": ((np.zeros((6, 0)), Y), "x of shape [6, 0]", "x of shape [n, features]"),
    "y as a column": ((X, Y[:, None]), "y of shape [6, 1]", "y of shape [n]"),
    "two lengths": ((X, Y[:5]), "x of shape [6, 2] and y of shape [5]", "y of shape [n]"),
    "too few": ((X[:4], Y[:4]), "4 points", "6, as requested"),
    "not finite": ((with_value(X, (3, 1), np.nan), Y), "x = [0.0, nan] at point 3", "finite numbers"),
    "an infinite target": ((X, with_value(Y, 2, np.inf)), "y = inf at point 2", "finite numbers"),
    "a third class": ((X, with_value(Y, 4, 2.0)), "y = 2 at point 4", "0 or 1"),
    "classes -1 and 1": ((X, 2 * Y - 1), "y = -1 at point 0", "0 or 1"),
}


@pytest.mark.parametrize("case", SAMPLED)
def test_what_a_data_set_gives_is_refused_in_one_line_that_names_it(case: str, monkeypatch: pytest.MonkeyPatch) -> None:
    sampled, given, allowed = SAMPLED[case]
    monkeypatch.setattr(Dataset, "option", SimpleNamespace(sample=lambda n, generator, **knobs: sampled))
    with pytest.raises(ConfigError) as refused:
        points(cloud("circle", 6))
    said, _, permitted = str(refused.value).partition("; allowed: ")
    assert said.startswith("dataset=circle, sample(): got ")
    assert given in said
    assert allowed in permitted
    assert len(str(refused.value).splitlines()) == 1
    assert len(str(refused.value)) < 300

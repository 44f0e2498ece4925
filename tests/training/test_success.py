"""What counts as learned: against one answer everywhere, the noise-free rule, and the number of points."""

import re
from collections.abc import Callable, Sequence
from dataclasses import replace

import numpy as np
import pytest

from backprop_lab.config.errors import ConfigError
from backprop_lab.training.split import points_of
from backprop_lab.training.success import bar_of
from conftest import configured, task_of


@pytest.mark.parametrize(
    ("overrides", "least"),
    [
        ([], 0.97),
        (["dataset=xor"], 0.97),  # of four points that is all of them
        (["dataset=linear"], 0.97),
        (["dataset=moons", "dataset.noise=0"], 0.97),
    ],
)
def test_without_noise_it_is_as_ever(overrides: Sequence[str], least: float) -> None:
    assert task_of(*overrides).bar.least == pytest.approx(least)


def test_a_rare_class_asks_for_more_than_its_absence() -> None:
    bar = task_of("dataset.radius=0.1").bar
    assert bar.constant > 0.98
    assert bar.least is not None
    assert bar.is_reached(bar.constant) is False
    assert bar.is_reached(1.0) is True


@pytest.mark.parametrize("noise", [0.05, 0.1, 0.15])
def test_noise_lowers_the_bar_to_what_the_rule_reaches(noise: float) -> None:
    config = configured(f"dataset.noise={noise}")
    task = task_of(f"dataset.noise={noise}")
    inside = (task.val.x.astype(float) ** 2).sum(axis=1) <= 0.25
    assert task.bar.rule == pytest.approx((inside == (task.val.y > 0.5)).mean(), abs=1e-3)
    assert task.bar.rule < 1
    assert bar_of(config.dataset, task.val).is_reached(task.bar.rule) is True


def test_the_rule_of_the_moons_is_right_without_noise_and_usually_with_some() -> None:
    assert task_of("dataset=moons", "dataset.noise=0").bar.rule == 1
    assert 0.9 < task_of("dataset=moons", "dataset.noise=0.2", "dataset.n_samples=5000").bar.rule < 1


@pytest.mark.parametrize(
    "overrides",
    [
        ["dataset.noise=3"], ["dataset.radius=2"], ["dataset=linear", "dataset.slope=0"], ["dataset.n_samples=3"],
        ["dataset.n_samples=50"], ["dataset=linear", "dataset.n_samples=20"],
    ],
)  # fmt: skip
def test_what_cannot_be_judged_is_not(overrides: Sequence[str]) -> None:
    bar = task_of(*overrides).bar
    assert bar.least is None
    assert bar.is_reached(1.0) is None


def test_of_a_table_nobody_knows_what_can_be_reached() -> None:
    bar = task_of("dataset=iris").bar
    assert (bar.is_known, bar.can_be_judged, bar.least, bar.is_reached(0.9), bar.is_reached(1)) == (
        False, False, None, None, None,
    )  # fmt: skip
    most_of_the_way = bar.constant + 0.85 * (1 - bar.constant)
    assert [bar.leaves_nothing_to_mend(most_of_the_way + off) for off in (-0.01, 0.01)] == [False, True]
    assert [bar.is_learned(metric) for metric in (most_of_the_way + 0.01, 0.96, 0.98)] == [False, False, True]


def test_nothing_is_learned_of_a_rare_class_by_leaving_it_out() -> None:
    bar = replace(task_of("dataset=breast_cancer").bar, constant=0.98)
    assert not bar.is_learned(0.98)
    assert bar.is_learned(0.999)


def test_of_points_that_it_is_trained_on_all_can_be_right() -> None:
    assert task_of("dataset=points", "dataset.points=[[0,0,0],[1,1,0],[0,1,1],[2,0,1]]").bar.least == 0.97


def test_luck_is_ruled_out_at_five_percent() -> None:
    """Predicting the larger class everywhere gets n points right with the n-th power of its share."""
    for n in (50, 100, 200):
        task = task_of(f"dataset.n_samples={n}")
        assert task.bar.are_few == (task.bar.constant ** len(task.val) > 0.05)
    assert np.isfinite(task_of("dataset.n_samples=200").bar.least)  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("answers", "said"),
    [
        (lambda x: x[:, :1], "dataset=circle, rule(): got y of shape [1000, 1] for 1,000 points; allowed: y of shape"),
        (lambda x: 1.0, "dataset=circle, rule(): got y of shape [] for 1,000 points"),
        (lambda x: "inside", "dataset=circle, rule(): got inside; allowed: an array of numbers"),
        (lambda x: x[:, 0] * np.nan, "dataset=circle, rule(): got answers that are not finite; allowed: finite"),
    ],
)
def test_a_wrong_rule_is_refused(monkeypatch: pytest.MonkeyPatch, answers: Callable[..., object], said: str) -> None:
    config = configured()
    val = points_of(config).val
    monkeypatch.setattr(config.dataset.option, "rule", lambda x, radius: answers(x))
    with pytest.raises(ConfigError, match=re.escape(said)):
        bar_of(config.dataset, val)

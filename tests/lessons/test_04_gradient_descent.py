"""Lesson 4: the numbers of its source text, the learning rates, and its exercises."""

import re
from collections.abc import Callable

import pytest
import torch
from exercises.gradient_descent import one_step, two_rates, walk_of_a_weight

from conftest import Lesson


@pytest.fixture
def done(lesson: Callable[..., Lesson]) -> Lesson:
    return lesson("04_gradient_descent")


def test_the_numbers_of_the_source_text(done: Lesson) -> None:
    assert done.numbers("before the step: L =") == [80]
    assert done.numbers("after the step: L =") == [77.376]
    losses = [done.numbers(f"after {number:>2} steps L =")[0] for number in range(11)]
    assert losses[:10] == [80, 67.2, 55.87, 45.77, 36.68, 28.42, 20.81, 13.69, 6.91, 0.34]
    assert losses[10] < 0
    assert done.said.count("not answered yet") == 3


def test_the_expected_change_is_near_the_real_one(done: Lesson) -> None:
    assert done.numbers("expected change:") == [-2.64, -2.624]


def test_without_a_minimum_the_walk_goes_on_and_on(done: Lesson) -> None:
    a, b, d = (torch.tensor(number, dtype=torch.float64, requires_grad=True) for number in (5.0, 3.0, 10.0))
    optimizer = torch.optim.SGD([a, b, d], lr=0.05)
    for _ in range(20):
        optimizer.zero_grad()
        ((a + b) * d).backward()
        optimizer.step()
    loss = ((a + b) * d).item()
    assert loss < -80
    assert done.numbers("after 20 steps: L =") == pytest.approx([loss, (a + b).item(), d.item()], abs=0.005)


def test_each_learning_rate_does_what_its_name_says(done: Lesson) -> None:
    walks = {name.split(": ")[1]: [abs(w - 2) for w in walk] for name, walk in done.names["walks"].items()}
    assert all(len(walk) == 11 for walk in walks.values())
    assert 1 < walks["too small"][-1] < 2
    assert walks["good"][-1] < 1e-3
    assert 0.5 < walks["too large"][-1] < walks["too large"][0]
    assert walks["diverges"] == sorted(walks["diverges"])
    assert walks["diverges"][-1] > 3


def test_each_step_multiplies_the_distance_by_the_same_factor(done: Lesson) -> None:
    rows = re.findall(r"^ (\d\.\d\d) +(-?\d\.\d\d) +(\d+\.\d{6})$", done.said, re.MULTILINE)
    assert [float(lr) for lr, _, _ in rows] == [0.03, 0.3, 0.5, 0.95, 1.0, 1.03]
    for lr, factor, distance in rows:
        assert float(factor) == pytest.approx(1 - 2 * float(lr))
        assert float(distance) == pytest.approx(2 * abs(float(factor)) ** 10, abs=1e-6)


def test_the_figures(done: Lesson) -> None:
    assert set(done.figures) == {"04_no_minimum.png", "04_learning_rates.png", "04_loss_by_learning_rate.png"}


def test_one_step() -> None:
    right = {"a": 1.6, "b": 0.6, "d": 3.7, "L": 8.14}
    assert one_step.complaints(right) == []
    # d moved with what a and b have become, and not with what they were.
    said = one_step.complaints(right | {"d": 4 - 0.1 * (1.6 + 0.6), "L": 2.2 * 3.78})
    assert [line.split(":")[0] for line in said] == ["d", "L"]


def test_two_rates() -> None:
    assert two_rates.complaints([1 / 18, 1 / 9]) == []
    # The factor 2 of the power rule forgotten.
    said = two_rates.complaints([1 / 9, 2 / 9])
    assert said == [
        "lr that arrives in one step: 0.111111 is wrong: 2 times too large",
        "lr above which it diverges: 0.222222 is wrong: 2 times too large",
    ]


def test_walk_of_a_weight() -> None:
    def descend(sign: int) -> Callable[[float, float, int], float]:
        def walk(w: float, lr: float, steps: int) -> float:
            for _ in range(steps):
                w = w + sign * lr * 2 * (w - 2)
            return w

        return walk

    assert walk_of_a_weight.complaints(descend(-1)) == []
    assert walk_of_a_weight.complaints(descend(1)) == ["w at 5, 0.3, 3: 14.288 is wrong"]
    (said,) = walk_of_a_weight.complaints(lambda w, lr, steps: w - lr * 2 * (w - 2))
    assert said.startswith("w at 5, 0.3, 3: 3.2 is wrong")

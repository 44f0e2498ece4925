"""Lesson 1: the numbers of its source text, and its exercises."""

from collections.abc import Callable

import pytest
from exercises.derivatives import derivative_of_a_cubic, partials, two_legs

from conftest import Lesson


def test_the_numbers_of_the_source_text(lesson: Callable[..., Lesson]) -> None:
    done = lesson("01_derivatives")
    assert [done.numbers(f"h = {h:<4} f(x + h) =") for h in (10, 1, 0.1, 0)] == [[169], [16], [9.61], [9]]
    assert done.numbers("x = 3  h = 1   Δy =") == [7, 7]
    assert done.numbers("x = 3  h = 0.5 Δy =")[-1] == 6.5
    assert done.numbers("x = 1  h = 1   Δy =")[-1] == 3
    assert done.numbers("x = -2 h = 0.5 Δy =")[-1] == -3.5
    assert done.numbers("h = 1e-06  rate at x = 3:") == [6.000001]
    assert done.numbers("at (2, 3): df/dx =") == [1, 1]
    assert done.numbers("at (-20, 3): df/dx =") == [3]
    assert done.numbers("f(2, 3, 4) =") == [27]
    assert done.numbers("f(3, 3, 4) =") == [32, 5]
    assert done.numbers("the rate is") == [4.00001]
    assert set(done.figures) == {"01_two_legs.png", "01_secant_to_tangent.png", "01_how_small_may_h_be.png"}
    assert done.said.count("not answered yet") == 3


def test_two_legs() -> None:
    assert two_legs.complaints([8, 4, -5, -5]) == []
    assert two_legs.complaints([8, 8, -5, -5])[0].startswith("rate at x = 1, h = 2: 8 is wrong: 2 times too large")


def test_partials() -> None:
    assert partials.complaints({"df/dy": 27, "df/dz": -1}) == []
    assert partials.complaints({"df/dy": 27, "df/dz": 1}) == ["df/dz: 1 is wrong: the sign is turned round"]


def test_the_derivative_of_a_cubic() -> None:
    assert derivative_of_a_cubic.complaints(lambda x: 3 * x**2 - 2) == []
    (said,) = derivative_of_a_cubic.complaints(lambda x: 3 * x**2)
    assert said == "df/dx at 1.5: 6.75 is wrong"


@pytest.mark.parametrize("mistake", [lambda x: x**2 - 2, lambda x: 3 * x - 2])
def test_a_wrong_rule_is_found(mistake: Callable[[float], float]) -> None:
    assert derivative_of_a_cubic.complaints(mistake)

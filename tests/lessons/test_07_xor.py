"""Lesson 7: what one layer ends with and two reach, and the exercises."""

import itertools
import math
from collections.abc import Callable

import pytest
from exercises import xor
from exercises.xor import constant_answer, one_line_enough, output_layer

from conftest import Lesson


@pytest.mark.slow
def test_the_numbers_of_the_source_text(lesson: Callable[..., Lesson]) -> None:
    done = lesson("07_xor")
    assert done.numbers("after 10,000 epochs: loss") == [0.25]
    for x in ("(0, 0), class 0", "(0, 1), class 1", "(1, 0), class 1", "(1, 1), class 0"):
        assert done.numbers(f"  x = {x}: prediction") == [0.5]
    assert done.numbers("lines at random: at most") == [3, 4]
    assert done.numbers("and their lowest loss is")[0] >= 0.25
    assert done.numbers("gradient of the two weights and the bias:") == [0, 0, 0]

    loss, *predictions = done.numbers("two layers: loss")
    assert loss < 0.01
    assert [round(p) for p in predictions] == [0, 1, 1, 0]

    # The two units of the lesson are OR and NAND, and the output is AND.
    units = [done.numbers(f"  x = {x}: units") for x in ("(0, 0)", "(0, 1)", "(1, 0)", "(1, 1)")]
    assert [[value > 0 for value in row[:2]] for row in units] == [
        [False, True], [True, True], [True, True], [True, False],
    ]  # fmt: skip
    assert [round(row[2]) for row in units] == [0, 1, 1, 0]
    two, four = (done.numbers(f"{width} hidden units: XOR learned from")[0] for width in (2, 4))
    assert two < four == 6

    # Symmetry.
    loss, *_, moved = done.numbers("init zeros: loss")
    assert loss == round(math.log(2), 4)
    assert moved == 0
    assert done.numbers("units differ by") == [0, 3, 4]
    assert set(done.figures) == {"07_why_one_line_fails.png", "07_hidden_units.png", "07_boundaries.png"}
    assert done.said.count("not answered yet") == 3


def test_which_functions_one_line_separates() -> None:
    right = dict.fromkeys(xor.FUNCTIONS, True) | {"1, 0, 0, 1": False}
    assert one_line_enough.complaints(right) == []
    assert one_line_enough.complaints(right | {"1, 0, 0, 1": True}) == ["1, 0, 0, 1: True is not right"]


def test_the_lines_that_are_tried_separate_all_that_can_be() -> None:
    """Of the 16 functions of two binary inputs, all but XOR and its opposite: Minsky and Papert 1969."""
    every = [", ".join(map(str, values)) for values in itertools.product((0, 1), repeat=4)]
    separable = xor.separable(every)
    assert [name for name in every if not separable[name]] == ["0, 1, 1, 0", "1, 0, 0, 1"]


def test_the_output_layer() -> None:
    assert output_layer.complaints({"v1": 1, "v2": -2, "c": 0}) == []
    assert output_layer.complaints({"v1": 1, "v2": 2, "c": 0}) == ["v2: 2 is wrong: the sign is turned round"]


def test_the_best_constant() -> None:
    right = {"p": 0.5, "mean squared error": 0.25, "cross-entropy": 0.693}
    assert constant_answer.complaints(right) == []
    (said,) = constant_answer.complaints(right | {"mean squared error": 0.5})
    assert said == "mean squared error: 0.5 is wrong: 2 times too large"

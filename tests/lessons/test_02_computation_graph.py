"""Lesson 2: the numbers of its source texts, its drawings, and its exercises."""

import re
from collections.abc import Callable

import pytest
from exercises.computation_graph import another_point, another_shape, squared_error_slopes

from conftest import Lesson


def boxes(svg: bytes) -> list[str]:
    return re.findall(r"<text[^>]*>([^<]*)</text>", svg.decode())


def test_the_numbers_of_the_source_texts(lesson: Callable[..., Lesson]) -> None:
    done = lesson("02_computation_graph")
    assert "\nc = 8, made by + from a and b\n" in done.said
    assert "\nL = 80, made by * from c and d\n" in done.said
    assert [done.numbers(f"L with {name} + 1:") for name in "abcd"] == [[90], [90], [90], [88]]
    assert [done.numbers(f"dL/d{name} =") for name in "Lcdab"] == [[1], [10], [8], [10], [10]]
    assert done.numbers("dloss/de = -2, dloss/dp = -2, dloss/dw =") == [-2]
    assert done.numbers("by nudging: dloss/dw =") == [-2]
    assert done.said.count("not answered yet") == 3


def test_the_drawings_show_the_gradients_only_after_the_backward_pass(lesson: Callable[..., Lesson]) -> None:
    figures = lesson("02_computation_graph").figures
    assert set(figures) == {
        "02_graph_before.svg", "02_graph_after.svg", "02_chain_rule.png", "02_chain_of_a_loss.png",
    }  # fmt: skip
    before, after = boxes(figures["02_graph_before.svg"]), boxes(figures["02_graph_after.svg"])
    assert [text for text in before if "grad" in text] == ["grad 0.0000"] * 5
    for name, data, grad in (("a", 5, 10), ("b", 3, 10), ("c", 8, 10), ("d", 10, 8), ("L", 80, 1)):
        assert after[after.index(name) :][1:3] == [f"data {data:.4f}", f"grad {grad:.4f}"]


def test_another_point() -> None:
    right = {"c": -4, "L": 12, "dL/dc": -3, "dL/dd": -4, "dL/da": -3, "dL/db": -3}
    assert another_point.complaints(right) == []
    assert another_point.complaints(right | {"dL/da": 3}) == ["dL/da: 3 is wrong: the sign is turned round"]
    # Taking the factor itself for the other one.
    said = another_point.complaints(right | {"dL/dc": -4, "dL/dd": -3})
    assert [line.split(":")[0] for line in said] == ["dL/dc", "dL/dd"]


def test_another_shape() -> None:
    right = {"L": -10, "dL/ds": 5, "dL/dd": -2, "dL/de": 5, "dL/dc": 5, "dL/da": -10, "dL/db": 15}
    assert another_shape.complaints(right) == []
    # The local derivative alone, without the chain rule.
    (said,) = another_shape.complaints(right | {"dL/da": -2})
    assert said == "dL/da: -2 is wrong"


def test_the_slopes_of_a_squared_error() -> None:
    def right(w: float, x: float, y: float) -> list[float]:
        return [2 * (w * x - y) * x, 2 * (w * x - y) * w, -2 * (w * x - y)]

    assert squared_error_slopes.complaints(right) == []


@pytest.mark.parametrize(
    ("mistake", "said"),
    [
        (
            lambda w, x, y: [2 * (w * x - y), 2 * (w * x - y) * w, -2 * (w * x - y)],
            "dloss/dw at -2, 0.7, 3: -8.8 is wrong",
        ),
        (lambda w, x, y: [(w * x - y) * x, 2 * (w * x - y) * w, -2 * (w * x - y)], "2 times too small"),
        (lambda w, x, y: [2 * (w * x - y) * x, 2 * (w * x - y) * w, 2 * (w * x - y)], "the sign is turned round"),
    ],
    ids=["inner derivative left out", "power rule left out", "sign of y"],
)
def test_a_wrong_slope_is_named(mistake: Callable[..., list[float]], said: str) -> None:
    (found,) = squared_error_slopes.complaints(mistake)
    assert said in found

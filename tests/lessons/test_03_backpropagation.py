"""Lesson 3: what comes out right, what the broken engines make of it, and its exercises."""

import re
from collections.abc import Callable

import pytest
import torch
from exercises.backpropagation import local_derivatives, orders, two_ways

from conftest import Lesson


@pytest.fixture
def done(lesson: Callable[..., Lesson]) -> Lesson:
    return lesson("03_backpropagation")


def test_the_numbers_of_the_source_texts(done: Lesson) -> None:
    assert [done.numbers(f"dL/d{name} =") for name in "abcd"] == [[10], [10], [10], [8]]
    assert done.numbers("dloss/dw =") == [-2]
    assert done.numbers("torch: dL/da =") == [10, 10, 8]
    assert done.numbers("after zero_grad: dL/da =") == [10, 10, 8]
    assert done.said.count("not answered yet") == 3


def test_only_adding_in_the_right_order_agrees_with_nudging(done: Lesson) -> None:
    assert done.numbers("dc/db by nudging:") == [2]
    assert done.numbers("dc/da by nudging:") == [4]
    assert done.numbers("adds, in the right order: dc/db =") == [2, 4]
    assert done.numbers("overwrites: dc/db =") == [1, 1]
    assert done.numbers("passes on too early: dc/db =") == [2, 2]
    assert done.numbers("passes on every time: dc/db =") == [2, 6]


def test_what_the_project_s_engine_does_better_than_the_eleven_lines(done: Lesson) -> None:
    assert done.numbers("eleven lines, called twice: dL/da =") == [30, 16]
    assert done.numbers("Value.backward, called twice: dL/da =") == [20, 16]
    assert "collect: maximum recursion depth exceeded" in done.said
    assert done.numbers("Value.backward: a sum of") == [5001, 1]
    assert "gradient 1,073,741,824" in done.said


def test_the_network_s_gradients_agree_with_nudging_and_with_torch(done: Lesson) -> None:
    rows = re.findall(r"^  ([wb]\d+) +(\S+) +(\S+) +(\S+)$", done.said, re.MULTILINE)
    assert len(rows) == 9
    names = {name: float(data) for name, data, _, _ in rows}
    weights = {name: torch.tensor(data, dtype=torch.float64, requires_grad=True) for name, data in names.items()}
    hidden = [torch.tanh(weights[f"w1{unit}1"] + weights[f"b1{unit}"]) for unit in (1, 2)]  # at the point (1, 0)
    z = sum(weights[f"w21{unit}"] * hidden[unit - 1] for unit in (1, 2)) + weights["b21"]
    ((z - 1) ** 2).backward()
    for name, _, backward, nudged in rows:
        grad = weights[name].grad
        wanted = 0.0 if grad is None else grad.item()  # the weights on x2 take no part where x2 = 0
        assert float(backward) == pytest.approx(wanted, abs=1e-4)
        assert float(nudged) == pytest.approx(wanted, abs=1e-4)
    assert done.numbers("gradient check: largest difference")[0] < 1e-9
    assert done.numbers("gradient check of tanh(x * y) - x: largest difference")[0] < 1e-9
    assert done.numbers("gradient check of (x / y) ** 3 + x: largest difference")[0] < 1e-9


def test_the_drawings(done: Lesson) -> None:
    assert set(done.figures) == {"03_order_and_adding.png", "03_network.svg"}
    drawing = done.figures["03_network.svg"].decode()
    for label in ("x1", "x2", "w111", "w122", "b12", "w212", "z", "y", "loss"):
        assert f">{label}</text>" in drawing


def test_local_derivatives() -> None:
    def right(a: float, b: float) -> list[float]:
        return [1 / b, -a / b**2, b * a ** (b - 1)]

    assert local_derivatives.complaints(right) == []
    (said,) = local_derivatives.complaints(lambda a, b: [1 / b, a / b**2, b * a ** (b - 1)])
    assert said == "d(a / b)/db at 3.5, 2.5: 0.56 is wrong: the sign is turned round"
    (said,) = local_derivatives.complaints(lambda a, b: [1 / b, -a / b**2, b * a**b])
    assert said == "d(a ** b)/da at 3.5, 2.5: 57.2941 is wrong"


def test_two_ways() -> None:
    assert two_ways.complaints([3, 9, 18, 27]) == []
    # One of the two messages from b forgotten, and with it a third of the gradient.
    said = two_ways.complaints([3, 9, 9, 18])
    assert said == ["from b to a: 9 is wrong: 2 times too small", "dc/da: 18 is wrong"]


def test_orders() -> None:
    right = {"L q r p": True, "L r q p": True, "L q p r": False, "q L r p": False}
    assert orders.complaints(right) == []
    assert orders.complaints(right | {"L q p r": True}) == ["L q p r: True is not right"]

"""The formulas that a page computes itself: read off the options, and the same numbers."""

import math
from collections.abc import Callable
from typing import Any

import numpy as np
import pytest

from backprop_lab.options import discovery
from backprop_lab.options.arithmetic import exp, sigmoid
from backprop_lab.options.features import FEATURES, computed
from backprop_lab.options.formula import Tree, formula, formula_of_numbers, formula_of_outputs

OPERATIONS: dict[str, Callable[..., Any]] = {
    "+": lambda a, b: a + b, "-": lambda a, b=None: -a if b is None else a - b, "*": lambda a, b: a * b,
    "/": lambda a, b: a / b, "<": lambda a, b: a < b, ">": lambda a, b: a > b, "abs": abs, "sin": math.sin,
    "where": lambda condition, yes, no: yes if condition else no, "exp": math.exp, "log1p": math.log1p,
    "sqrt": math.sqrt, "tanh": math.tanh, "//": lambda a, b: a // b, "**": lambda a, b: a**b, "cos": math.cos,
    ">=": lambda a, b: a >= b, "not": lambda a: not a, "and": lambda a, b: a and b,
}  # fmt: skip


def value_of(tree: Tree, **named: float) -> Any:
    if isinstance(tree, str | float):
        return named.get(tree, tree) if isinstance(tree, str) else tree
    if tree == ["/", 1.0, 0.0]:
        return math.inf
    return OPERATIONS[tree[0]](*(value_of(operand, **named) for operand in tree[1:]))


@pytest.mark.parametrize("name", discovery.names("activation"))
def test_every_activation_has_one(name: str) -> None:
    option = discovery.module("activation", name)
    for z in (*np.linspace(-6, 6, 25).tolist(), 0.0, 1e-9):
        assert value_of(formula(option.value), z=z) == pytest.approx(option.value(z), rel=1e-14)


def test_a_formula_may_begin_with_a_number() -> None:
    assert value_of(formula(lambda z: 2.0 / (1.0 - exp(-(3.0 * z + 1.0)))), z=0.4) == pytest.approx(
        2 / (1 - math.exp(-2.2))
    )
    assert value_of(formula(sigmoid), z=-3.0) == pytest.approx(sigmoid(-3.0))
    assert formula(lambda z: 0.5) == 0.5


@pytest.mark.parametrize("name", FEATURES)
def test_every_feature_has_one(name: str) -> None:
    x1, x2 = 0.7, -1.3
    expected = float(computed([name], np.array([[x1, x2]]))[0, 0])
    assert value_of(formula(FEATURES[name], "x1", "x2"), x1=x1, x2=x2) == pytest.approx(expected, rel=1e-14)


def test_only_the_formula_of_outputs_goes_over_all_of_them() -> None:
    def share(z: Any) -> Any:
        return z / z.sum(-1)[..., None]

    assert formula_of_outputs(share) == ["/", "z", ["sum", "z"]]
    assert formula(share) is None
    assert formula_of_outputs(lambda z: z.sum(0)) is None


@pytest.mark.parametrize("other", [np.cos, math.sin, lambda z: z if z > 0 else 0.0, lambda z: z * math.inf])
def test_what_no_page_can_compute_has_none(other: Callable) -> None:
    assert formula(other) is None


def sides(x: float, y: float) -> float:
    if x > 0 and not y >= x:
        return math.inf
    return x * y if y < 1 else y**3 // 2


def test_a_formula_of_numbers_has_every_way_through_a_function() -> None:
    made = formula_of_numbers(sides, "x", "y")
    for x in (-1.0, 0.0, 0.5, 2.0):
        for y in (-1.0, 0.5, 1.0, 3.0):
            assert value_of(made, x=x, y=y) == sides(x, y)


def endless(z: float) -> float:
    while z > 0:
        z = z - 1
    return z


@pytest.mark.parametrize("other", [np.arctan, math.cos, endless, lambda z: z * math.nan, lambda z: z.shape])
def test_what_is_no_formula_of_numbers(other: Callable) -> None:
    assert formula_of_numbers(other, "z") is None


@pytest.mark.parametrize("name", discovery.names("schedule"))
def test_every_schedule_has_one(name: str) -> None:
    option, knobs = discovery.module("schedule", name), dict(discovery.defaults("schedule", name)) | {"epochs": 9}
    del knobs["name"]
    if not hasattr(option, "factor"):
        return
    made = formula_of_numbers(
        lambda step, steps, *numbers: option.factor(step, steps, **dict(zip(knobs, numbers, strict=True))),
        "step", "steps", *knobs,
    )  # fmt: skip
    for step in range(45):
        expected = option.factor(step, 45, **knobs)
        assert value_of(made, step=step, steps=45, **knobs) == pytest.approx(expected, rel=1e-14)

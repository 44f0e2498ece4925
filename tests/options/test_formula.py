"""The formulas that a page computes itself: read off the options, and the same numbers."""

import math
from collections.abc import Callable
from typing import Any

import numpy as np
import pytest

from backprop_lab.options import discovery
from backprop_lab.options.arithmetic import exp, sigmoid
from backprop_lab.options.features import FEATURES, computed
from backprop_lab.options.formula import Tree, formula, formula_of_outputs

OPERATIONS: dict[str, Callable[..., Any]] = {
    "+": lambda a, b: a + b, "-": lambda a, b=None: -a if b is None else a - b, "*": lambda a, b: a * b,
    "/": lambda a, b: a / b, "<": lambda a, b: a < b, ">": lambda a, b: a > b, "abs": abs, "sin": math.sin,
    "where": lambda condition, yes, no: yes if condition else no, "exp": math.exp, "log1p": math.log1p,
    "sqrt": math.sqrt, "tanh": math.tanh,
}  # fmt: skip


def value_of(tree: Tree, **named: float) -> Any:
    if isinstance(tree, str | float):
        return named.get(tree, tree) if isinstance(tree, str) else tree
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

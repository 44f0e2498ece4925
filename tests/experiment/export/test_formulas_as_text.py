"""Formulas as text: computed by Python, the text gives what the formula does."""

import math
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from backprop_lab.experiment.export.expression import expression
from backprop_lab.options.formula import formula

FUNCTIONS = {"where": "({1} if {0} else {2})".format, "tanh": "math.tanh({})".format, "abs": "abs({})".format}
NUMBERS = st.floats(-4, 4)


def trees(children: Any) -> Any:
    two = st.tuples(st.sampled_from(["+", "-", "*"]), children, children)
    chosen = st.tuples(st.sampled_from(["<", ">"]), children, children).flatmap(
        lambda condition: st.tuples(st.just("where"), st.just(list(condition)), children, children)
    )
    one = st.tuples(st.sampled_from(["-", "tanh", "abs"]), children)
    return (two | chosen | one).map(list)


def value_of(tree: Any, z: float) -> float:
    """In the order in which the formula says it."""
    if not isinstance(tree, list):
        return z if tree == "z" else tree
    operation, *operands = tree
    a, *rest = (value_of(operand, z) for operand in operands)
    if operation == "where":
        return rest[0] if a else rest[1]
    if operation in ("tanh", "abs") or not rest:
        return {"tanh": math.tanh, "abs": abs, "-": lambda x: -x}[operation](a)  # type: ignore[operator]
    made: float = {"+": a + rest[0], "-": a - rest[0], "*": a * rest[0], "<": a < rest[0], ">": a > rest[0]}[operation]
    return made


@given(st.recursive(NUMBERS | st.just("z"), trees, max_leaves=20), NUMBERS)
def test_the_text_computes_the_same_in_the_same_order(tree: Any, z: float) -> None:
    text = expression(tree, FUNCTIONS)
    assert repr(eval(text, {"math": math, "z": z})) == repr(value_of(tree, z))
    assert "--" not in text  # which is something else in JavaScript


@pytest.mark.parametrize(
    ("function", "text"),
    [
        (lambda z: 1.0 - (z - 2.0), "1.0 - (z - 2.0)"),
        (lambda z: z * z * (1.0 + z), "z * z * (1.0 + z)"),
        (lambda z: -(z * z), "-(z * z)"),
        (lambda z: z / (z / -2.0), "z / (z / -2.0)"),
    ],
)
def test_there_are_no_more_parentheses_than_that_needs(function: Any, text: str) -> None:
    assert expression(formula(function), FUNCTIONS) == text

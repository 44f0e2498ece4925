"""The language of formulas says what Python's would say, and refuses the rest in one line."""

import math
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from backprop_lab.options.expression import ExpressionError, parsed

X = np.random.default_rng(0).uniform(-1, 1, (50, 2))


def in_python(text: str, x: np.ndarray) -> list[Any]:
    """What Python makes of an expression at each point."""
    names = {"sin": math.sin, "cos": math.cos, "exp": math.exp, "sqrt": math.sqrt, "abs": abs, "pi": math.pi}
    python = text.replace("^", "**")
    return [
        eval(python, {"__builtins__": {}}, {**names, "x1": a, "x2": b, "x": a, "y": b, "r": math.hypot(a, b)})
        for a, b in x.tolist()
    ]


@pytest.mark.parametrize(
    "text",
    [
        "x2 > sin(3*x1)", "x1*x2", "x1 * x2 > 0", "r < 0.5", "0.3 < r < 0.6", "x > 0 and y > 0 or x < 0 and y < 0",
        "not x1 > 0", "not not x1 > 0", "-x1^2", "(-x1)^2", "2^-1", "2^3^2", "x1 - x2 - 1", "x1 / 2 / 4", "- - x1",
        "1e-3 + .5 + 2.", "abs(x1) + abs(x2) <= 0.7", "x1 == x1", "x1 != x2", "cos(pi * x1) >= 0.5", "exp(x1) - 1",
        "sqrt(abs(x1)) < x2", "((x1))", "x1 > 0 and not (x2 > 0 or r < 0.2)", "+x1", "x1**2 + x2**2 < 0.25",
    ],
)  # fmt: skip
def test_a_formula_means_what_it_means_in_python(text: str) -> None:
    made, expected = parsed(text), in_python(text, X)
    assert made.is_condition == isinstance(expected[0], bool)
    np.testing.assert_allclose(made.of(X), expected, rtol=1e-12)


NUMBERS = st.recursive(
    st.sampled_from(["x1", "x2", "r", "1", "0.5", "3"]),
    lambda inner: st.one_of(
        st.tuples(inner, st.sampled_from(["+", "-", "*"]), inner).map(" ".join),
        inner.map(lambda text: f"({text})"),
        inner.map(lambda text: f"-{text}"),
        inner.map(lambda text: f"sin({text})"),
    ),
    max_leaves=12,
)
CONDITIONS = st.recursive(
    st.tuples(NUMBERS, st.sampled_from(["<", ">", "<=", ">="]), NUMBERS).map(" ".join),
    lambda inner: st.one_of(
        st.tuples(inner, st.sampled_from(["and", "or"]), inner).map(" ".join), inner.map(lambda text: f"not ({text})")
    ),
    max_leaves=4,
)


@settings(deadline=None)
@given(st.one_of(NUMBERS, CONDITIONS))
def test_whatever_is_built_from_these_parts_means_the_same_in_python(text: str) -> None:
    np.testing.assert_allclose(parsed(text).of(X[:5]), in_python(text, X[:5]), rtol=1e-9, atol=1e-12)


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("", "an end where a number"),
        ("x1 +", "an end where a number"),
        ("(x1", "an end where ) is expected"),
        ("x1)", ") where an operator or the end is expected"),
        ("x1 x2", "x2 where an operator"),
        ("x3", "x3, which is none of x1, x2"),
        ("x1 > 0 + (x2 > 0)", "+ beside a condition"),
        ("x1 and x2", "and beside a number"),
        ("sin x1", "x1 where ( is expected"),
        ("not x1", "not before a number"),
        ("x1 > 0 > (x2 > 0)", "> beside a condition"),
        ("x1 ; x2", "; x2, which cannot be read"),
        ("__import__('os')", "which cannot be read"),
        ("x1.real", ".real, which cannot be read"),
        ("lambda: 0", ": 0, which cannot be read"),
        ("x1[0]", "[0], which cannot be read"),
        ("1 = x1", "= x1, which cannot be read"),
        ("aaaaaaaaaaaaaaaaaaaa", "which is none of"),
        ("(" * 60 + "x1" + ")" * 60, "more than 50 brackets"),
        ("x1" + "+x1" * 1000, "more than 1,000 characters"),
        ("2" + "^2" * 100, "more than 50 powers"),
    ],
)
def test_what_is_no_formula_is_refused_with_what_is_wrong(text: str, said: str) -> None:
    with pytest.raises(ExpressionError) as caught:
        parsed(text)
    assert said in str(caught.value)

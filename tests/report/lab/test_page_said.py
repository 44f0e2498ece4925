"""Formulas as the page writes them mean what they compute: Python reads the text back."""

import functools
import json
import math
import re
from typing import Any

import quickjs
from hypothesis import given, settings
from hypothesis import strategies as st

from backprop_lab.report import document
from backprop_lab.report.option_formulas import option_formulas
from conftest import configured
from report.javascript import LAB

VALUES = {"z": 0.7, "a": -1.3, "y": 2.5, "w": -0.4}
SAID = """
function saidOf(tree) {
  const leaf = (part) => (typeof part === "number" ? String(part).replace("-", "−") : part);
  return textOf(tree, leaf);
}
"""
READ = {"−": "-", "·": "*", "√": "sqrt", "^": "**", "≤": "<=", "≥": ">=", "ln(": "log("}
FUNCTIONS = {
    **{name: getattr(math, name) for name in ("sqrt", "log", "exp", "tanh", "sin", "cos")},
    "max": max, "min": min, "abs": abs, "sigmoid": lambda x: 1 / (1 + math.exp(-x)),
}  # fmt: skip


@functools.cache
def context() -> quickjs.Context:
    made = quickjs.Context()
    made.eval(document.script_of(["common/format.js", *LAB]) + SAID)
    return made


def said(tree: Any) -> str:
    text: str = context().eval(f"saidOf({json.dumps(tree)})")
    return text


def computed(tree: Any, values: dict[str, float] = VALUES) -> float:
    return float(json.loads(context().eval(f"JSON.stringify(resultOf({json.dumps(tree)}, {json.dumps(values)}))")))


def read(text: str, values: dict[str, float] = VALUES) -> float:
    """What the text says, by Python's own rules."""
    for sign, by in READ.items():
        text = text.replace(sign, by)
    text = re.sub(r"[⁰¹²³⁴⁵⁶⁷⁸⁹]+", lambda power: f"**{power[0].translate(PLAIN)}", text)
    text = re.sub(r"\|([^|]*)\|", r"abs(\1)", text)
    text = re.sub(r"([^,(]+) if ([^,]+), else", r"(\1) if (\2) else", text)
    return float(eval(text, {"__builtins__": {}}, FUNCTIONS | values))


PLAIN = str.maketrans("⁰¹²³⁴⁵⁶⁷⁸⁹", "0123456789")
NUMBERS = st.sampled_from([0.5, 2.0, -3.0, 1.0])
TREES = st.recursive(
    NUMBERS | st.sampled_from(sorted(VALUES)),
    lambda parts: st.one_of(
        st.tuples(st.sampled_from("+-*/"), parts, parts).map(list),
        st.tuples(st.just("-"), parts).map(list),
        st.tuples(st.sampled_from(["tanh", "sin"]), parts).map(list),
        parts.map(lambda part: ["*", part, part]),
        parts.map(lambda part: ["*", part, ["*", part, part]]),
    ),
    max_leaves=9,
)


@settings(max_examples=300, deadline=None, derandomize=True)
@given(TREES)
def test_a_formula_is_read_back_as_what_it_computes(tree: Any) -> None:
    try:
        expected = computed(tree)
    except (TypeError, ValueError):  # JSON has null for what is not finite
        return
    assert math.isclose(read(said(tree)), expected, rel_tol=1e-9, abs_tol=1e-9), said(tree)


def formulas() -> list[Any]:
    """Of all options that have only names for which there are values."""
    found = option_formulas(configured())
    values = [*found["activation"].values(), *(form for loss in found["loss"].values() for form in loss.values())]
    return [
        tree for of in values for tree in of.values() if set(re.findall(r'"([a-z_]\w*)"', json.dumps(tree))) <= NAMES
    ]


NAMES = {*VALUES, "where", "exp", "abs", "log1p", "tanh", "sqrt"}


def test_the_formulas_of_the_options_too() -> None:
    assert len(formulas()) > 15
    for tree in formulas():
        for z in (-2.0, 0.3, 1.5):
            values = VALUES | {"z": z}
            assert math.isclose(read(said(tree), values), computed(tree, values), rel_tol=1e-9), said(tree)


def test_what_a_value_leaves_out_is_not_said() -> None:
    sgd = option_formulas(configured())["optimizer"]["sgd"]["update"][0]
    assert (
        context().eval(f"textOf(folded({json.dumps(sgd)}, {{ c1: 0, c2: 0, c3: 0 }}), String)")
        == "weight − c0·gradient"
    )
    assert said(["-", ["*", ["-", "z"], "a"], ["-", "y", "w"]]) == "−z·a − (y − w)"
    assert said(["*", ["+", "z", 1.0], ["+", "z", 1.0]]) == "(z + 1)²"

"""Formulas are such that a compiler takes them: straight lines of arithmetic, and calls of what it takes by name."""

import ast
import inspect
import textwrap
from collections.abc import Callable, Iterator
from typing import Any

import pytest

from backprop_lab.options import arithmetic
from backprop_lab.options.discovery import module, names

FORM = (
    ast.Module, ast.FunctionDef, ast.arguments, ast.arg, ast.Expr, ast.Constant, ast.Assign, ast.Return, ast.Tuple,
    ast.Name, ast.Load, ast.Store, ast.BinOp, ast.Add, ast.Sub, ast.Mult, ast.Div, ast.UnaryOp, ast.USub,
)  # fmt: skip
FUNCTIONS = {name for name, found in vars(arithmetic).items() if inspect.isfunction(found)}


def formulas() -> Iterator[tuple[str, Callable[..., Any]]]:
    for group, functions in {
        "activation": ("value", "slope"),
        "penalty": ("value", "slope"),
        "optimizer": ("update",),
    }.items():
        for name in names(group):
            option = module(group, name)
            yield from ((f"{group}={name} {f}", getattr(option, f)) for f in functions if hasattr(option, f))
    for name in sorted({*names("loss")} - {"auto"}):  # that is one of the others
        for task, form in module("loss", name).FORMS.items():
            yield from ((f"loss={name} {task} {f}", formula) for f, formula in form.formulas.items())


FORMULAS = dict(formulas())


@pytest.mark.parametrize("words", FORMULAS)
def test_a_formula_is_straight_arithmetic(words: str) -> None:
    formula = FORMULAS[words]
    tree = ast.parse(textwrap.dedent(inspect.getsource(formula)))
    (function,) = tree.body
    assert isinstance(function, ast.FunctionDef)
    function.returns = None
    for argument in function.args.args:
        argument.annotation = None
    # Beside arithmetic a formula may take in that of another option, which is tried here itself.
    formulas_by_name = {name for name, found in formula.__globals__.items() if found in FORMULAS.values()}
    calls = [node for node in ast.walk(tree) if isinstance(node, ast.Call)]
    for call in calls:
        assert ast.unparse(call.func).removeprefix("arithmetic.") in FUNCTIONS | formulas_by_name, (
            f"{words}: {ast.unparse(call)}"
        )
        assert not call.keywords, f"{words}: {ast.unparse(call)}"
    others = set(ast.walk(tree)) - set(calls) - {call.func for call in calls}
    for node in others:
        assert isinstance(node, FORM), f"{words}: {ast.unparse(node)}"

"""Formulas of options as data: what a page needs to compute them itself, options of a user's own included."""

import math
from collections.abc import Callable
from typing import Any, TypeAlias

import numpy as np

Tree: TypeAlias = Any
"""A number, ``"z"`` for the argument, or an operation with its operands, such as ``["*", 2.0, "z"]``."""


def formula(function: Callable[[Any], Any]) -> Tree | None:
    """The formula of a function of one quantity, found by calling it with a symbol.

    None if it uses more than ``+ - * /`` and the functions of ``options/arithmetic.py``.
    """
    try:
        return _tree(function(Symbol("z")))
    except Exception:  # the function may be a user's own, which knows nothing of symbols
        return None


def _tree(value: Any) -> Tree:
    if isinstance(value, Symbol):
        return value.tree
    number = float(value)
    if not math.isfinite(number):
        raise ValueError(number)
    return number


def _one(name: str) -> Callable[["Symbol"], "Symbol"]:
    return lambda x: Symbol([name, x.tree])


def _two(name: str) -> Callable[["Symbol", Any], "Symbol"]:
    return lambda x, y: Symbol([name, x.tree, _tree(y)])


def _reflected(name: str) -> Callable[["Symbol", Any], "Symbol"]:
    """With the plain number, the second argument, on the left."""
    return lambda x, y: Symbol([name, _tree(y), x.tree])


class Symbol:
    """Stands for a quantity: every operation on it makes a larger symbol."""

    dtype = None  # arithmetic.py treats what has one as an array

    def __init__(self, tree: Tree) -> None:
        self.tree = tree

    __neg__, __abs__ = _one("-"), _one("abs")
    __add__, __sub__, __mul__, __truediv__ = _two("+"), _two("-"), _two("*"), _two("/")
    __radd__, __rsub__, __rmul__, __rtruediv__ = _reflected("+"), _reflected("-"), _reflected("*"), _reflected("/")
    __lt__, __gt__ = _two("<"), _two(">")
    exp, log1p, sqrt, tanh = _one("exp"), _one("log1p"), _one("sqrt"), _one("tanh")

    def __array_function__(self, function: Any, types: Any, operands: Any, options: Any) -> "Symbol":
        """NumPy asks here for ``where``, the only one of its functions that has more than one argument."""
        if function is not np.where:
            raise TypeError(function)
        return Symbol(["where", *map(_tree, operands)])

    def astype(self, dtype: Any) -> "Symbol":
        return self

    def __bool__(self) -> bool:
        raise TypeError("the value of a symbol is not known")

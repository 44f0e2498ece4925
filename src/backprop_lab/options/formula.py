"""Formulas of options as data: what a page and exported code need to compute them, a user's own options included."""

import math
from collections.abc import Callable
from typing import Any, TypeAlias

Tree: TypeAlias = Any
"""A number, the name of an argument such as ``"z"``, or an operation with its operands: ``["*", 2.0, "z"]``."""


def formula(function: Callable[..., Any], *names: str) -> Tree | None:
    """The formula of a function of single quantities, by default of one, z, found by calling it with symbols.

    None if it uses more than ``+ - * /``, the sine and the functions of ``options/arithmetic.py``.
    """
    return _called(function, *map(Symbol, names or ("z",)))


def formula_of_outputs(function: Callable[[Any], Any]) -> Tree | None:
    """The formula of what a function makes of each of a point's outputs z.

    Besides the operations of ``formula`` it may have ``["max", ...]`` and ``["sum", ...]`` over the point's outputs.
    """
    return _called(function, Outputs("z"))


def _called(function: Callable[..., Any], *symbols: "Symbol") -> Tree | None:
    import numpy as np  # noqa: F401 (``below`` calls its where, which calls __array_function__)

    try:
        return _tree(function(*symbols))
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
    return lambda x: type(x)([name, x.tree])


def _two(name: str) -> Callable[["Symbol", Any], "Symbol"]:
    return lambda x, y: type(x)([name, x.tree, _tree(y)])


def _reflected(name: str) -> Callable[["Symbol", Any], "Symbol"]:
    """With the plain number, the second argument, on the left."""
    return lambda x, y: type(x)([name, _tree(y), x.tree])


class Symbol:
    """Stands for a quantity: every operation on it makes a larger symbol."""

    dtype = None  # arithmetic.py treats what has one as an array

    def __init__(self, tree: Tree) -> None:
        self.tree = tree

    __neg__, __abs__ = _one("-"), _one("abs")
    __add__, __sub__, __mul__, __truediv__ = _two("+"), _two("-"), _two("*"), _two("/")
    __radd__, __rsub__, __rmul__, __rtruediv__ = _reflected("+"), _reflected("-"), _reflected("*"), _reflected("/")
    __lt__, __gt__ = _two("<"), _two(">")
    exp, log1p, sqrt, tanh, sin = _one("exp"), _one("log1p"), _one("sqrt"), _one("tanh"), _one("sin")

    def __array_function__(self, function: Any, types: Any, operands: Any, options: Any) -> "Symbol":
        """NumPy asks here for ``where``, the only one of its functions that has more than one argument."""
        if function.__name__ != "where":
            raise TypeError(function)
        return type(self)(["where", *map(_tree, operands)])

    def astype(self, dtype: Any) -> "Symbol":
        return self

    def __bool__(self) -> bool:
        raise TypeError("the value of a symbol is not known")


class Outputs(Symbol):
    """Stands for the outputs of a point, [..., k]."""

    def amax(self, axis: int) -> "Outputs":
        return self._over_all("max", axis)

    def sum(self, axis: int) -> "Outputs":
        return self._over_all("sum", axis)

    def _over_all(self, operation: str, axis: int) -> "Outputs":
        if axis != -1:
            raise ValueError(axis)
        return Outputs([operation, self.tree])

    def __getitem__(self, index: Any) -> "Outputs":
        """With a new last axis, over which a number of the point goes to each of its outputs."""
        if index != (..., None):
            raise IndexError(index)
        return self

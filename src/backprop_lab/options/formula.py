"""Formulas of options as data: what a page and exported code need to compute them, a user's own options included."""

import math
from collections.abc import Callable, Sequence
from typing import Any, TypeAlias

Tree: TypeAlias = Any
"""A number, the name of an argument such as ``"z"``, or an operation with its operands: ``["*", 2.0, "z"]``."""


MOST_WAYS = 64
"""Through the branches of one function."""


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


def formulas_of_numbers(function: Callable[..., Sequence[Any]], *names: str) -> list[Tree] | None:
    """The formulas of the plain numbers that a function makes of plain numbers.

    Besides the operations of ``formula`` it may have ``// **``, all comparisons, ``and or not``, the cosine, infinity
    and branches, which become ``["where", condition, yes, no]``.
    """
    try:
        return _ways(function, names, [])
    except Exception:  # as in ``_called``
        return None


def formula_of_numbers(function: Callable[..., Any], *names: str) -> Tree | None:
    """The same for a function that makes one number."""
    made = formulas_of_numbers(lambda *numbers: (function(*numbers),), *names)
    return None if made is None else made[0]


def _ways(function: Callable[..., Sequence[Any]], names: Sequence[str], answers: list[bool]) -> list[Tree]:
    """What a function makes after these answers to its conditions; if it asks for more, both ways."""
    import numpy as np  # noqa: F401 (as in ``_called``)

    if 2 ** len(answers) > MOST_WAYS:
        raise ValueError(answers)
    way = _Way(answers)
    try:
        made = function(*(Number(name, way) for name in names))
        return [_tree_of_number(value) for value in made]
    except _Fork as fork:
        yes, no = (_ways(function, names, [*answers, answer]) for answer in (True, False))
        pairs = zip(yes, no, strict=True)
        return [one if one == other else ["where", fork.condition, one, other] for one, other in pairs]


class _Fork(Exception):
    """A function asks whether a condition holds that has no answer yet."""

    def __init__(self, condition: Tree) -> None:
        self.condition = condition


class _Way:
    """One way through the branches of a function: the answers to its conditions, in order."""

    def __init__(self, answers: Sequence[bool]) -> None:
        self.waiting = list(answers)

    def holds(self, condition: Tree) -> bool:
        if not self.waiting:
            raise _Fork(condition)
        return self.waiting.pop(0)


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


def _tree_of_number(value: Any) -> Tree:
    """The same, of what may be infinite."""
    if isinstance(value, float) and math.isinf(value):
        return ["/", math.copysign(1.0, value), 0.0]
    return _tree(value)


def _one(name: str) -> Callable[["Symbol"], "Symbol"]:
    return lambda x: x.made(name, x)


def _two(name: str) -> Callable[["Symbol", Any], "Symbol"]:
    return lambda x, y: x.made(name, x, y)


def _reflected(name: str) -> Callable[["Symbol", Any], "Symbol"]:
    """With the plain number, the second argument, on the left."""
    return lambda x, y: x.made(name, y, x)


class Symbol:
    """Stands for a quantity: every operation on it makes a larger symbol."""

    dtype = None  # arithmetic.py treats what has one as an array

    def __init__(self, tree: Tree) -> None:
        self.tree = tree

    def made(self, operation: str, *operands: Any) -> "Symbol":
        return type(self)([operation, *map(_tree, operands)])

    __neg__, __abs__ = _one("-"), _one("abs")
    __add__, __sub__, __mul__, __truediv__ = _two("+"), _two("-"), _two("*"), _two("/")
    __radd__, __rsub__, __rmul__, __rtruediv__ = _reflected("+"), _reflected("-"), _reflected("*"), _reflected("/")
    __lt__, __gt__ = _two("<"), _two(">")
    exp, log1p, sqrt, tanh, sin = _one("exp"), _one("log1p"), _one("sqrt"), _one("tanh"), _one("sin")

    def __array_function__(self, function: Any, types: Any, operands: Any, options: Any) -> "Symbol":
        """NumPy asks here for ``where``, the only one of its functions that has more than one argument."""
        if function.__name__ != "where":
            raise TypeError(function)
        return self.made("where", *operands)

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


class Number(Symbol):
    """Stands for a plain number, which a function may also compare, and then branch."""

    __hash__ = None  # type: ignore[assignment]

    def __init__(self, tree: Tree, way: _Way) -> None:
        super().__init__(tree)
        self.way = way

    def made(self, operation: str, *operands: Any) -> "Number":
        return Number([operation, *map(_tree_of_number, operands)], self.way)

    __invert__, cos = _one("not"), _one("cos")
    __floordiv__, __rfloordiv__, __rpow__ = _two("//"), _reflected("//"), _reflected("**")
    __le__, __ge__, __and__, __or__ = _two("<="), _two(">="), _two("and"), _two("or")
    __eq__, __ne__ = _two("=="), _two("!=")  # type: ignore[assignment]

    def __pow__(self, power: Any) -> Symbol:
        """Squares and roots are operations of their own in NumPy, which round less."""
        if isinstance(power, Number) or power not in (2, 0.5):
            return self.made("**", self, power)
        return self * self if power == 2 else self.sqrt()

    def __bool__(self) -> bool:
        return self.way.holds(self.tree)

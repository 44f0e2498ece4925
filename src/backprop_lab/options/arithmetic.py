"""The few functions that the formulas of options need beyond ``+ - * /``, for every kind of quantity.

A formula is written once. Python floats, NumPy arrays and torch tensors go through it as they are; a compiler that
takes these functions' names for its own takes the formula too. Each function asks the quantity: a tensor knows the
operation, an array belongs to NumPy, and a float to ``math``.
"""

import math
import sys
from typing import Any, TypeAlias

Quantity: TypeAlias = Any
"""A float, an array or a tensor. All quantities of one call are of one kind; numbers may stand beside them."""


def plus(a: Quantity, factor: Quantity, b: Quantity) -> Quantity:
    """a + factor * b.

    Of tensors in one operation where the factor is a number: it rounds once, as torch's own optimizers do. With a
    factor of 0 the quantity stays as it is, also where ``b`` is infinite.
    """
    if type(factor) is float:
        if factor == 0.0:
            return a
        if hasattr(a, "add"):
            return a.add(b, alpha=factor)
    return a + factor * b


def below(a: Quantity, b: Quantity, yes: Quantity, no: Quantity) -> Quantity:
    """``yes`` where a < b, else ``no``; also where ``a`` or ``b`` is not a number."""
    compared = a if _has_dtype(a) else b
    if not _has_dtype(compared):
        return yes if a < b else no
    if not hasattr(compared, "where"):
        chosen = _numpy().where(a < b, yes, no)
        # Of two plain numbers NumPy makes its double precision.
        return chosen if _has_dtype(yes) or _has_dtype(no) else chosen.astype(compared.dtype)
    if not _has_dtype(yes) and not _has_dtype(no):  # torch would make its default precision of them
        yes = compared.new_full((), yes)
    return _torch().where(a < b, yes, no)


def exp(x: Quantity) -> Quantity:
    if isinstance(x, float):
        try:
            return math.exp(x)
        except OverflowError:
            return math.inf
    return x.exp() if hasattr(x, "exp") else _numpy().exp(x)


def log1p(x: Quantity) -> Quantity:
    """log(1 + x), exact for small x."""
    if isinstance(x, float):
        return math.log1p(x)
    return x.log1p() if hasattr(x, "log1p") else _numpy().log1p(x)


def tanh(x: Quantity) -> Quantity:
    if isinstance(x, float):
        return math.tanh(x)
    return x.tanh() if hasattr(x, "tanh") else _numpy().tanh(x)


def sqrt(x: Quantity) -> Quantity:
    if isinstance(x, float):
        return math.sqrt(x) if x >= 0 else math.nan
    return x.sqrt() if hasattr(x, "sqrt") else _numpy().sqrt(x)


def absolute(x: Quantity) -> Quantity:
    return abs(x)


def sigmoid(x: Quantity) -> Quantity:
    """1 / (1 + exp(-x)), by the side on which exp is small."""
    if hasattr(x, "sigmoid"):
        return x.sigmoid()
    small = exp(-absolute(x))
    return below(x, 0.0, small, 1.0) / (1.0 + small)


def _has_dtype(x: Quantity) -> bool:
    """Whether it is an array or a tensor, and no plain number."""
    return hasattr(x, "dtype")


def _numpy() -> Any:
    """An array is here, so NumPy has been loaded; a command line that has none must not wait for it."""
    return sys.modules["numpy"]


def _torch() -> Any:
    return sys.modules["torch"]

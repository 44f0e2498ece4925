"""The few functions that formulas of options need beyond ``+ - * /``, for floats, arrays and tensors.

A formula is written once and works unchanged on Python floats, NumPy arrays and torch tensors; a compiler that
provides functions of these names can compile it. Each function dispatches on its argument: a tensor has the operation
as a method, an array uses NumPy, a float ``math``.
"""

import math
import sys
from typing import Any, TypeAlias

Quantity: TypeAlias = Any
"""A float, an array or a tensor. All quantities of one call have the same kind; plain numbers may be mixed in."""


def plus(a: Quantity, factor: Quantity, b: Quantity) -> Quantity:
    """a + factor * b.

    For tensors and a float factor this is one operation, which rounds once, as in torch's own optimizers. With a factor
    of 0 the result is ``a``, even if ``b`` is infinite.
    """
    if type(factor) is float:
        if factor == 0.0:
            return a
        if hasattr(a, "add"):
            return a.add(b, alpha=factor)
    return a + factor * b


def below(a: Quantity, b: Quantity, yes: Quantity, no: Quantity) -> Quantity:
    """``yes`` where a < b, else ``no``; ``no`` also where ``a`` or ``b`` is NaN."""
    compared = a if _has_dtype(a) else b
    if not _has_dtype(compared):
        return yes if a < b else no
    if not hasattr(compared, "where"):
        chosen = _numpy().where(a < b, yes, no)
        # NumPy turns two plain numbers into double precision.
        return chosen if _has_dtype(yes) or _has_dtype(no) else chosen.astype(compared.dtype)
    if not _has_dtype(yes) and not _has_dtype(no):  # torch would turn them into its default precision
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


def cos(x: Quantity) -> Quantity:
    return math.cos(x) if isinstance(x, float) else x.cos() if hasattr(x, "cos") else _numpy().cos(x)


def sqrt(x: Quantity) -> Quantity:
    if isinstance(x, float):
        return math.sqrt(x) if x >= 0 else math.nan
    return x.sqrt() if hasattr(x, "sqrt") else _numpy().sqrt(x)


def absolute(x: Quantity) -> Quantity:
    return abs(x)


def sigmoid(x: Quantity) -> Quantity:
    """1 / (1 + exp(-x)), computed from exp(-|x|), which cannot overflow."""
    if hasattr(x, "sigmoid"):
        return x.sigmoid()
    small = exp(-absolute(x))
    return below(x, 0.0, small, 1.0) / (1.0 + small)


def is_at(index: Quantity, like: Quantity) -> Quantity:
    """1 at the place ``index`` of the last axis, else 0: for ``index`` [..., n], numbers like those of ``like``
    [..., n, k]."""
    places = _torch().arange(like.shape[-1], device=like.device) if hasattr(like, "new_full") else None
    if places is None:
        return (index[..., None] == _numpy().arange(like.shape[-1])).astype(like.dtype)
    return (index[..., None] == places).to(like.dtype)


def largest(x: Quantity) -> Quantity:
    """The largest number along the last axis of an array or tensor."""
    return x.amax(-1) if hasattr(x, "amax") else x.max(-1)


def _has_dtype(x: Quantity) -> bool:
    """Whether ``x`` is an array or a tensor, not a plain number."""
    return hasattr(x, "dtype")


def _numpy() -> Any:
    """NumPy, which is loaded already if there is an array; the command line must not wait for its import."""
    return sys.modules["numpy"]


def _torch() -> Any:
    return sys.modules["torch"]

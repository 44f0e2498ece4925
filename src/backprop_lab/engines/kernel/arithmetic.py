"""The functions of ``options/arithmetic.py`` for Lanes: what the formulas of options need beyond ``+ - * /``.

From ``+ - * /``, square roots and shifts alone, so that the bits are the same on every processor. Largest errors in
units of the last place (float32, float64): exp 1.0, 1.0; tanh 2.5, 2.5; sigmoid 2.3, 2.2; log1p 2, 2. NaN stays NaN.
"""

import math
from collections.abc import Callable
from typing import Any

import numpy as np
from llvmlite import ir

from backprop_lab.engines.kernel.lanes import (
    LANES,
    Lanes,
    exponent,
    lanes_function,
    overload,
    power_of_two,
    splat,
    vector,
)
from backprop_lab.options import arithmetic
from backprop_lab.options.arithmetic import absolute, below, exp

# From these on exp is 0 or infinite. Not from e^-87 on: its products with slopes would be subnormal numbers, each of
# which costs a hundred cycles.
LEAST, MOST = {32: -64.0, 64: -600.0}, {32: 88.0, 64: 709.0}


def _select(builder: ir.IRBuilder, kind: Any, operands: list[ir.Value]) -> ir.Value:
    a, b, yes, no = operands
    return builder.select(builder.fcmp_ordered("<", a, b), yes, no)


def _llvms(name: str) -> Callable[[ir.IRBuilder, Any, list[ir.Value]], ir.Value]:
    """A function of LLVM's own that is exact."""

    def lowered(builder: ir.IRBuilder, kind: Lanes, operands: list[ir.Value]) -> ir.Value:
        of = ir.FunctionType(vector(kind), [vector(kind)])
        full = f"llvm.{name}.v{LANES}f{kind.bits}"
        declared = builder.module.globals.get(full) or ir.Function(builder.module, of, full)
        return builder.call(declared, operands)

    return lowered


lanes_function(below, _select, 4)
lanes_function(absolute, _llvms("fabs"), 1)
lanes_function(abs, _llvms("fabs"), 1)
lanes_function(arithmetic.sqrt, _llvms("sqrt"), 1)


@overload(arithmetic.plus, strict=False)
def _plus(a: Any, factor: Any, b: Any) -> Any:
    return lambda a, factor, b: a + factor * b


def lanes_of(value: Any, like: Any) -> Any: ...


@overload(lanes_of, strict=False)
def _lanes_of(value: Any, like: Any) -> Any:
    """The result of a formula as Lanes of the kind of ``like``: some give a plain number."""
    if isinstance(value, Lanes):
        return (lambda value, like: value) if value == like else None
    return lambda value, like: splat(value, like)


def _constants(x: Lanes) -> tuple[Any, float, float, float]:
    """The type of a number, ln 2 in two parts, and the number that rounds what is added to it to a whole one."""
    if x.bits == 32:
        return np.float32, 0.693359375, -2.12194440e-4, 1.5 * 2**23
    return np.float64, 6.93147180369123816490e-01, 1.90821492927058770002e-10, 1.5 * 2**52


def _parts(x: Any) -> Any: ...


@overload(_parts)
def _parts_of(x: Any) -> Any:
    """2^n and exp(r) - 1, where x = n ln 2 + r, for x up to MOST; a smaller x than LEAST counts as LEAST."""
    one, high, low, magic = _constants(x)
    series = tuple(one(1 / math.factorial(k)) for k in range(2, 8 if x.bits == 32 else 15))
    last, per_two, least = len(series) - 1, 1 / math.log(2), LEAST[x.bits]

    def code(x: Any) -> Any:
        x = below(x, least, least, x)
        t = x * per_two + magic
        n = t - magic
        r = (x - n * high) - n * low
        p = splat(series[last], x)
        for k in range(last - 1, -1, -1):
            p = p * r + series[k]
        return power_of_two(t), p * r * r + r

    return code


@overload(arithmetic.exp)
def _exp(x: Any) -> Any:
    if not isinstance(x, Lanes):
        return None
    most = MOST[x.bits]

    def code(x: Any) -> Any:
        scale, p = _parts(below(most, x, most, x))
        return below(most, x, np.inf, scale + scale * p)

    return code


@overload(arithmetic.sigmoid)
def _sigmoid(x: Any) -> Any:
    if not isinstance(x, Lanes):
        return None

    def code(x: Any) -> Any:
        small = exp(-absolute(x))
        return below(x, 0.0, small, 1.0) / (1.0 + small)

    return code


@overload(arithmetic.tanh)
def _tanh(x: Any) -> Any:
    if not isinstance(x, Lanes):
        return None

    def code(x: Any) -> Any:
        scale, p = _parts(-2.0 * absolute(x))
        m = scale * p + (scale - 1.0)  # exp(-2 |x|) - 1
        t = (0.0 - m) / (m + 2.0)
        return below(x, 0.0, -t, t)

    return code


@overload(arithmetic.log1p)
def _log1p(x: Any) -> Any:
    """With 1 + x = 2^e (1 + f): e ln 2 + 2 atanh(f / (2 + f)), where f has what the sum 1 + x lost by rounding."""
    if not isinstance(x, Lanes):
        return None
    one, high, low, _ = _constants(x)
    series = tuple(one(2 / (2 * k + 1)) for k in range(1, 6 if x.bits == 32 else 12))
    last, tiny = len(series) - 1, float(np.finfo(one).eps) / 4

    def code(x: Any) -> Any:
        u = 1.0 + x
        e, power = exponent(u)
        f = (u * power - 1.0) + (x - (u - 1.0)) * power
        s = f / (2.0 + f)
        square = s * s
        p = splat(series[last], x)
        for k in range(last - 1, -1, -1):
            p = p * square + series[k]
        found = e * high + (2.0 * s + (s * square * p + e * low))
        found = below(absolute(x), tiny, x, found)
        found = below(-1.0, x, found, below(x, -1.0, np.nan, -np.inf))
        return below(absolute(x), np.inf, found, below(x, 0.0, np.nan, x))

    return code

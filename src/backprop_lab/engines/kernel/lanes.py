"""The kernel's kind of number: one number for each of sixteen members, in a vector register.

``Lanes`` is a type of Numba that LLVM sees as ``<16 x float>`` or ``<16 x double>``, with ``+ - * /`` between Lanes and
plain numbers. So a formula reads like that of one member, nothing is left to an optimizer that might vectorize it, and
no sum is reordered: the bits do not depend on the processor. Members are on the last axis of every array.
"""

import functools
import operator
from collections.abc import Callable
from typing import Any

import numba.extending
from llvmlite import ir
from numba import njit, types
from numba.extending import intrinsic, lower_builtin, models, register_model, type_callable

LANES = 16
"""Members in one call. 8 and 32 take a fifth longer for a small network."""

# A division must not branch to an exception, or nothing around it stays in vectors. Several threads train at once.
entry = njit(nogil=True, error_model="numpy", no_cfunc_wrapper=True)
"""For what Python calls."""
# Ways to call each function from Python and from C would take a fifth of the time of compiling. None of them makes an
# array, so none counts who holds one (nrt), which a thread pays for at each call.
compiled = njit(nogil=True, error_model="numpy", no_cfunc_wrapper=True, no_cpython_wrapper=True, _nrt=False)
inlined = njit(nogil=True, error_model="numpy", inline="always")
"""For a large function that is called once: what it calls is optimized only once."""
overload = functools.partial(numba.extending.overload, jit_options={"no_cfunc_wrapper": True})


class Lanes(types.Type):
    """The type of a number for each member; ``element`` is Numba's float32 or float64."""

    def __init__(self, element: types.Float) -> None:
        self.element = element
        super().__init__(f"Lanes({element}, {LANES})")

    @property
    def bits(self) -> int:
        return int(self.element.bitwidth)


def vector(kind: Lanes) -> ir.VectorType:
    return ir.VectorType(ir.FloatType() if kind.bits == 32 else ir.DoubleType(), LANES)


def whole(kind: Lanes) -> ir.VectorType:
    """Integers of the same width."""
    return ir.VectorType(ir.IntType(kind.bits), LANES)


@register_model(Lanes)
class _Model(models.PrimitiveModel):
    def __init__(self, manager: Any, kind: Lanes) -> None:
        super().__init__(manager, kind, vector(kind))


def spread(builder: ir.IRBuilder, number: ir.Value, kind: ir.VectorType) -> ir.Value:
    """A vector with the same number in each place."""
    empty, places = ir.Constant(kind, ir.Undefined), ir.VectorType(ir.IntType(32), LANES)
    first = builder.insert_element(empty, number, ir.Constant(ir.IntType(32), 0))
    return builder.shuffle_vector(first, empty, ir.Constant(places, [0] * LANES))


def as_lanes(context: Any, builder: ir.IRBuilder, value: ir.Value, of: types.Type, kind: Lanes) -> ir.Value:
    """A value of type ``of``, Lanes or a plain number, as Lanes of ``kind``."""
    if of == kind:
        return value
    return spread(builder, context.cast(builder, value, of, kind.element), vector(kind))


# -- memory -----------------------------------------------------------------------------------------------------------


def _place(context: Any, builder: ir.IRBuilder, kind: Any, array: ir.Value, k: ir.Value, step: int) -> ir.Value:
    data = context.make_array(kind)(context, builder, array).data
    return builder.gep(data, [builder.mul(k, ir.Constant(k.type, step))])


def _lanes_at(context: Any, builder: ir.IRBuilder, kind: Any, array: ir.Value, k: ir.Value) -> ir.Value:
    place = _place(context, builder, kind, array, k, LANES)
    return builder.bitcast(place, vector(Lanes(kind.dtype)).as_pointer())


@intrinsic
def load(typing: Any, array: Any, k: Any) -> Any:
    """The k-th Lanes of a contiguous array of any shape whose last axis are the members. The place is not checked."""

    def code(context: Any, builder: Any, sig: Any, args: Any) -> Any:
        value = builder.load(_lanes_at(context, builder, sig.args[0], *args))
        value.align = array.dtype.bitwidth // 8
        return value

    return Lanes(array.dtype)(array, k), code


@intrinsic
def store(typing: Any, array: Any, k: Any, value: Any) -> Any:
    """Write the k-th Lanes of an array."""

    def code(context: Any, builder: Any, sig: Any, args: Any) -> Any:
        stored = builder.store(args[2], _lanes_at(context, builder, sig.args[0], *args[:2]))
        stored.align = array.dtype.bitwidth // 8
        return context.get_dummy_value()

    return types.void(array, k, value), code


@intrinsic
def number(typing: Any, array: Any, k: Any) -> Any:
    """The k-th number of a contiguous array of any shape, without the check for indices from its end."""

    def code(context: Any, builder: Any, sig: Any, args: Any) -> Any:
        value = builder.load(_place(context, builder, sig.args[0], args[0], args[1], 1))
        value.align = array.dtype.bitwidth // 8
        return value

    return array.dtype(array, k), code


@intrinsic
def put(typing: Any, array: Any, k: Any, value: Any) -> Any:
    """Write the k-th number of an array; ``value`` has its type."""

    def code(context: Any, builder: Any, sig: Any, args: Any) -> Any:
        stored = builder.store(args[2], _place(context, builder, sig.args[0], args[0], args[1], 1))
        stored.align = array.dtype.bitwidth // 8
        return context.get_dummy_value()

    if value != array.dtype:
        return None
    return types.void(array, k, value), code


@intrinsic
def prefetch(typing: Any, array: Any, k: Any) -> Any:
    """Ask for the k-th number of an array, which will be needed soon."""

    def code(context: Any, builder: Any, sig: Any, args: Any) -> Any:
        byte, whole = ir.IntType(8).as_pointer(), ir.IntType(32)
        of, full = ir.FunctionType(ir.VoidType(), [byte, whole, whole, whole]), "llvm.prefetch.p0i8"
        declared = builder.module.globals.get(full) or ir.Function(builder.module, of, full)
        place = builder.bitcast(_place(context, builder, sig.args[0], args[0], args[1], 1), byte)
        builder.call(declared, [place, *(ir.Constant(whole, n) for n in (0, 3, 1))])
        return context.get_dummy_value()

    return types.void(array, k), code


# -- conversions ------------------------------------------------------------------------------------------------------


@intrinsic
def splat(typing: Any, number: Any, like: Any) -> Any:
    """A plain number as Lanes of the same kind as ``like``."""

    def code(context: Any, builder: Any, sig: Any, args: Any) -> Any:
        return as_lanes(context, builder, args[0], sig.args[0], like)

    return like(number, like), code


@intrinsic
def double(typing: Any, value: Any) -> Any:
    """Lanes in double precision."""
    kind = Lanes(types.float64)

    def code(context: Any, builder: Any, sig: Any, args: Any) -> Any:
        return args[0] if value == kind else builder.fpext(args[0], vector(kind))

    return kind(value), code


@intrinsic
def power_of_two(typing: Any, t: Any) -> Any:
    """2^n, where n was added to 1.5 * 2^23 (double precision: 2^52) and so is the last bits of ``t``."""

    def code(context: Any, builder: Any, sig: Any, args: Any) -> Any:
        bias, shift = (127, 23) if t.bits == 32 else (1023, 52)
        n = builder.add(builder.bitcast(args[0], whole(t)), ir.Constant(whole(t), [bias] * LANES))
        return builder.bitcast(builder.shl(n, ir.Constant(whole(t), [shift] * LANES)), args[0].type)

    return t(t), code


@intrinsic
def exponent(typing: Any, u: Any) -> Any:
    """The whole number e for which u / 2^e is from sqrt(1/2) to sqrt(2), for finite u > 0, and 2^-e."""
    kind = types.UniTuple(u, 2)

    def code(context: Any, builder: Any, sig: Any, args: Any) -> Any:
        bias, shift, root = (127, 23, 0x3F3504F3) if u.bits == 32 else (1023, 52, 0x3FE6A09E667F3BCD)

        def every(n: int) -> ir.Constant:
            return ir.Constant(whole(u), [n] * LANES)

        bits = builder.bitcast(args[0], whole(u))
        e = builder.ashr(builder.sub(bits, every(root)), every(shift))
        power = builder.shl(builder.sub(every(bias), e), every(shift))
        parts = [builder.sitofp(e, args[0].type), builder.bitcast(power, args[0].type)]
        return context.make_tuple(builder, kind, parts)

    return kind(u), code


# -- arithmetic -------------------------------------------------------------------------------------------------------

Lowered = Callable[[ir.IRBuilder, Any, list[ir.Value]], ir.Value]


def _kind(arguments: tuple[Any, ...]) -> Lanes | None:
    """The Lanes among the arguments, if the others are of the same kind or plain numbers."""
    kinds = {argument for argument in arguments if isinstance(argument, Lanes)}
    plain = (types.Number, types.Boolean)
    fit = all(isinstance(argument, (Lanes, *plain)) for argument in arguments)
    return kinds.pop() if fit and len(kinds) == 1 else None


def lanes_function(function: Callable, lowered: Lowered, arity: int) -> None:
    """Compile calls of ``function`` with Lanes, and plain numbers among them, as what ``lowered`` builds."""
    typers: dict[int, Callable] = {
        1: lambda context: lambda a: _kind((a,)),
        2: lambda context: lambda a, b: _kind((a, b)),
        4: lambda context: lambda a, b, yes, no: _kind((a, b, yes, no)),
    }
    type_callable(function)(typers[arity])

    def code(context: Any, builder: Any, sig: Any, args: Any) -> Any:
        kind = sig.return_type
        operands = [as_lanes(context, builder, value, of, kind) for value, of in zip(args, sig.args, strict=True)]
        return lowered(builder, kind, operands)

    # With a plain number in one of the places Numba has a lowering of its own, which any pattern wider than these hits.
    patterns = [(Lanes,)] if arity == 1 else [(Lanes, Lanes), (Lanes, types.Number), (types.Number, Lanes)]
    for pattern in [(types.Any,) * arity] if arity == 4 else patterns:
        lower_builtin(function, *pattern)(code)


def _operation(name: str) -> Lowered:
    return lambda builder, kind, operands: getattr(builder, name)(*operands)


for symbol in ("add", "sub", "mul"):
    lanes_function(getattr(operator, symbol), _operation(f"f{symbol}"), 2)
    lanes_function(getattr(operator, f"i{symbol}"), _operation(f"f{symbol}"), 2)
lanes_function(operator.truediv, _operation("fdiv"), 2)
lanes_function(operator.neg, _operation("fneg"), 1)

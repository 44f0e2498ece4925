"""The random numbers of ``training/randomness.py``, compiled: NumPy's PCG64 and what its Generator makes of it.

The same bits as ``Task.order`` and ``dropout.masks_of``, in an eighth of the time. PCG64: O'Neill 2014, and NumPy's
``_pcg64``; its seeds come from NumPy's ``SeedSequence``.
"""

from typing import Any

import numpy as np
from llvmlite import ir
from numba import types
from numba.extending import intrinsic

from backprop_lab.engines.kernel.lanes import LANES, compiled, number, put
from backprop_lab.training.randomness import key_of

WORDS = 4
"""Of 64 bits, in the state of a generator: its number, high and low, and its increment, high and low."""
_MULTIPLIER = 0x2360ED051FC65DA44385DF649FCCF645


def seeded(seeds: list[int], purpose: str, epochs: range) -> np.ndarray:
    """The states of the generators of members and epochs, before their first number: [epochs, members, WORDS]."""
    keys = b"".join(key_of(seed, purpose, epoch) for epoch in epochs for seed in seeds)
    entropy = np.frombuffer(keys, "<u4").reshape(len(epochs), len(seeds), 4)
    made = [part.astype(np.uint64) for part in _seed_sequence(np.moveaxis(entropy, -1, 0))]
    high, low, inc_high, inc_low = (made[2 * i] | made[2 * i + 1] << np.uint64(32) for i in range(4))
    # srandom: an odd increment; a step from 0, the seed is added, and another step.
    increment = (inc_high << np.uint64(1) | inc_low >> np.uint64(63), inc_low << np.uint64(1) | np.uint64(1))
    state = _sum(_product(*_sum(increment, (high, low))), increment)
    return np.ascontiguousarray(np.stack([*state, *increment], axis=-1))


def _seed_sequence(entropy: np.ndarray) -> list[np.ndarray]:
    """``SeedSequence(entropy).generate_state(8)`` of many at once; entropy and result have a leading axis of words."""

    def hashed(value: Any, constant: int, factor: int) -> tuple[np.ndarray, int]:
        value = value ^ np.uint32(constant)
        constant = constant * factor & 0xFFFFFFFF
        value = value * np.uint32(constant)
        return value ^ value >> np.uint32(16), constant

    constant = 0x43B0D7E5
    pool: list[Any] = []
    for word in entropy:
        value, constant = hashed(word, constant, 0x931E8875)
        pool.append(value)
    for source in range(4):
        for target in range(4):
            if source != target:
                value, constant = hashed(pool[source], constant, 0x931E8875)
                mixed = pool[target] * np.uint32(0xCA01F9DD) - value * np.uint32(0x4973F715)
                pool[target] = mixed ^ mixed >> np.uint32(16)
    constant = 0x8B51F9DD
    made = []
    for i in range(8):
        value, constant = hashed(pool[i % 4], constant, 0x58F38DED)
        made.append(value)
    return made


def _sum(a: tuple[np.ndarray, ...], b: tuple[np.ndarray, ...]) -> tuple[np.ndarray, np.ndarray]:
    """The sum of numbers of 128 bits, as high and low halves."""
    low = a[1] + b[1]
    return a[0] + b[0] + (low < a[1]), low


def _product(high: np.ndarray, low: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """The product of numbers of 128 bits and the multiplier, from products of 32 bits."""
    half, shift = np.uint64(0xFFFFFFFF), np.uint64(32)
    m_high, m_low = np.uint64(_MULTIPLIER >> 64), np.uint64(_MULTIPLIER & 0xFFFFFFFFFFFFFFFF)
    m = (m_low & half, m_low >> shift)
    parts = [[part * factor for factor in m] for part in (low & half, low >> shift)]
    middle = (parts[0][0] >> shift) + (parts[0][1] & half) + (parts[1][0] & half)
    carried = parts[1][1] + (parts[0][1] >> shift) + (parts[1][0] >> shift) + (middle >> shift)
    return carried + high * m_low + low * m_high, low * m_low


@intrinsic
def advanced(typing: Any, high: Any, low: Any, inc_high: Any, inc_low: Any) -> Any:
    """A step of the generator: its number times the multiplier plus its increment, in 128 bits, as high and low."""
    kind = types.UniTuple(types.uint64, 2)

    def code(context: Any, builder: Any, sig: Any, args: Any) -> Any:
        wide, half = ir.IntType(128), ir.IntType(64)

        def joined(high: Any, low: Any) -> Any:
            shifted = builder.shl(builder.zext(high, wide), ir.Constant(wide, 64))
            return builder.or_(shifted, builder.zext(low, wide))

        state, increment = joined(*args[:2]), joined(*args[2:])
        state = builder.add(builder.mul(state, ir.Constant(wide, _MULTIPLIER)), increment)
        halves = [builder.trunc(builder.lshr(state, ir.Constant(wide, 64)), half), builder.trunc(state, half)]
        return context.make_tuple(builder, kind, halves)

    return kind(types.uint64, types.uint64, types.uint64, types.uint64), code


@compiled
def _number(high: Any, low: Any) -> Any:
    """The random 64 bits of a state: XSL-RR."""
    mixed, turn = high ^ low, high >> np.uint64(58)
    return (mixed >> turn) | (mixed << ((np.uint64(64) - turn) & np.uint64(63)))


@compiled
def shuffled(states: Any, at: Any, order: Any, first: Any, n: Any) -> None:
    """Write ``Generator.permutation(n)`` of the state at ``at`` into ``order``, uint32, from the place ``first`` on.

    For i from n - 1 down to 1, an index up to i: 32 bits are masked to the next power of two, and drawn again above i.
    Instead of a branch on what was drawn, which no processor foresees, i is swapped with itself, and stays.
    """
    high, low, inc_high, inc_low = (
        number(states, at),
        number(states, at + 1),
        number(states, at + 2),
        number(states, at + 3),
    )
    for i in range(n):
        put(order, first + i, np.uint32(i))
    if n < 2:
        return
    i, mask, is_low, drawn = n - 1, 1, True, np.uint64(0)
    while mask < i:
        mask = mask << 1 | 1
    while i > 0:
        half = mask >> 1
        while i > half:  # the mask stays the same
            if is_low:
                high, low = advanced(high, low, inc_high, inc_low)
                drawn = _number(high, low)
            else:
                drawn = drawn >> np.uint64(32)
            is_low = not is_low
            j = np.int64(drawn & np.uint64(0xFFFFFFFF)) & mask
            fits = j <= i
            j = j if fits else i
            at_i, at_j = number(order, first + i), number(order, first + j)
            put(order, first + i, at_j)
            put(order, first + j, at_i)
            i -= np.int64(fits)
        mask = half


@compiled
def drop(states: Any, at: Any, masks: Any, first: Any, count: Any, share: Any) -> None:
    """Draw ``count`` dropout factors of one member with the state at ``at``, into ``masks`` from ``first`` on.

    ``masks`` is [.., LANES]. A factor is 0 where ``Generator.random`` is below ``share``, else 1 / (1 - share).
    """
    high, low, inc_high, inc_low = (
        number(states, at),
        number(states, at + 1),
        number(states, at + 2),
        number(states, at + 3),
    )
    kept, dropped = masks.dtype.type(1.0 / (1.0 - share)), masks.dtype.type(0.0)
    for k in range(count):
        high, low = advanced(high, low, inc_high, inc_low)
        drawn = np.float64(_number(high, low) >> np.uint64(11)) * (1.0 / 9007199254740992.0)
        put(masks, first + k * LANES, kept if drawn >= share else dropped)
    put(states, at, high)
    put(states, at + 1, low)

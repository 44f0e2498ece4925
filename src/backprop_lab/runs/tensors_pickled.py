"""Plain data with tensors as torch pickles it, written and read without torch.

Written is what ``torch.save`` writes for a dictionary of numbers and of dictionaries of tensors. Read is
the same, in a loop over pickle's instructions that builds nothing but these: no code is named that would be called.
"""

import functools
import math
import pickletools
import struct
from collections.abc import Callable, Iterator, Mapping
from typing import Any, NamedTuple

import numpy as np

STORAGES = {
    "float32": "FloatStorage", "float64": "DoubleStorage", "float16": "HalfStorage", "int64": "LongStorage",
    "int32": "IntStorage", "int16": "ShortStorage", "int8": "CharStorage", "uint8": "ByteStorage",
    "bool": "BoolStorage",
}  # fmt: skip
DTYPES = {storage: dtype for dtype, storage in STORAGES.items()}
MOST_AXES = 64


class Global(NamedTuple):
    """A name of a module. It is compared, never looked up."""

    module: str
    name: str


REBUILD = Global("torch._utils", "_rebuild_tensor_v2")
ORDERED = Global("collections", "OrderedDict")


# -- writing ----------------------------------------------------------------------------------------------------------


class Tensor(NamedTuple):
    """A tensor whose numbers are in the storage with the key ``key``."""

    key: int
    dtype: str
    shape: tuple[int, ...]


def dump(numbers: Mapping[str, int], parts: Mapping[str, Mapping[str, Tensor]]) -> bytes:
    """The pickle of a dictionary of numbers and of dictionaries of contiguous tensors."""
    counted = b"".join(_text(name) + _whole(number) for name, number in numbers.items())
    tensors = b"".join(_text(name) + _dictionary(tuple(named.items())) for name, named in parts.items())
    return b"\x80\x02}(" + counted + tensors + b"u."


@functools.lru_cache(maxsize=256)
def _dictionary(tensors: tuple[tuple[str, Tensor], ...]) -> bytes:
    """The same for all jobs of a sweep."""
    return b"}(" + b"".join(_text(name) + _tensor(tensor) for name, tensor in tensors) + b"u"


def _text(value: str) -> bytes:
    encoded = value.encode()
    return b"X" + struct.pack("<I", len(encoded)) + encoded


def _whole(value: int) -> bytes:
    if -(2**31) <= value < 2**31:
        return b"J" + struct.pack("<i", value)
    return b"\x8a\x08" + struct.pack("<q", value)


def _global(of: Global) -> bytes:
    return f"c{of.module}\n{of.name}\n".encode()


def _tensor(tensor: Tensor) -> bytes:
    storage, size = _global(Global("torch", STORAGES[tensor.dtype])), math.prod(tensor.shape)
    parts = [_text("storage"), storage, _text(str(tensor.key)), _text("cpu"), _whole(size)]
    strides = [math.prod(tensor.shape[i + 1 :]) for i in range(len(tensor.shape))]
    sizes = [b"(" + b"".join(map(_whole, numbers)) + b"t" for numbers in (tensor.shape, strides)]
    empty = _global(ORDERED) + b")R"
    return b"".join([_global(REBUILD), b"((", *parts, b"tQ", _whole(0), *sizes, b"\x89", empty, b"tR"])


# -- reading ----------------------------------------------------------------------------------------------------------


def load(file: bytes, content_of: Callable[[str], bytes]) -> Any:
    """The value of a pickle. ``content_of`` gives the bytes of the storage with a key.

    Raises ``ValueError`` for anything that ``torch.save`` does not write for such a value.
    """
    stack: list[Any] = []
    marks: list[int] = []
    memo: dict[int, Any] = {}

    def since_mark() -> list[Any]:
        place = marks.pop()
        items = stack[place:]
        del stack[place:]
        return items

    instructions: Iterator[tuple[Any, Any, Any]] = pickletools.genops(file)
    for opcode, argument, _ in instructions:
        match opcode.name:
            case "PROTO" | "FRAME":
                pass
            case "STOP":
                (value,) = stack
                return value
            case "MARK":
                marks.append(len(stack))
            case "EMPTY_DICT":
                stack.append({})
            case "EMPTY_TUPLE":
                stack.append(())
            case "BINUNICODE" | "SHORT_BINUNICODE" | "BININT" | "BININT1" | "BININT2" | "LONG1":
                stack.append(argument)
            case "NEWTRUE" | "NEWFALSE":
                stack.append(opcode.name == "NEWTRUE")
            case "NONE":
                stack.append(None)
            case "BINPUT" | "LONG_BINPUT":
                memo[argument] = stack[-1]
            case "BINGET" | "LONG_BINGET":
                stack.append(memo[argument])
            case "TUPLE":
                stack.append(tuple(since_mark()))
            case "TUPLE1" | "TUPLE2" | "TUPLE3":
                count = int(opcode.name[-1])
                items = stack[-count:]
                del stack[-count:]
                if len(items) < count:
                    raise ValueError("a tuple of too few")
                stack.append(tuple(items))
            case "SETITEM":
                item, key = stack.pop(), stack.pop()
                _set(stack[-1], [key, item])
            case "SETITEMS":
                items = since_mark()
                _set(stack[-1], items)
            case "GLOBAL":
                module, _, name = argument.partition(" ")
                stack.append(Global(module, name))
            case "BINPERSID":
                stack.append(_storage(stack.pop(), content_of))
            case "REDUCE":
                arguments, called = stack.pop(), stack.pop()
                stack.append(_made(called, arguments))
            case other:
                raise ValueError(f"an instruction {other}")
    raise ValueError("no end")


def _set(target: Any, items: list[Any]) -> None:
    if type(target) is not dict or len(items) % 2:
        raise ValueError("items of no dictionary")
    for key, item in zip(items[::2], items[1::2], strict=True):
        if type(key) is not str:
            raise ValueError("a key that is no text")
        target[key] = item


def _storage(named: Any, content_of: Callable[[str], bytes]) -> np.ndarray:
    kind, of, key, device, count = named
    if kind != "storage" or not isinstance(of, Global) or of.module != "torch" or of.name not in DTYPES:
        raise ValueError("a storage of another kind")
    if type(key) is not str or type(device) is not str or type(count) is not int:
        raise ValueError("a storage without key or size")
    content = content_of(key)
    dtype = np.dtype(DTYPES[of.name])
    if len(content) != count * dtype.itemsize:
        raise ValueError("a storage of another size")
    return np.frombuffer(content, dtype)


def _made(called: Any, arguments: Any) -> Any:
    if called == ORDERED and arguments == ():
        return {}
    if called != REBUILD:
        raise ValueError("a call of something else")
    storage, first, sizes, strides, _, _ = arguments
    if type(storage) is not np.ndarray or storage.ndim != 1:
        raise ValueError("a tensor without storage")
    numbers = (first, *sizes, *strides)
    if len(sizes) != len(strides) or len(sizes) > MOST_AXES or any(type(n) is not int or n < 0 for n in numbers):
        raise ValueError("a tensor of no shape")
    last = first + sum((size - 1) * stride for size, stride in zip(sizes, strides, strict=True))
    if 0 not in sizes and last >= len(storage):
        raise ValueError("a tensor outside of its storage")
    if 0 in sizes:
        return np.empty(sizes, storage.dtype)
    bytes_apart = tuple(stride * storage.itemsize for stride in strides)
    if any(stride == 0 and size > 1 for size, stride in zip(sizes, strides, strict=True)):
        raise ValueError("a tensor larger than its storage")
    return np.lib.stride_tricks.as_strided(storage[first:], sizes, bytes_apart).copy()

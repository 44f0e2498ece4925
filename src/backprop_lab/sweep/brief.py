"""What a sweep of very many jobs remembers of the receipt of each: a few hundred bytes instead of eight thousand.

Its numbers are in one string of bytes; names, texts and structure are held once for all jobs that have the same.
"""

import itertools
import struct
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any, TypeAlias

from backprop_lab.training.head import SCORE_LABELS

# What only the page of a job says.
LEFT_OUT = ("scores", "predictions", "weights_sha256", "data_sha256", "file_sha256")
_NUMBER = struct.Struct("<d")


@dataclass(frozen=True)
class _Kind:
    """A number in the place of which something else stands in a shape."""

    is_whole: bool


@dataclass(frozen=True)
class _Dictionary:
    items: tuple[tuple[str, Any], ...]


@dataclass(frozen=True)
class _List:
    items: tuple[Any, ...]


Entries: TypeAlias = dict[str, tuple[Any, int]]
"""By name, the shape of an entry and the place of its first number."""
Shapes: TypeAlias = dict[Any, Entries]


class Brief(Mapping[str, Any]):
    """The entries of a receipt but for those that are ``LEFT_OUT``; of the scores those that tables have."""

    __slots__ = ("_entries", "_numbers")

    def __init__(self, entries: Entries, numbers: bytes) -> None:
        self._entries, self._numbers = entries, numbers

    @classmethod
    def of(cls, summary: Mapping[str, Any], shapes: Shapes) -> "Brief":
        """``shapes`` are those of the jobs before, and of this one afterwards."""
        if isinstance(summary, Brief):
            return summary
        kept = {name: value for name, value in summary.items() if name not in LEFT_OUT}
        if scores := {part: _numbers_of(scored) for part, scored in summary.get("scores", {}).items()}:
            kept["scores"] = scores
        numbers: list[float] = []
        places, parts = [0], []
        for name, value in kept.items():
            parts.append((name, _shape(value, numbers)))
            places.append(len(numbers))
        shape = tuple(parts)
        if shape not in shapes:
            shapes[shape] = {name: (part, at) for (name, part), at in zip(shape, places, strict=False)}
        return cls(shapes[shape], struct.pack(f"<{len(numbers)}d", *numbers))

    def __getitem__(self, name: str) -> Any:
        shape, at = self._entries[name]
        if not isinstance(shape, (_Kind, _Dictionary, _List)):
            return shape
        numbers = (_NUMBER.unpack_from(self._numbers, _NUMBER.size * place)[0] for place in itertools.count(at))
        return _value(shape, numbers)

    def __iter__(self) -> Iterator[str]:
        return iter(self._entries)

    def __len__(self) -> int:
        return len(self._entries)

    def __reduce__(self) -> tuple[type["Brief"], tuple[Entries, bytes]]:
        return Brief, (self._entries, self._numbers)


def _numbers_of(scored: Mapping[str, Any]) -> dict[str, Any]:
    return {name: scored[name] for name in SCORE_LABELS if name in scored}


def _shape(value: Any, numbers: list[float]) -> Any:
    """``value`` with a ``_Kind`` for each number, which goes to ``numbers``."""
    if isinstance(value, float) or (type(value) is int and abs(value) < 2**53):
        numbers.append(value)
        return _Kind(not isinstance(value, float))
    if isinstance(value, Mapping):
        return _Dictionary(tuple((name, _shape(item, numbers)) for name, item in value.items()))
    if isinstance(value, list | tuple):
        return _List(tuple(_shape(item, numbers) for item in value))
    return value


def _value(shape: Any, numbers: Iterator[float]) -> Any:
    if isinstance(shape, _Kind):
        number = next(numbers)
        return int(number) if shape.is_whole else number
    if isinstance(shape, _Dictionary):
        return {name: _value(item, numbers) for name, item in shape.items}
    return [_value(item, numbers) for item in shape.items] if isinstance(shape, _List) else shape

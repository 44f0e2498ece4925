from collections.abc import Iterator
from typing import NamedTuple


class Line(NamedTuple):
    """``unit`` is the one that the line belongs to, as ``1.3``, or None."""

    unit: str | None
    symbols: str
    numbers: str


def tail(more: int) -> list[str]:
    """What ends a list that was cut, if it was."""
    return [f"… ({more:,} more)"] if more else []


def weights_left_out(unit: str, more: int) -> Iterator[Line]:
    if more:
        yield Line(unit, f"{more:,} more weights of unit {unit}, whose gradients are smaller", "")

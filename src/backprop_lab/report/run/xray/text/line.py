from collections.abc import Iterator
from typing import NamedTuple


class Line(NamedTuple):
    """``unit`` is the unit that the line belongs to, such as ``1.3``, or None."""

    unit: str | None
    symbols: str
    numbers: str


def tail(more: int) -> list[str]:
    """The end of a list that was cut; empty if it was not."""
    return [f"… ({more:,} more)"] if more else []


def weights_left_out(unit: str, more: int) -> Iterator[Line]:
    if more:
        yield Line(unit, f"{more:,} more weights of unit {unit}, whose gradients are smaller", "")

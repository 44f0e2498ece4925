"""The table of results: measurements and ratios of medians."""

import statistics
from collections.abc import Mapping
from dataclasses import dataclass, field


@dataclass(frozen=True)
class Line:
    """The measurements of all rounds, the ratio of their median to another median, and the target for that ratio.

    If there is no ratio, the target is for the median.
    """

    what: str
    unit: str
    values: list[float]
    ratio: float | None = None
    at_most: float | None = None
    at_least: float | None = None

    @property
    def is_missed(self) -> bool:
        reached = statistics.median(self.values) if self.ratio is None else self.ratio
        too_high = self.at_most is not None and reached > self.at_most
        return too_high or (self.at_least is not None and reached < self.at_least)

    def cells(self) -> list[str]:
        digits = 0 if self.unit == "MB" else 2
        numbers = [
            f"{x:.{digits}f} {self.unit}" for x in (statistics.median(self.values), min(self.values), max(self.values))
        ]
        limits = {"at most": self.at_most, "at least": self.at_least}
        unit = f" {self.unit}" if self.ratio is None else ""
        target = ", ".join(f"{words} {_short(limit)}{unit}" for words, limit in limits.items() if limit is not None)
        return [
            self.what, *numbers, "" if self.ratio is None else _short(self.ratio, 3),
            target + ", MISSED" * self.is_missed,
        ]  # fmt: skip


def _short(number: float, digits: int = 2) -> str:
    return f"{number:.{digits}f}" if number < 10 else f"{number:,.1f}" if number < 100 else f"{number:,.0f}"


@dataclass(frozen=True)
class Section:
    title: str
    lines: list[Line]
    notes: list[str] = field(default_factory=list)


def compared(
    what: str,
    unit: str,
    numbers: Mapping[str, list[float]],
    base: str,
    at_most: Mapping[str, float] | None = None,
    at_least: Mapping[str, float] | None = None,
) -> list[Line]:
    """A line for each contender in ``numbers``, with its ratio to the one called ``base``."""
    ratios = {name: statistics.median(values) / statistics.median(numbers[base]) for name, values in numbers.items()}
    return [
        Line(f"{what}, {name}", unit, numbers[name], ratio, (at_most or {}).get(name), (at_least or {}).get(name))
        for name, ratio in ratios.items()
    ]


def table(sections: list[Section]) -> str:
    head = ["median", "min", "max", "ratio", "target"]
    blocks = [[[section.title, *head], *(line.cells() for line in section.lines)] for section in sections]
    widths = [max(map(len, column)) for column in zip(*(row for block in blocks for row in block), strict=True)]

    def aligned(row: list[str]) -> str:
        numbers = [cell.rjust(width) for cell, width in zip(row[1:5], widths[1:5], strict=True)]
        return "  ".join([row[0].ljust(widths[0]), *numbers, row[5]]).rstrip()

    whole = zip(blocks, sections, strict=True)
    return "\n\n".join("\n".join([*map(aligned, block), *section.notes]) for block, section in whole)

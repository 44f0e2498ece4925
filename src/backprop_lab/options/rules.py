"""The rules of knobs: their allowed values and their meaning, defined next to each option's formula.

``--help`` prints them, ``config.check`` applies them.
"""

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any, NamedTuple

LARGEST = 3.4e38  # of float32


@dataclass(frozen=True)
class Rule:
    """``allows`` describes what ``accepts`` accepts; it is a function if the text depends on the existing options.

    ``group`` is the one whose options are the allowed values, if they are names of options. ``numbers`` and ``values``
    say again what is accepted, where it is an interval or a few values, for a page that offers them.
    """

    accepts: Callable[[Any], bool]
    allows: str | Callable[[], str]
    meaning: str
    group: str = ""
    numbers: "Range | None" = None
    values: tuple[Any, ...] = ()

    @property
    def allowed(self) -> str:
        return self.allows if isinstance(self.allows, str) else self.allows()


class Range(NamedTuple):
    """An interval of numbers: its description and its ends, which belong to it unless they are ``beyond`` it."""

    allowed: str
    low: float
    high: float
    beyond: tuple[float, ...] = ()
    is_whole: bool = False

    def holds(self, value: float) -> bool:
        return self.low <= value <= self.high and value not in self.beyond


ANY = Range("a number from -3.4e38 to 3.4e38", -LARGEST, LARGEST)
ABOVE_0 = Range("a number above 0, up to 3.4e38", 0, LARGEST, (0,))
FROM_0 = Range("a number from 0 to 3.4e38", 0, LARGEST)
FROM_0_BELOW_1 = Range("a number from 0 and below 1", 0, 1, (1,))
BETWEEN_0_AND_1 = Range("a number above 0 and below 1", 0, 1, (0, 1))
FRACTION_OF_ONE = Range("a number from 0 to 1", 0, 1)
ABOVE_0_UP_TO_1 = Range("a number above 0, up to 1", 0, 1, (0,))


def shown(value: object) -> str:
    """A value as typed on the command line."""
    if value is None or isinstance(value, bool):
        return {None: "null", True: "true", False: "false"}[value]
    if isinstance(value, list):
        return f"[{','.join(shown(item) for item in value)}]"
    if isinstance(value, Mapping):
        return "{" + ",".join(f"{key}:{shown(item)}" for key, item in value.items()) + "}"
    return repr(value) if isinstance(value, str) and not re.fullmatch(r"[\w./-]+", value) else str(value)


def is_whole(value: Any) -> bool:
    return isinstance(value, int) and not isinstance(value, bool)


def is_real(value: Any) -> bool:
    """Whether ``value`` is a finite number that fits a float32; a larger one would crash a run in Python or torch."""
    return (is_whole(value) or isinstance(value, float)) and abs(value) <= LARGEST


def whole(meaning: str, low: int, high: int) -> Rule:
    numbers = Range(f"a whole number from {low:,} to {high:,}", low, high, is_whole=True)
    return Rule(lambda v: is_whole(v) and numbers.holds(v), numbers.allowed, meaning, numbers=numbers)


def real(meaning: str, numbers: Range) -> Rule:
    return Rule(lambda v: is_real(v) and numbers.holds(v), numbers.allowed, meaning, numbers=numbers)


def choice(meaning: str, *options: object) -> Rule:
    # 1 == True in Python, so compare the types too.
    allowed = ", ".join(shown(option) for option in options)
    return Rule(
        lambda v: any(type(v) is type(option) and v == option for option in options), allowed, meaning, values=options
    )


def or_null(rule: Rule, null: str | Callable[[], str]) -> Rule:
    return Rule(
        lambda v: v is None or rule.accepts(v),
        lambda: f"{rule.allowed}, or null for {null if isinstance(null, str) else null()}",
        rule.meaning,
        numbers=rule.numbers,
        values=(None, *rule.values),
    )


def text(meaning: str) -> Rule:
    return Rule(lambda v: isinstance(v, str) and v.strip() != "", "a text", meaning)


def flag(meaning: str) -> Rule:
    return Rule(lambda v: isinstance(v, bool), "true or false", meaning, values=(False, True))

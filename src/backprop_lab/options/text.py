"""Formats numbers and sums of products as text, for the pages and the X-ray; cuts long texts."""

import math
from collections.abc import Iterable, Sequence
from typing import TypeAlias

# A sum or layer with more than LONGEST terms is cut to its LARGEST largest ones.
LONGEST, LARGEST = 16, 8
SUPERSCRIPTS = str.maketrans("-0123456789", "⁻⁰¹²³⁴⁵⁶⁷⁸⁹")

Term: TypeAlias = tuple[str, tuple[float, ...]]
"""A product in symbols and its factors."""
Line: TypeAlias = tuple[str, str]
"""A line of the X-ray, in symbols and in numbers."""


def number(value: float) -> str:
    """Four significant digits in plain decimals; with a power of ten below 0.0001 and from a million."""
    value = float(value)
    if not math.isfinite(value):
        return "NaN" if math.isnan(value) else "∞" if value > 0 else "−∞"
    size = abs(value)
    sign = "−" if value < 0 else ""
    if size == 0:
        return "0"
    if 1e-4 <= size < 1e6:
        return sign + (f"{size:,.0f}" if size >= 1000 else f"{size:.4g}")
    digits, _, exponent = f"{size:.3e}".partition("e")
    return f"{sign}{float(digits):g}·10{superscript(int(exponent))}"


def percent(share: float) -> str:
    """A share in whole percent."""
    return f"{share:.0%}".replace("%", " %")


def cut(text: str, most: int = 300) -> str:
    """The beginning of a text that would fill a screen."""
    return text if len(text) <= most else f"{text[:most]}…"


def superscript(exponent: int) -> str:
    return str(exponent).translate(SUPERSCRIPTS)


def wrapped(value: float) -> str:
    """A number as a factor or after a minus sign: in brackets if it is negative."""
    text = number(value)
    return f"({text})" if text.startswith("−") else text


def sum_of(terms: Sequence[Term]) -> tuple[str, str]:
    """A sum of products in symbols and in numbers; a long sum has its largest terms and the rest as one number."""
    products = [math.prod(map(float, factors)) for _, factors in terms]
    chosen = largest(products)
    numbers = ""
    for i in chosen:
        first, *others = terms[i][1]
        numbers = _joined(numbers, first, "".join(f"·{wrapped(factor)}" for factor in others))
    symbols = " + ".join(terms[i][0] for i in chosen)
    more = len(terms) - len(chosen)
    if more:
        rest = sum(product for i, product in enumerate(products) if i not in chosen)
        return f"{symbols} + … ({more:,} more)", _joined(numbers, rest, f" ({more:,} more)")
    return symbols, numbers


def largest(values: Sequence[float]) -> list[int]:
    """All indices, or for a long row those of the largest numbers, in order."""
    if len(values) <= LONGEST:
        return list(range(len(values)))
    sizes = [math.inf if math.isnan(value) else abs(value) for value in map(float, values)]
    return sorted(sorted(range(len(sizes)), key=lambda i: -sizes[i])[:LARGEST])


def _joined(before: str, value: float, after: str) -> str:
    text = number(value)
    if not before:
        return text + after
    return f"{before} − {text[1:]}{after}" if text.startswith("−") else f"{before} + {text}{after}"


def either(words: Iterable[str]) -> str:
    """``a``, ``a or b``, ``a, b or c``."""
    *others, last = words
    return f"{', '.join(others)} or {last}" if others else last

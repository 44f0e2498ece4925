"""Formats numbers as text; cuts long texts."""

import math
from collections.abc import Iterable

SUPERSCRIPTS = str.maketrans("-0123456789", "⁻⁰¹²³⁴⁵⁶⁷⁸⁹")


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


def either(words: Iterable[str]) -> str:
    """``a``, ``a or b``, ``a, b or c``."""
    *others, last = words
    return f"{', '.join(others)} or {last}" if others else last

"""A small language for conditions and values of points: numbers, x1 and x2, arithmetic, comparisons, and, or, not.

``or`` binds least, then ``and``, ``not``, comparisons, ``+ -``, ``* /``, the sign, and most ``^``. Comparisons may be
chained, as in ``0.3 < r < 0.6``. Nothing is handed to Python's own ``eval``.
"""

import operator
import re
from collections.abc import Callable
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    import numpy as np

Points = Any
"""``x`` [n, 2]; or in a part of an expression what it is at each of them, [n] numbers or flags."""
Computed = Callable[[Points], Points]
_TOKEN = re.compile(
    r"\s*(?:(\d+\.?\d*(?:[eE][+-]?\d+)?|\.\d+(?:[eE][+-]?\d+)?)|([A-Za-z_]\w*)|(\*\*|<=|>=|==|!=|[-+*/^()<>]))"
)
_COMPARISONS = {
    "<": operator.lt, ">": operator.gt, "<=": operator.le, ">=": operator.ge, "==": operator.eq, "!=": operator.ne,
}  # fmt: skip
FUNCTIONS = ("sin", "cos", "exp", "sqrt", "abs")
NAMES: dict[str, Computed] = {
    "x1": lambda x: x[:, 0],
    "x2": lambda x: x[:, 1],
    "r": lambda x: (x[:, 0] ** 2 + x[:, 1] ** 2) ** 0.5,
    "pi": lambda x: 3.141592653589793 + 0.0 * x[:, 0],
}
OTHER_NAMES = {"x": "x1", "y": "x2"}
MOST_CHARACTERS, MOST_DEPTH = 1_000, 50


class ExpressionError(ValueError):
    """What is wrong with an expression, in a few words."""


@dataclass(frozen=True)
class Expression:
    """``of(x)`` gives for points ``x`` [n, 2] an array [n]: of flags if ``is_condition``, else of numbers."""

    of: Computed
    is_condition: bool


def parsed(text: str) -> Expression:
    """Raises ``ExpressionError`` if ``text`` is no expression."""
    if len(text) > MOST_CHARACTERS:
        raise ExpressionError(f"more than {MOST_CHARACTERS:,} characters")
    return _Parser(text).whole()


class _Parser:
    """Reads one token after the other; each method reads what its name says."""

    def __init__(self, text: str) -> None:
        self.tokens = _tokens(text)
        self.at = self.depth = 0

    def whole(self) -> Expression:
        read = self.alternatives()
        if self.at < len(self.tokens):
            raise ExpressionError(f"{self.tokens[self.at]} where an operator or the end is expected")
        return read

    def alternatives(self) -> Expression:
        self.depth += 1
        if self.depth > MOST_DEPTH:
            raise ExpressionError(f"more than {MOST_DEPTH} brackets and signs inside one another")
        read = self.conditions()
        while self.takes("or"):
            read = _both("or", read, self.conditions(), lambda a, b: a | b)
        self.depth -= 1
        return read

    def conditions(self) -> Expression:
        read = self.negation()
        while self.takes("and"):
            read = _both("and", read, self.negation(), lambda a, b: a & b)
        return read

    def negation(self) -> Expression:
        turns = 0
        while self.takes("not"):
            turns += 1
        read = self.comparison()
        if turns and not read.is_condition:
            raise ExpressionError("not before a number")
        return Expression(lambda x: ~read.of(x), True) if turns % 2 else read

    def comparison(self) -> Expression:
        left = self.sum()
        made: Expression | None = None
        while (sign := self.takes(*_COMPARISONS)) is not None:
            right = self.sum()
            part = _compared(sign, left, right)
            made = part if made is None else _both("and", made, part, lambda a, b: a & b)
            left = right
        return left if made is None else made

    def sum(self) -> Expression:
        read = self.product()
        while (sign := self.takes("+", "-")) is not None:
            read = _of_numbers(sign, read, self.product(), operator.add if sign == "+" else operator.sub)
        return read

    def product(self) -> Expression:
        read = self.signed()
        while (sign := self.takes("*", "/")) is not None:
            read = _of_numbers(sign, read, self.signed(), operator.mul if sign == "*" else operator.truediv)
        return read

    def signed(self) -> Expression:
        turns = 0
        while (sign := self.takes("-", "+")) is not None:
            turns += sign == "-"
        read = self.power()
        return _of_numbers("-", read, read, lambda a, _: -a) if turns % 2 else read

    def power(self) -> Expression:
        read = self.atom()
        if self.takes("^", "**") is None:
            return read
        self.depth += 1
        if self.depth > MOST_DEPTH:
            raise ExpressionError(f"more than {MOST_DEPTH} powers of powers")
        return _of_numbers("^", read, self.signed(), operator.pow)

    def atom(self) -> Expression:
        if self.at == len(self.tokens):
            raise ExpressionError("an end where a number, a name or a bracket is expected")
        token = self.tokens[self.at]
        self.at += 1
        if token == "(":
            read = self.alternatives()
            self.expect(")")
            return read
        if token[0].isdigit() or token[0] == ".":
            number = float(token)
            return Expression(lambda x: number + 0.0 * x[:, 0], False)
        if token in FUNCTIONS:
            self.expect("(")
            read = self.alternatives()
            self.expect(")")
            return _of_numbers(token, read, read, lambda a, _: _function(token)(a))
        name = OTHER_NAMES.get(token, token)
        if name not in NAMES:
            known = ", ".join([*NAMES, *FUNCTIONS, "and, or, not"])
            raise ExpressionError(f"{token}, which is none of {known}")
        return Expression(NAMES[name], False)

    def takes(self, *tokens: str) -> str | None:
        """The next token, read, if it is one of these."""
        if self.at < len(self.tokens) and self.tokens[self.at] in tokens:
            self.at += 1
            return self.tokens[self.at - 1]
        return None

    def expect(self, token: str) -> None:
        if self.takes(token) is None:
            there = self.tokens[self.at] if self.at < len(self.tokens) else "an end"
            raise ExpressionError(f"{there} where {token} is expected")


def _tokens(text: str) -> list[str]:
    tokens, at = [], 0
    text = text.rstrip()
    while at < len(text):
        found = _TOKEN.match(text, at)
        if found is None:
            raise ExpressionError(f"{text[at:].strip()[:10]}, which cannot be read")
        tokens.append(next(part for part in found.groups() if part is not None))
        at = found.end()
    return tokens


def _both(word: str, a: Expression, b: Expression, made: Callable[[Any, Any], Any]) -> Expression:
    if not (a.is_condition and b.is_condition):
        raise ExpressionError(f"{word} beside a number, where conditions such as x1 > 0 are expected")
    return Expression(lambda x: made(a.of(x), b.of(x)), True)


def _compared(sign: str, a: Expression, b: Expression) -> Expression:
    if a.is_condition or b.is_condition:
        raise ExpressionError(f"{sign} beside a condition, where numbers are expected")
    return Expression(lambda x: _COMPARISONS[sign](a.of(x), b.of(x)), True)


def _of_numbers(sign: str, a: Expression, b: Expression, made: Callable[[Any, Any], Any]) -> Expression:
    if a.is_condition or b.is_condition:
        raise ExpressionError(f"{sign} beside a condition, where numbers are expected")
    return Expression(lambda x: made(a.of(x), b.of(x)), False)


def _function(name: str) -> Callable[["np.ndarray"], "np.ndarray"]:
    import numpy as np

    function: Callable[[np.ndarray], np.ndarray] = getattr(np, name)
    return function

"""Formulas as text of a programming language."""

from collections.abc import Callable, Mapping

from backprop_lab.options.formula import Tree

Functions = Mapping[str, Callable[..., str]]
"""For each operation other than ``+ - * / < >`` what makes a call of the texts of its operands."""
CALLED = ("abs", "exp", "log1p", "sin", "sqrt", "tanh")
"""The operations of one operand that languages have as functions of these names."""
LEVELS = {"<": 0, ">": 0, "+": 1, "-": 1, "*": 2, "/": 2}
NEGATIVE, WHOLE = 3, 4
"""A number or name, or what stands in parentheses, binds closer than a sign, and a sign closer than the rest."""


def expression(tree: Tree, functions: Functions) -> str:
    """The text of a formula in Python and languages like it: as few parentheses as keep the order of computation."""
    return _text_and_level(tree, functions)[0]


def _text_and_level(tree: Tree, functions: Functions) -> tuple[str, int]:
    if isinstance(tree, str):
        return tree, WHOLE
    if isinstance(tree, float):
        return repr(tree), NEGATIVE if repr(tree).startswith("-") else WHOLE
    operation, *operands = tree
    parts = [_text_and_level(operand, functions) for operand in operands]
    if operation in functions:
        return functions[operation](*(text for text, _ in parts)), WHOLE
    if len(parts) == 1:
        return f"-{_inside(parts[0], NEGATIVE + 1)}", NEGATIVE
    level = LEVELS[operation]
    left, right = _inside(parts[0], level + (level == 0)), _inside(parts[1], level + 1)
    return f"{left} {operation} {right}", level


def _inside(part: tuple[str, int], least: int) -> str:
    """A part in parentheses unless it binds at least so closely."""
    text, level = part
    return text if level >= least else f"({text})"

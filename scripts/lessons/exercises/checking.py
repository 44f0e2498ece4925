"""A checker that says which term of an answer is wrong, and what kind of mistake it looks like."""

from collections.abc import Callable, Mapping, Sequence
from typing import Any, TypeAlias

import numpy as np

# The placeholder for an answer in an unsolved exercise.
OPEN = ...
Terms: TypeAlias = Mapping[str, Any]
MOST_SHOWN = 8


class Exercise:
    """Asks for named terms, such as ``{"df/dy": 27}``.

    ``truth(*case)`` computes them. With ``cases``, the answer is a function of a case that returns the terms, by name
    or in order; without, the answer is the terms themselves.
    """

    def __init__(
        self, truth: Callable[..., Terms], cases: Sequence[tuple[Any, ...]] = (), tolerance: float = 1e-4
    ) -> None:
        self.truth = truth
        self.cases = cases
        self.tolerance = tolerance

    def check(self, answer: Any) -> None:
        """Print whether ``answer`` is right, and if not, which terms are wrong and in what way."""
        complaints = self.complaints(answer)
        print("right" if not complaints else "\n".join(complaints))

    def complaints(self, answer: Any) -> list[str]:
        """A line for each wrong term; empty if all are right."""
        if not self.cases:
            return self._compared(answer, self.truth(), "")
        if answer is OPEN:
            return ["not answered yet"]
        if not callable(answer):
            return [f"a function is wanted, and this is {answer!r}"]
        found: list[str] = []
        for case in self.cases:
            place = f" at {_place(case)}"
            try:
                given = answer(*case)
            except Exception as error:  # raised by the student's code: show it as the interpreter would
                return [f"stops with {type(error).__name__}: {error}{place}"]
            found = self._compared(given, self.truth(*case), place)
            if found:
                break
        return found

    def _compared(self, given: Any, wanted: Terms, place: str) -> list[str]:
        if given is OPEN or given is None:
            return ["not answered yet"]
        if not isinstance(given, Mapping):
            values = [given] if len(wanted) == 1 else given
            if not isinstance(values, Sequence) or len(values) != len(wanted):
                return [f"{len(wanted)} terms are wanted, {', '.join(wanted)}; this is {given!r}"]
            given = dict(zip(wanted, values, strict=True))
        if all(given.get(name, OPEN) is OPEN for name in wanted):
            return ["not answered yet"]
        found = [
            f"{name}{place}: {said}"
            for name, value in wanted.items()
            if (said := diagnosis(given.get(name, OPEN), value, self.tolerance))
        ]
        unknown = [name for name in given if name not in wanted]
        return [*found, *(f"{name}: no such term; wanted are {', '.join(wanted)}" for name in unknown)]


def diagnosis(given: Any, wanted: Any, tolerance: float) -> str | None:
    """The fault of one term, or None if it is right. ``tolerance`` is relative if the term exceeds 1."""
    if given is OPEN or given is None:
        return "not answered yet"
    if isinstance(wanted, str | bool):
        return None if type(given) is type(wanted) and given == wanted else f"{_shown(given)} is not right"
    try:
        mine, right = np.asarray(given, dtype=float), np.asarray(wanted, dtype=float)
    except (TypeError, ValueError):
        return f"a number is wanted, and this is {_shown(given)}"
    if mine.shape != right.shape:
        if mine.shape == right.shape[::-1]:
            return f"shape {mine.shape}, wanted is {right.shape}: transposed?"
        return f"shape {mine.shape}, wanted is {right.shape}"
    if _near(mine, right, tolerance):
        return None
    if not np.isfinite(mine).all():
        return f"{_shown(given)} is not a finite number"
    return f"{_shown(given)} is wrong{_kind(mine, right, tolerance)}"


def _near(mine: np.ndarray, right: np.ndarray, tolerance: float) -> bool:
    return bool((np.abs(mine - right) <= tolerance * np.maximum(1.0, np.abs(right))).all())


def _kind(mine: np.ndarray, right: np.ndarray, tolerance: float) -> str:
    """Common mistakes, recognized by the wrong result they give."""
    if _near(mine, -right, tolerance):
        return ": the sign is turned round"
    if not mine.any():
        return ": zero, as if the result did not depend on it"
    if mine.ndim == 2 and mine.shape[0] == mine.shape[1] and _near(mine, right.T, tolerance):
        return ": transposed"
    ratio = float((mine * right).sum() / (right * right).sum()) if right.any() else 0.0
    if ratio and _near(mine, ratio * right, tolerance):
        larger = abs(ratio) > 1
        turned = ", and the sign is turned round" if ratio < 0 else ""
        return f": {f'{abs(ratio if larger else 1 / ratio):.3g}'} times too {'large' if larger else 'small'}{turned}"
    wrong = np.abs(mine - right) > tolerance * np.maximum(1.0, np.abs(right))
    if mine.ndim and not wrong.all():
        places = [str(tuple(map(int, place)) if mine.ndim > 1 else int(place[0])) for place in np.argwhere(wrong)]
        more = f" and {len(places) - MOST_SHOWN} more" if len(places) > MOST_SHOWN else ""
        return f" at index {', '.join(places[:MOST_SHOWN])}{more}"
    return ""


def _place(case: tuple[Any, ...]) -> str:
    """The inputs that an answer was tried with: numbers, or only shapes if one of them is a matrix."""
    if any(isinstance(value, np.ndarray) and value.ndim > 1 for value in case):
        return f"arrays of shape {', '.join(str(np.shape(value)) for value in case)}"
    return ", ".join(map(_shown, case))


def _shown(value: Any) -> str:
    if isinstance(value, float | np.floating):
        return f"{value:.6g}"
    if isinstance(value, np.ndarray):
        return np.array2string(value, precision=4, threshold=12, separator=", ").replace("\n", "")
    return str(value)

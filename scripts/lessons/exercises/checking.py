"""A checker that says which term of an answer is wrong, and what kind of mistake it looks like.

It never says by how much a number is off, which would be the answer: only factors that a usual mistake leaves.
"""

import math
from collections.abc import Callable, Iterator, Mapping, Sequence
from typing import Any, TypeAlias

import numpy as np

# The placeholder for an answer in an unsolved exercise.
OPEN = ...
Terms: TypeAlias = Mapping[str, Any]
MOST_SHOWN = 8
# Factors between a wrong number and the right one, and what they smell of.
PLAIN_FACTORS = (2.0, 3.0, 4.0)
TOO_LARGE = {math.e: "an exponent larger by 1?", 1 / math.log(2): "log2 in place of log?"}
TOO_SMALL = {math.e: "an exponent smaller by 1?", math.log(10): "log10 in place of log?"}


class Exercise:
    """Asks for named terms, such as ``{"df/dy": 27}``.

    ``truth(*case)`` computes them. With ``cases``, the answer is a function of a case that returns the terms, by name
    or in order; without, the answer is the terms themselves. Put a case without zeros and ones first: at those, right
    and wrong formulas often agree. ``points`` is the number of points over which a mean is taken; with arrays in the
    cases, it is their length.
    """

    def __init__(
        self,
        truth: Callable[..., Terms],
        cases: Sequence[tuple[Any, ...]] = (),
        tolerance: float = 1e-4,
        points: int | None = None,
    ) -> None:
        self.truth = truth
        self.cases = cases
        self.tolerance = tolerance
        self.points = points

    def check(self, answer: Any) -> None:
        """Print whether ``answer`` is right, and if not, which terms are wrong and in what way."""
        complaints = self.complaints(answer)
        print("right" if not complaints else "\n".join(complaints))

    def complaints(self, answer: Any) -> list[str]:
        """A line for each wrong term; empty if all are right."""
        if not self.cases:
            return self._compared(answer, self.truth(), "", self.points)
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
            arrays = [value for value in case if isinstance(value, np.ndarray)]
            points = len(arrays[0]) if arrays else self.points
            found = self._compared(given, self.truth(*case), place, points)
            if found:
                break
        return found

    def _compared(self, given: Any, wanted: Terms, place: str, points: int | None) -> list[str]:
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
            if (said := diagnosis(given.get(name, OPEN), value, self.tolerance, points))
        ]
        unknown = [name for name in given if name not in wanted]
        return [*found, *(f"{name}: no such term; wanted are {', '.join(wanted)}" for name in unknown)]


def diagnosis(given: Any, wanted: Any, tolerance: float, points: int | None = None) -> str | None:
    """The fault of one term, or None if it is right. ``tolerance`` is relative if the term exceeds 1."""
    if given is OPEN or given is None:
        return "not answered yet"
    if isinstance(wanted, bool):
        return _wrong_truth(given, wanted)
    if isinstance(wanted, tuple):
        return _wrong_shape(given, wanted)
    if isinstance(given, str | bytes):
        return f"a number is wanted, and this is the text {given!r}"
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
    return f"{_shown(given)} is wrong{_kind(mine, right, tolerance, points)}"


def _wrong_truth(given: Any, wanted: bool) -> str | None:
    """1 and 0 count as True and False."""
    if isinstance(given, str | bytes):
        return f"True or False is wanted, and this is the text {given!r}"
    if not np.isscalar(given) or given not in (0, 1):
        return f"True or False is wanted, and this is {_shown(given)}"
    return None if bool(given) == wanted else f"{_shown(given)} is not right"


def _wrong_shape(given: Any, wanted: tuple[int, ...]) -> str | None:
    if not isinstance(given, Sequence) or isinstance(given, str | bytes):
        return f"a shape is wanted, such as (2, 3) or (4,), and this is {given!r}"
    mine = tuple(given)
    if mine == wanted:
        return None
    return f"{mine} is wrong: transposed?" if mine == wanted[::-1] else f"{mine} is wrong"


def _near(mine: np.ndarray, right: np.ndarray, tolerance: float) -> bool:
    return bool((np.abs(mine - right) <= tolerance * np.maximum(1.0, np.abs(right))).all())


def _kind(mine: np.ndarray, right: np.ndarray, tolerance: float, points: int | None) -> str:
    """Common mistakes, recognized by the wrong result they give."""
    if _near(mine, -right, tolerance):
        return ": the sign is turned round"
    if not mine.any():
        return ": zero, as if the result did not depend on it"
    if mine.ndim == 2 and mine.shape[0] == mine.shape[1] and _near(mine, right.T, tolerance):
        return ": transposed"
    for sign, turned in ((1, ""), (-1, ", and the sign is turned round")):
        for factor, smell in _usual_factors(points):
            if _near(mine, sign * factor * right, tolerance):
                return f": {smell}{turned}"
    wrong = np.abs(mine - right) > tolerance * np.maximum(1.0, np.abs(right))
    if mine.ndim and not wrong.all():
        places = [str(tuple(map(int, place)) if mine.ndim > 1 else int(place[0])) for place in np.argwhere(wrong)]
        more = f" and {len(places) - MOST_SHOWN} more" if len(places) > MOST_SHOWN else ""
        return f" at index {', '.join(places[:MOST_SHOWN])}{more}"
    return ""


def _usual_factors(points: int | None) -> Iterator[tuple[float, str]]:
    """What usual mistakes multiply a result by, in words."""
    if points is not None and points > 1:
        yield points, f"{points} times too large: the mean forgotten?"
        yield 1 / points, f"{points} times too small: a mean too many?"
    for factor in PLAIN_FACTORS:
        yield factor, f"{factor:g} times too large"
        yield 1 / factor, f"{factor:g} times too small"
    for factor, smell in TOO_LARGE.items():
        yield factor, f"too large: {smell}"
    for factor, smell in TOO_SMALL.items():
        yield 1 / factor, f"too small: {smell}"


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

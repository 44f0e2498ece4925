"""A table of numbers with the meaning of its columns: what a data set returns that is not drawn at random."""

from dataclasses import dataclass
from typing import TYPE_CHECKING

from backprop_lab.options.rules import shown
from backprop_lab.options.text import cut

if TYPE_CHECKING:
    import numpy as np


FILLED = "(missing)"
"""The category of a cell with nothing in it."""


@dataclass(frozen=True)
class Column:
    """A column of the inputs: numbers, or one of several ``categories``, each of which is an input that is 0 or 1.

    ``filling`` is the number in the place of a missing one; None if none may be missing.
    """

    name: str
    categories: tuple[str, ...] = ()
    filling: float | None = None

    @property
    def inputs(self) -> list[str]:
        """The names of its inputs."""
        return [f"{self.name}={category}" for category in self.categories] or [self.name]


@dataclass(frozen=True)
class Meaning:
    """What numbers stand for: the ``columns`` of the inputs, the ``target``, and the names of the ``classes``, which
    are empty for a regression and where classes have only numbers."""

    columns: tuple[Column, ...]
    target: str
    classes: tuple[str, ...] = ()

    @property
    def inputs(self) -> list[str]:
        return [name for column in self.columns for name in column.inputs]

    @property
    def fillings(self) -> list[float | None]:
        """For each input the number in the place of a missing one, if one may be missing."""
        return [column.filling for column in self.columns for _ in column.inputs]

    def class_name(self, label: int) -> str:
        return self.classes[label] if self.classes else f"class {label}"


@dataclass(frozen=True)
class Table:
    """``x`` [n, inputs] and ``y`` [n], the numbers of classes or values, both float64, and what they mean.

    ``said`` tells a user what was found in a file of theirs; ``sha256`` is that of the file. If ``fills_missing``, NaN
    in ``x`` stands for a number that is missing, in whose place comes the mean of the training points.
    """

    x: "np.ndarray"
    y: "np.ndarray"
    meaning: Meaning
    said: tuple[str, ...] = ()
    sha256: str | None = None
    fills_missing: bool = False


def of_numbers(inputs: int) -> Meaning:
    """That of points of a plane or a line, whose numbers have no other names."""
    return Meaning(
        tuple(Column(name) for name in (["x"] if inputs == 1 else [f"x{i + 1}" for i in range(inputs)])), "y"
    )


class DataError(ValueError):
    """Data that cannot be used; the one-line text names where, such as file, row and column, and what is allowed."""

    def __init__(self, where: str, given: object, allowed: str) -> None:
        said = given if isinstance(given, str) else shown(given)
        super().__init__(f"{where}: got {cut(said, 80)}; allowed: {allowed}")

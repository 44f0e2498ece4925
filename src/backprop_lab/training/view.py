"""Where the predictions of a network are drawn: over its one or two inputs, or over a plane through the points.

Classes with one input are drawn over a plane too: its second coordinate means nothing, and only keeps the points apart.
"""

from dataclasses import dataclass

import numpy as np

from backprop_lab.options.text import percent
from backprop_lab.training.components import Components, principal_components
from backprop_lab.training.task import Task

APART = (5**0.5 - 1) / 2  # multiples of the golden ratio, modulo 1, are far from each other


@dataclass(frozen=True)
class View:
    """A line or a plane. Its ``names`` are those of the axes that mean something.

    ``dimensions`` is 1 or 2. ``components`` are those of the network's inputs, if it has more than two: the view is
    then a slice, on which all that they do not hold is at its mean.
    """

    task: Task
    names: list[str]
    dimensions: int
    components: Components | None = None

    def coordinates(self, x: np.ndarray) -> np.ndarray:
        """The places [n, dimensions] of points ``x`` [n, inputs as given]."""
        if self.components is not None:
            return self.components.coordinates(self.task.inputs(x))
        if x.shape[1] < self.dimensions:
            return np.column_stack([x, (0.5 + APART * np.arange(len(x))) % 1])
        return x

    def inputs(self, places: np.ndarray) -> np.ndarray:
        """What the network gets at ``places`` [n, dimensions], in the precision of the run."""
        if self.components is not None:
            return self.components.points(places).astype(self.task.dtype)
        return self.task.inputs(places[:, : len(self.names)])

    def given(self, places: np.ndarray) -> np.ndarray:
        """The points [n, inputs as given] at ``places`` [n, dimensions]."""
        if self.components is None:
            return places[:, : len(self.names)]
        prepared = self.components.points(places)
        mean, scale = self.task.preparation.mean, self.task.preparation.scale
        return prepared if mean is None or scale is None else prepared * scale + mean

    @property
    def is_line(self) -> bool:
        return self.dimensions == 1


def view_of(task: Task) -> View:
    """The view of a task: of all its points, whichever of them are drawn."""
    names = task.meaning.inputs
    if len(names) <= 2:
        return View(task, names, max(len(names), 2 if task.head.is_classification else 1))
    components = principal_components(task.train.x)
    said = [f"component {i + 1} ({percent(share)})" for i, share in enumerate(components.shares)]
    return View(task, said, 2, components)

"""A whole prediction as one graph of tensor operations, of any model: from the columns of a table to predictions.

A format that is made from it needs no formulas, because torch records what the network's own code computes.
"""

import contextlib
import io
import logging
import math
import warnings
from collections.abc import Iterator

import numpy as np
import torch
from torch import Tensor, nn

from backprop_lab.config.errors import ConfigError
from backprop_lab.experiment.export.described import finite_state
from backprop_lab.options.features import FEATURES
from backprop_lab.options.table import FILLED, Column
from backprop_lab.runs.run import Run
from backprop_lab.training import threads
from backprop_lab.training.networks import network_of
from backprop_lab.training.task import Task


class Predictor(nn.Module):
    """From rows [n, columns] in the units of the table, in float64, to predictions [n] or [n, classes].

    A category is given as its place among the categories of its column, counted from 0. Anything else is refused with
    the number of the column; where a runtime drops that check, by looking up a place that is not there. NaN is a cell
    with nothing in it.
    """

    fillings: Tensor
    mean: Tensor | None
    scale: Tensor | None

    def __init__(self, task: Task, network: nn.Module) -> None:
        super().__init__()
        self.network = network.requires_grad_(False)
        self.columns, self.head, self.features = task.meaning.columns, task.head, task.preparation.features
        self.dtype = getattr(torch, str(task.dtype))
        self.register_buffer("fillings", torch.tensor(list(map(_filling, self.columns)), dtype=torch.float64))
        self.fills = not self.fillings.isnan().all()
        for name in ("mean", "scale"):
            part = getattr(task.preparation, name)
            self.register_buffer(name, None if part is None else torch.from_numpy(np.array(part, np.float64)))

    def forward(self, x: Tensor) -> Tensor:
        if self.fills:
            x = torch.where(torch.isnan(x), self.fillings, x)
        if any(column.categories for column in self.columns):  # else a wide table would be a large graph
            x = torch.cat([self._inputs(i, x[:, i]) for i in range(len(self.columns))], dim=1)
        if self.features is not None:
            x = torch.stack([FEATURES[name](x[:, 0], x[:, 1]) for name in self.features], dim=1)
        if self.mean is not None and self.scale is not None:
            x = (x - self.mean) / self.scale
        predictions: Tensor = self.head.predictions(self.network(x.to(self.dtype)))
        return predictions

    def _inputs(self, i: int, cells: Tensor) -> Tensor:
        """The inputs of a column of cells [n], [n, inputs]."""
        count = len(self.columns[i].categories)
        if not count:
            return cells[:, None]
        is_known = (cells >= 0) & (cells < count) & (cells == cells.floor())
        torch._assert_async(is_known.all(), f"column {i + 1}: a category is given by its number, from 0 to {count - 1}")
        one_of_each = torch.eye(count, dtype=torch.float64)
        return nn.functional.embedding(torch.where(is_known, cells, float(count)).long(), one_of_each)


def _filling(column: Column) -> float:
    """What takes the place of NaN in a column; NaN if nothing does."""
    if FILLED in column.categories:
        return column.categories.index(FILLED)
    return math.nan if column.filling is None else column.filling


def program_of(run: Run, name: str) -> torch.export.ExportedProgram:
    """The graph, for any number of rows. Raises ``ConfigError`` for a model that torch cannot record."""
    threads.use_one()
    predictor = Predictor(run.task, network_of(run.task, finite_state(run))).eval()
    rows = torch.zeros((3, len(run.task.meaning.columns)), dtype=torch.float64)
    try:
        with quiet():
            return torch.export.export(predictor, (rows,), dynamic_shapes={"x": {0: torch.export.Dim("n")}})
    except Exception as problem:  # whatever the code of a user's own model may raise in torch's hands
        why = str(problem).strip().partition("\n")[0]
        allowed = f"one that torch.export can record for format={name} ({why})"
        raise ConfigError("model", run.task.model.name, allowed) from None


@contextlib.contextmanager
def quiet() -> Iterator[None]:
    """Inside, torch neither warns of its own parts nor prints the graph that it could not record."""
    before = logging.root.manager.disable
    logging.disable(logging.CRITICAL)
    try:
        with warnings.catch_warnings(action="ignore"), contextlib.redirect_stderr(io.StringIO()):
            yield
    finally:
        logging.disable(before)

"""The four steps of backpropagation as lines of text, each in symbols and in numbers."""

from collections.abc import Sequence
from typing import Any

from backprop_lab.report.run.xray.names import Names
from backprop_lab.report.run.xray.one_point import Pass
from backprop_lab.report.run.xray.one_step import OptimizerStep
from backprop_lab.report.run.xray.text import forward, local_derivatives, products, update
from backprop_lab.report.run.xray.text.point_in_step import PointInStep
from backprop_lab.training.chain import Layer
from backprop_lab.training.task import Task

CARDS = {
    "1. Forward": forward.lines,
    "2. Local derivatives": local_derivatives.lines,
    "3. Products back": products.lines,
    "4. Update": update.lines,
}


def cards(task: Task, layers: Sequence[Layer], names: Names, pass_: Pass, step: OptimizerStep) -> list[dict[str, Any]]:
    """Each a ``title`` and its ``lines`` of ``unit``, ``symbols`` and ``numbers``."""
    point = PointInStep(task, layers, names, pass_, step)
    return [{"title": title, "lines": [line._asdict() for line in lines(point)]} for title, lines in CARDS.items()]

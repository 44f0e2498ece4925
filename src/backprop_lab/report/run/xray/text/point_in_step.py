from collections.abc import Iterable, Iterator, Sequence

from backprop_lab.options import text
from backprop_lab.options.text import largest
from backprop_lab.report.run.xray.names import Names
from backprop_lab.report.run.xray.one_point import Pass
from backprop_lab.report.run.xray.one_step import OptimizerStep
from backprop_lab.report.run.xray.text.line import Line
from backprop_lab.training.chain import Layer
from backprop_lab.training.task import Task


class PointInStep:
    """One point of one step, the subject of the cards: its own pass, and the step of its batch."""

    def __init__(self, task: Task, layers: Sequence[Layer], names: Names, pass_: Pass, step: OptimizerStep) -> None:
        self.task = task
        self.layers = layers
        self.names = names
        self.pass_ = pass_
        self.step = step
        self.last = len(layers) - 1
        self.weights = [step.weights[layer.weight] for layer in layers]
        # The units of each layer that this point's loss depends on most; the others are only counted.
        self.shown = [largest(slopes.tolist()) for slopes in pass_.slopes]
        self.y = float(pass_.y)

    def of_output(self, lines: Iterable[text.Line]) -> Iterator[Line]:
        """An option's lines about the outputs and their loss."""
        unit = self.names.unit(self.last, 0) if len(self.weights[-1]) == 1 else None
        return (Line(unit, *line) for line in lines)

    def units_left_out(self, at: int) -> Iterator[Line]:
        more = len(self.weights[at]) - len(self.shown[at])
        if more:
            yield Line(None, f"{more:,} more units of layer {at + 1}, on which this point's loss depends less", "")

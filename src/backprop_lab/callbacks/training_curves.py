"""figures/training_curves.png."""

from typing import TYPE_CHECKING

from backprop_lab.callbacks.base import Callback, Context

if TYPE_CHECKING:
    from backprop_lab.training.state import State

DRAWS = True


class TrainingCurves(Callback):
    def __init__(self, context: Context) -> None:
        self.context = context

    def on_end(self, state: "State") -> None:
        from backprop_lab.figures.training_curves import training_curves_figure

        history = self.context.run.metrics()
        if len(history["epoch"]):
            self.context.show("training_curves", training_curves_figure(history), state.epoch)


def build(context: Context) -> TrainingCurves:
    return TrainingCurves(context)

"""figures/training_curves.png."""

from backprop_lab.callbacks.base import Callback, Context
from backprop_lab.figures.style import png
from backprop_lab.figures.training_curves import training_curves_figure
from backprop_lab.training.task import State


class TrainingCurves(Callback):
    def __init__(self, context: Context) -> None:
        self.context = context

    def on_end(self, state: State) -> None:
        history = self.context.run.metrics()
        if len(history["epoch"]):
            self.context.show("training_curves", png(training_curves_figure(history)), state.epoch)


def build(context: Context) -> TrainingCurves:
    return TrainingCurves(context)

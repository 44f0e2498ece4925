"""figures/decision_boundary.png (regression: fit.png), and optionally a picture of every n-th epoch."""

from collections.abc import Iterable
from typing import TYPE_CHECKING, Any

from backprop_lab.callbacks.base import Callback, Context
from backprop_lab.options.rules import or_null, whole

if TYPE_CHECKING:
    from backprop_lab.training.state import State

KNOBS = {
    "every_n_epochs": or_null(whole("also draw a picture of every n-th epoch", 1, 100_000_000), "only the last one"),
}
DRAWS = True


def epochs(last: int, *, every_n_epochs: int | None) -> Iterable[int]:
    return [] if every_n_epochs is None else range(every_n_epochs, last + 1, every_n_epochs)


def refusal(others: list[str], *, every_n_epochs: int | None) -> tuple[str, Any, str] | None:
    if every_n_epochs is None or "frames" in others:
        return None
    return "every_n_epochs", every_n_epochs, "null without the frames callback, which it uses"


class DecisionBoundary(Callback):
    """Draws after the fit, from recorded frames, because a picture takes longer than a hundred steps."""

    def __init__(self, context: Context, every_n_epochs: int | None) -> None:
        self.context = context
        self.every_n_epochs = every_n_epochs

    def on_end(self, state: "State") -> None:
        from backprop_lab.callbacks.drawing import prediction_figure

        config, task = self.context.config, self.context.task
        name = task.head.picture
        if self.every_n_epochs is not None:
            for frame in self.context.run.frames():
                if frame.epoch % self.every_n_epochs == 0 and 0 < frame.epoch <= state.epoch:
                    picture = prediction_figure(config, task, frame)
                    self.context.show(f"{name}_epoch_{frame.epoch:06d}", picture, frame.epoch, series=f"{name}_film")
        self.context.show(name, prediction_figure(config, task, state), state.epoch)


def build(context: Context, *, every_n_epochs: int | None) -> DecisionBoundary:
    return DecisionBoundary(context, every_n_epochs)

"""figures/training.gif: the film of a training for slides, drawn from frames.npz after the fit."""

from typing import TYPE_CHECKING, Any

from backprop_lab.callbacks.base import Callback, Context

if TYPE_CHECKING:
    from backprop_lab.training.state import State

DRAWS = True


def refusal(others: list[str]) -> tuple[str, Any, str] | None:
    return None if "frames" in others else ("", others, "film together with frames, which it uses")


class Film(Callback):
    def __init__(self, context: Context) -> None:
        self.context = context

    def on_end(self, state: "State") -> None:
        from backprop_lab.callbacks.training_gif import training_gif

        self.context.run.write_figure("training", training_gif(self.context.run, self.context.task), "gif")


def build(context: Context) -> Film:
    return Film(context)

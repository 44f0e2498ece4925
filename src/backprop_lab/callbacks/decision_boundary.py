"""What the network answers over the plane, or for a regression its line: the last picture, and more when asked."""

import numpy as np
import torch

from backprop_lab.callbacks.base import Callback, Context
from backprop_lab.figures.decision_boundary import decision_boundary_figure, plane
from backprop_lab.figures.fit import fit_figure
from backprop_lab.figures.style import png
from backprop_lab.training.metrics import final_metrics, predict
from backprop_lab.training.task import State, Task


class DecisionBoundary(Callback):
    """Draws after the fit, from recorded frames: a picture takes longer than a hundred steps."""

    def __init__(self, context: Context, every_n_epochs: int | None) -> None:
        self.context = context
        self.every_n_epochs = every_n_epochs

    def on_end(self, state: State) -> None:
        task = self.context.task
        name = answer_name(task)
        if not can_be_drawn(task):
            return
        if self.every_n_epochs is not None:
            for frame in self.context.run.frames():
                if frame.epoch % self.every_n_epochs == 0 and 0 < frame.epoch <= state.epoch:
                    picture = answer_png(task, frame)
                    self.context.show(f"{name}_epoch_{frame.epoch:06d}", picture, frame.epoch, series=f"{name}_film")
        self.context.show(name, answer_png(task, state), state.epoch)


def can_be_drawn(task: Task) -> bool:
    """Whether the points are on a plane: two features and a class, or one feature and a value."""
    return task.in_features == (1 if task.kind == "regression" else 2)


def answer_name(task: Task) -> str:
    """``fit`` for a regression, ``decision_boundary`` for classes."""
    return "fit" if task.kind == "regression" else "decision_boundary"


def answer_png(task: Task, state: State) -> bytes:
    """The picture of what the network of ``state`` answers, as the bytes of a PNG file."""

    def answers(x: np.ndarray) -> np.ndarray:
        return predict(task, state, torch.from_numpy(x.astype(task.dtype))).numpy()

    metrics = final_metrics(task, state, task.val)
    if task.kind == "regression":
        title = f"{task.train.x.shape[0]} points after {state.epoch:,} epochs, validation R² {metrics['val_r2']:.4f}"
        return png(fit_figure(answers, task.train.x, task.train.y, task.val.x, task.val.y, title))
    points, (low, high) = plane(np.concatenate([task.train.x, task.val.x]))
    side = round(len(points) ** 0.5)
    figure = decision_boundary_figure(
        field=answers(points).reshape(side, side),
        extent=(low[0], high[0], low[1], high[1]),
        train=(task.train.x, task.train.y),
        val=(task.val.x, task.val.y),
        title=f"Validation accuracy {metrics['val_acc']:.3f} after {state.epoch:,} epochs",
    )
    return png(figure)


def build(context: Context, *, every_n_epochs: int | None) -> DecisionBoundary:
    return DecisionBoundary(context, every_n_epochs)

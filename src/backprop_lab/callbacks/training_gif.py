"""The film of a training as a GIF."""

import numpy as np

from backprop_lab.figures.decision_boundary import field_of, plane
from backprop_lab.figures.film import Frame, History, Line, Plane, Scene, film_gif
from backprop_lab.runs.run import Run
from backprop_lab.training.evaluation import final_metrics, predict
from backprop_lab.training.state import State
from backprop_lab.training.task import Task

SIDE = 160
MOST_FRAMES = 100


def training_gif(run: Run, task: Task) -> bytes:
    """The film of a run as the bytes of a GIF file: at most a hundred frames, including first and last."""
    states = run.frames()
    chosen = np.unique(np.linspace(0, len(states) - 1, min(len(states), MOST_FRAMES)).round().astype(int))
    rows = run.metrics()
    scene, x = _scene(task)
    return film_gif(
        scene,
        History(rows["epoch"], rows["train_loss"], rows["val_loss"]),
        [_frame(task, states[i], x, isinstance(scene, Plane)) for i in chosen],
    )


def _scene(task: Task) -> tuple[Scene, np.ndarray]:
    """The scene to draw, and the points [n, features] at which it needs predictions."""
    train, val = task.given.train, task.given.val
    points, (low, high) = plane(np.concatenate([train.x, val.x]), SIDE)
    if not task.head.is_classification:
        return Line(points, train.x, train.y), np.concatenate([points, train.x])
    extent = (low[0], high[0], low[1], high[1])
    return Plane(extent, (train.x, train.y), (val.x, val.y), task.head.outputs), points


def _frame(task: Task, state: State, x: np.ndarray, is_field: bool) -> Frame:
    predictions = predict(task, state, x)
    metrics = final_metrics(task, state, task.val)
    loss, metric = metrics["val_loss"], metrics[f"val_{task.head.metric}"]
    written = f"{loss:.3f}" if loss >= 0.001 else f"{loss:.1e}"
    title = f"Epoch {state.epoch:,}: validation loss {written}, {task.head.metric_label} {metric:.3f}"
    return Frame(
        epoch=state.epoch,
        val_loss=loss,
        predictions=field_of(task.head.shade(predictions)) if is_field else predictions,
        title=title.replace("-", "−"),
    )
